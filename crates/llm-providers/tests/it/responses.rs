//! OpenAI responses: golden bytes and the corner cases.

mod items;
mod thoughts;

use serde_json::json;
use toolgate_llm_providers::{
    AssistantPart, ChatOptions, ChatRequest, ErrorKind, FinishReason, JsonSchema, Media, Message, Opaque,
    Part, ReasoningEffort, ResponseFormat, ToolChoice,
};
use toolgate_tool_types::{Content, JsonObject, ToolResult};

use crate::sample::{
    asks, assert_golden, call, decode, encode, encoded, losses, reasoning, streamed, text, tool, user,
};

const ID: &str = "openai_responses";

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")])
}

#[test]
fn the_conversation_in_golden_bytes() {
    let encoded = assert_golden(ID, "gpt-5", include_str!("golden/openai_responses.json"));
    let lost = ["options.temperature", "options.top_p", "options.stop", "options.seed"];
    assert_eq!(losses(&encoded), lost);
}

#[test]
fn reasoning_is_asked_for_where_there_is_some() {
    let included = |model: &str, effort| {
        let mut request = ask();
        request.options.reasoning_effort = effort;
        let body = encoded(ID, model, &request);
        assert_eq!(body["store"], false);
        body["include"].clone()
    };
    let encrypted = json!(["reasoning.encrypted_content"]);
    assert_eq!(included("gpt-5", None), encrypted);
    assert_eq!(included("openai/o3", Some(ReasoningEffort::Low)), encrypted);
    assert_eq!(included("gpt-5.1", Some(ReasoningEffort::None)), json!(null));
    assert_eq!(included("gpt-4.1", None), json!(null));
    assert_eq!(included("gpt-5-chat-latest", None), json!(null));
}

#[test]
fn settings_in_its_words() {
    let schema = JsonObject::parse(r#"{"type":"object","additionalProperties":false}"#).unwrap();
    let options = ChatOptions::default()
        .with_max_tokens(90)
        .with_reasoning_effort(ReasoningEffort::High)
        .with_top_logprobs(2)
        .with_response_format(ResponseFormat::JsonSchema(JsonSchema::new("answer", schema)));
    let body = encoded(ID, "m", &ask().with_options(options));
    assert_eq!(body["max_output_tokens"], 90);
    assert_eq!(body["reasoning"], json!({"effort": "high"}));
    assert_eq!(body["include"], json!(["reasoning.encrypted_content", "message.output_text.logprobs"]));
    assert_eq!(
        body["text"]["format"],
        json!({"type": "json_schema", "name": "answer", "schema": {"type": "object", "additionalProperties": false}, "strict": true})
    );
    let options = ChatOptions::default().with_response_format(ResponseFormat::JsonObject);
    let request = ask().with_tools(vec![tool("t", "{}")]).with_tool_choice(ToolChoice::Required);
    let body = encoded(ID, "m", &request.with_options(options));
    assert_eq!(
        (&body["text"], &body["tool_choice"]),
        (&json!({"format": {"type": "json_object"}}), &json!("required"))
    );
    assert_eq!(body["tools"][0]["strict"], false);
}

#[test]
fn files_go_by_their_bytes_or_their_url_and_sound_does_not() {
    let pdf = Media::Inline { media_type: "application/pdf".into(), data: "JVBE".into() };
    let url = || Media::Url { url: "https://files.example/a".into() };
    let parts = vec![
        Part::File { name: "a.pdf".into(), media: pdf },
        Part::File { name: "b.pdf".into(), media: url() },
        Part::Image { media: url() },
    ];
    let request = ChatRequest::new(vec![user(parts)]);
    assert_eq!(
        encoded(ID, "m", &request)["input"][0]["content"],
        json!([
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"},
            {"type": "input_file", "file_url": "https://files.example/a"},
            {"type": "input_image", "image_url": "https://files.example/a", "detail": "auto"},
        ])
    );
    assert_eq!(losses(&encode(ID, "m", &request).unwrap()), ["messages[0].content[1]"]);
    let sound = ChatRequest::new(vec![user(vec![Part::Audio { media: url() }])]);
    assert_eq!(encode(ID, "m", &sound).unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_failed_tool_that_shows_a_picture_says_that_it_failed() {
    let one = call("c", "t", "{}");
    let picture = Content::Image { data: "iVBORw0=".into(), mime_type: "image/png".into() };
    let result = ToolResult::new(vec![picture, Content::text("no")]).with_is_error(true);
    let request = ChatRequest::new(vec![asks(&[&one]), Message::tool_result(&one, result)]);
    assert_eq!(
        encoded(ID, "m", &request)["input"][1]["output"],
        json!([
            {"type": "input_text", "text": "Error:"},
            {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0=", "detail": "auto"},
            {"type": "input_text", "text": "no"},
        ])
    );
}

#[test]
fn what_the_provider_thought_and_did_goes_back_to_it_and_to_no_other() {
    let thought = r#"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gAAA"}"#;
    let search = r#"{"type":"web_search_call","id":"ws_1","status":"completed"}"#;
    let body = format!(
        r#"{{"id":"resp_1","status":"completed","output":[{thought},{search},{{"type":"message","content":[{{"type":"output_text","text":"a","annotations":[{{"type":"url_citation","title":"t","url":"https://s.example"}}]}}]}},{{"type":"function_call","call_id":"c","name":"t","arguments":"{{}}"}}]}}"#
    );
    let response = decode(ID, &ask(), &body).unwrap();
    assert_eq!(response.finish, FinishReason::ToolCalls);
    let cited = response.message.parts.iter().find_map(|part| match part {
        AssistantPart::Citation(cited) => Some((&*cited.title, &*cited.url)),
        _ => None,
    });
    assert_eq!(cited, Some(("t", "https://s.example")));
    let asked = response.tool_calls().next().unwrap().clone();
    let request =
        ChatRequest::new(vec![response.message.into(), Message::tool_result(&asked, ToolResult::text("ok"))]);
    let own = encoded(ID, "m", &request);
    assert_eq!(own["input"][0], serde_json::from_str::<serde_json::Value>(thought).unwrap());
    assert_eq!(own["input"][1]["id"], "ws_1");
    assert_eq!(own["input"][2], json!({"role": "assistant", "content": "a"}));
    assert_eq!(own["input"][3]["call_id"], "c");
    for other in ["xai_responses", "openai", "anthropic"] {
        let encoded = encode(other, "m", &request).unwrap();
        let sent = String::from_utf8(encoded.body.to_vec()).unwrap();
        assert!(!sent.contains("gAAA") && !sent.contains("ws_1"), "{other}: {sent}");
        assert!(losses(&encoded).starts_with(&["messages[0].parts[0]", "messages[0].parts[1]"]), "{other}");
    }
}

/// "Preserve and resend phase on all assistant messages — dropping it can degrade performance" (`OutputMessage.phase`).
#[test]
fn the_phase_of_a_message_goes_back_with_it() {
    let message = |phase: &str, words: &str| {
        let content = json!([{"type": "output_text", "text": words, "annotations": []}]);
        json!({"type": "message", "role": "assistant", "phase": phase, "content": content})
    };
    let output = json!([
        message("commentary", "I look. "),
        message("commentary", "Found."),
        message("final_answer", "It is a.")
    ]);
    let done = |(index, item): (usize, &serde_json::Value)| {
        format!(
            "data: {}\n\n",
            json!({"type": "response.output_item.done", "output_index": index, "item": item})
        )
    };
    let events: String = output.as_array().unwrap().iter().enumerate().map(done).collect();
    let whole = json!({"status": "completed", "output": output});
    let end = format!("data: {}\n\n", json!({"type": "response.completed", "response": whole}));
    for response in
        [decode(ID, &ask(), &whole.to_string()).unwrap(), streamed(ID, &ask(), &(events + &end)).unwrap()]
    {
        assert_eq!((response.lossiness.len(), &*response.text()), (0, "I look. Found.It is a."));
        let request = ChatRequest::new(vec![response.message.into()]);
        let said = |phase: &str, words: &str| json!({"role": "assistant", "content": words, "phase": phase});
        assert_eq!(
            encoded(ID, "m", &request)["input"],
            json!([
                said("commentary", "I look. "),
                said("commentary", "Found."),
                said("final_answer", "It is a.")
            ])
        );
        let other = encode("anthropic", "m", &request).unwrap();
        assert!(!String::from_utf8_lossy(&other.body).contains("commentary"));
        assert_eq!(losses(&other).len(), 3);
    }
}

#[test]
fn reasoning_that_only_a_store_could_explain_is_not_sent() {
    let item = r#"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}]}"#;
    let body = format!(r#"{{"status":"completed","output":[{item}]}}"#);
    let response = decode(ID, &ask(), &body).unwrap();
    assert_eq!(response.message.parts, [reasoning(ID, "hm", None)]);
    let signed = reasoning(ID, "hm", Some(Opaque::Signature("s".into())));
    let mut request = ask();
    request.messages.insert(0, toolgate_llm_providers::AssistantMessage::new(vec![signed, text("a")]).into());
    assert_eq!(encoded(ID, "m", &request)["input"].as_array().unwrap().len(), 2);
}

#[test]
fn every_end_has_its_reason() {
    let end = |status: &str, more: &str| {
        let output = r#"[{"type":"message","content":[{"type":"output_text","text":"a"}]}]"#;
        decode(ID, &ask(), &format!(r#"{{"status":"{status}","output":{output}{more}}}"#))
    };
    let because =
        |reason: &str| end("incomplete", &format!(r#","incomplete_details":{{"reason":"{reason}"}}"#));
    assert_eq!(end("completed", "").unwrap().finish, FinishReason::Stop);
    assert_eq!(because("max_output_tokens").unwrap().finish, FinishReason::Length);
    assert_eq!(because("content_filter").unwrap().finish, FinishReason::ContentFilter);
    assert_eq!(because("max_tokens").unwrap().finish, FinishReason::Length);
    assert_eq!(because("tired").unwrap().finish, FinishReason::Other("tired".into()));
    assert_eq!(end("cancelled", "").unwrap().finish, FinishReason::Other("cancelled".into()));
    let failed =
        end("failed", r#","error":{"code":"rate_limit_exceeded","message":"slow down"}"#).unwrap_err();
    assert_eq!((failed.kind(), failed.message()), (ErrorKind::RateLimited, "slow down"));
    assert_eq!(end("failed", "").unwrap_err().kind(), ErrorKind::Unavailable);
    // Of OpenAI's `ResponseError`: what no second attempt would mend.
    for (code, kind) in [
        ("invalid_image_url", ErrorKind::InvalidRequest),
        ("unsupported_image_media_type", ErrorKind::InvalidRequest),
        ("image_file_too_large", ErrorKind::InvalidRequest),
        ("image_content_policy_violation", ErrorKind::ContentPolicy),
        ("vector_store_timeout", ErrorKind::Timeout),
        ("server_error", ErrorKind::Unavailable),
    ] {
        let failed = end("failed", &format!(r#","error":{{"code":"{code}","message":"m"}}"#)).unwrap_err();
        assert_eq!(failed.kind(), kind, "{code}");
    }
    let refused = r#"{"status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]}"#;
    let refused = decode(ID, &ask(), refused).unwrap();
    assert_eq!((refused.finish.clone(), refused.text()), (FinishReason::Refusal, "no".to_owned()));
    let words = decode(ID, &ask(), r#"{"message":"Invalid API key"}"#).unwrap_err();
    assert_eq!(words.kind(), ErrorKind::Authentication);
    for nothing in ["{}", r#"{"status":"completed"}"#] {
        assert_eq!(decode(ID, &ask(), nothing).unwrap_err().kind(), ErrorKind::MalformedOutput);
    }
}

/// Azure stops what its filter found so.
#[test]
fn why_a_stream_failed_may_come_after_that_it_did() {
    let failed = r#"data: {"type":"response.failed","response":{"id":"r","status":"failed","error":null,"output":[]}}"#;
    let reason = r#"data: {"type":"error","error":{"code":"content_policy_violation","message":"no","type":"invalid_request_error"}}"#;
    let read = |body: String| streamed(ID, &ask(), &body).unwrap_err();
    assert_eq!(read(format!("{failed}\n\n")).kind(), ErrorKind::Unavailable);
    assert_eq!(read(format!("{failed}\n\ndata: [DONE]\n\n")).kind(), ErrorKind::Unavailable);
    let error = read(format!("{failed}\n\n{reason}\n\n"));
    assert_eq!((error.kind(), error.message()), (ErrorKind::ContentPolicy, "no"));
}

#[test]
fn pieces_without_numbers_are_told_apart_by_what_they_are() {
    let thought = r#"data: {"type":"response.reasoning_text.delta","delta":"hm"}"#;
    let piece = |text: &str| format!(r#"data: {{"type":"response.output_text.delta","delta":"{text}"}}"#);
    let end = r#"data: {"type":"response.completed","response":{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"hello"}]}]}}"#;
    let body = [thought, &piece("hel"), &piece("lo"), end].map(|event| format!("{event}\n\n")).concat();
    let response = streamed(ID, &ask(), &body).unwrap();
    assert_eq!(response.message.parts, [reasoning(ID, "hm", None), text("hello")]);
}

#[test]
fn counts_may_have_the_names_of_chat_completions() {
    let item = r#"{"type":"message","content":[{"type":"output_text","text":"hi"}]}"#;
    let usage = r#"{"prompt_tokens":7,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":3}}"#;
    let body = format!(r#"{{"status":"completed","output":[{item}],"usage":{usage}}}"#);
    let read = decode(ID, &ask(), &body).unwrap().usage;
    assert_eq!((read.input, read.output, read.cache_read), (Some(7), Some(5), Some(3)));
}
