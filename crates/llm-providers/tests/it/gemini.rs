//! Gemini `generateContent`: golden bytes and the corner cases.

mod pieces;
mod turns;

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, ErrorKind, FinishReason, Message, Opaque,
    ToolChoice, Usage,
};
use toolgate_tool_types::ToolResult;

use crate::sample::{
    asks, assert_golden, call, conversation, decode, encode, encoded, losses, reasoning, streamed, text, tool,
};

const MODEL: &str = "gemini-2.5-flash";

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")])
}

fn answer(parts: &str, finish: &str) -> String {
    format!(
        r#"{{"candidates":[{{"content":{{"parts":[{parts}]}},"finishReason":"{finish}"}}],"responseId":"r"}}"#
    )
}

#[test]
fn the_conversation_in_golden_bytes() {
    let encoded = assert_golden("gemini", MODEL, include_str!("golden/gemini.json"));
    assert_eq!(
        losses(&encoded),
        [
            "tools[1].input_schema.additionalProperties",
            "messages[5]",
            "messages[6]",
            "options.parallel_tool_calls"
        ]
    );
}

#[test]
fn a_call_comes_back_under_the_name_that_its_owner_knows() {
    let body = answer(r#"{"functionCall":{"name":"_3d_print","args":{"mode":"fast","n":1.10}}}"#, "STOP");
    let response = decode("gemini", &conversation(), &body).unwrap();
    let call = response.tool_calls().next().unwrap();
    assert_eq!((&*call.name, &*call.raw_arguments), ("3d_print", r#"{"mode":"fast","n":1.10}"#));
    assert_eq!(response.finish, FinishReason::ToolCalls);
}

#[test]
fn calls_without_ids_get_ids_and_results_follow_their_order() {
    let body =
        answer(r#"{"functionCall":{"name":"t","args":{"n":1}}},{"functionCall":{"name":"t"}}"#, "STOP");
    let mut request = ask().with_tools(vec![tool("t", r#"{"type":"object"}"#)]);
    let response = decode("gemini", &request, &body).unwrap();
    let again = decode("gemini", &request, &body).unwrap();
    assert_eq!(response.message, again.message);
    let calls: Vec<_> = response.tool_calls().cloned().collect();
    assert_eq!((calls[0].id.as_str(), calls[1].id.as_str()), ("call_1_0", "call_1_1"));
    assert_eq!(&*calls[1].raw_arguments, "{}");
    request.messages.push(response.message.into());
    request.messages.push(Message::tool_result(&calls[1], ToolResult::text("second")));
    request.messages.push(Message::tool_result(&calls[0], ToolResult::error("first")));
    let sent = encoded("gemini", MODEL, &request);
    let results = &sent["contents"][2]["parts"];
    assert_eq!(
        results[0]["functionResponse"],
        json!({"id": "call_1_0", "name": "t", "response": {"error": "first"}})
    );
    assert_eq!(results[1]["functionResponse"]["response"], json!({"output": "second"}));
    let next = decode("gemini", &request, &body).unwrap();
    assert_eq!(next.tool_calls().next().unwrap().id.as_str(), "call_4_0");
}

#[test]
fn structured_results_stay_objects() {
    let call = call("c", "t", "");
    let raw = |json: &str| serde_json::from_str::<Box<serde_json::value::RawValue>>(json).unwrap();
    for (structured, response) in [
        (r#"{"n":1}"#, json!({"n": 1})),
        ("[1]", json!({"output": "[1]"})),
        ("null", json!({"output": "null"})),
        // The API takes it for a reference to a part of its own, and refuses this request and all after it.
        (r##"{"$ref":"#/a"}"##, json!({"output": r##"{"$ref":"#/a"}"##})),
        (r##"{"\u0024ref":"#/a"}"##, json!({"output": r##"{"\u0024ref":"#/a"}"##})),
    ] {
        let result = ToolResult::default().with_structured(raw(structured).into());
        let messages = vec![Message::user("u"), asks(&[&call]), Message::tool_result(&call, result)];
        let body = encoded("gemini", MODEL, &ChatRequest::new(messages));
        assert_eq!(body["contents"][2]["parts"][0]["functionResponse"]["response"], response);
        assert_eq!(body["contents"][1]["parts"][0]["functionCall"]["args"], json!({}));
    }
}

#[test]
fn signatures_go_back_on_the_part_that_they_came_on() {
    let parts = r#"{"text":"hm","thought":true},{"functionCall":{"name":"t","args":{}},"thoughtSignature":"c2ln"},{"text":"","thoughtSignature":"ZW5k"}"#;
    let response = decode("gemini", &ask(), &answer(parts, "STOP")).unwrap();
    assert_eq!(response.text(), "");
    let call = response.tool_calls().next().unwrap().clone();
    assert!(call.id.as_str().len() < 20);
    let result = Message::tool_result(&call, ToolResult::text("ok"));
    let request = ChatRequest::new(vec![Message::user("u"), response.message.into(), result]);
    let home = encode("gemini", "gemini-3-pro-preview", &request).unwrap();
    assert!(home.lossiness.is_empty(), "{:?}", home.lossiness);
    let body: Value = serde_json::from_slice(&home.body).unwrap();
    let parts = &body["contents"][1]["parts"];
    assert_eq!(parts[0], json!({"text": "hm", "thought": true}));
    assert_eq!(parts[1]["thoughtSignature"], "c2ln");
    assert_eq!(parts[2], json!({"text": "", "thoughtSignature": "ZW5k"}));
    for id in ["openai", "anthropic"] {
        assert!(!String::from_utf8_lossy(&encode(id, "m", &request).unwrap().body).contains("c2ln"));
    }
}

#[test]
fn calls_of_other_models_are_marked_for_gemini_3() {
    let (first, second) = (call("a", "t", ""), call("b", "t", ""));
    let results = [&first, &second].map(|call| Message::tool_result(call, ToolResult::text("ok")));
    let thought = reasoning("anthropic", "hm", Some(Opaque::Signature("EqQB".into())));
    let said: Message = AssistantMessage::new(vec![thought, text("a")]).into();
    let messages = [vec![Message::user("u"), said, asks(&[&first, &second])], results.to_vec()].concat();
    let request = ChatRequest::new(messages);
    let encoded = encode("gemini", "gemini-3-pro-preview", &request).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    let parts = &body["contents"][1]["parts"];
    assert_eq!(parts[1]["thoughtSignature"], "skip_thought_signature_validator");
    assert_eq!(parts[2].get("thoughtSignature"), None);
    assert_eq!(losses(&encoded), ["messages[1].parts[0]", "messages[2].parts[0]"]);
}

#[test]
fn a_call_that_the_model_botched_is_an_error_not_an_empty_answer() {
    for reason in [
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
    ] {
        let error = decode("gemini", &ask(), &answer("", reason)).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::MalformedOutput, Some(reason)));
        assert!(error.is_transient());
    }
}

#[test]
fn finish_reasons_keep_their_meaning() {
    for (raw, finish) in [
        ("STOP", FinishReason::Stop),
        ("MAX_TOKENS", FinishReason::Length),
        ("SAFETY", FinishReason::ContentFilter),
        ("3", FinishReason::ContentFilter),
        ("LANGUAGE", FinishReason::Other("LANGUAGE".into())),
    ] {
        assert_eq!(decode("gemini", &ask(), &answer("", raw)).unwrap().finish, finish);
    }
    for (body, told) in [
        (r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#, "SAFETY"),
        (
            r#"{"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"Not here."}}"#,
            "OTHER: Not here.",
        ),
        (
            r#"{"candidates":[{"finishReason":"RECITATION","finishMessage":"It is known."}]}"#,
            "RECITATION: It is known.",
        ),
    ] {
        let blocked = decode("gemini", &ask(), body).unwrap();
        assert_eq!((blocked.finish, &*blocked.finish_message), (FinishReason::ContentFilter, told));
    }
    assert_eq!(decode("gemini", &ask(), "{}").unwrap_err().kind(), ErrorKind::MalformedOutput);
}

/// Gateways put the items of a list, which is what comes unless events are asked for, into events as they are.
#[test]
fn an_event_may_be_a_list() {
    let piece = |text: &str, more: &str| {
        format!(
            "data: [{{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}]}}{more}}}]}}]\n\n"
        )
    };
    let body = piece("hi", "") + &piece(" there", ",\"finishReason\":\"STOP\"");
    let response = streamed("gemini", &ask(), &body).unwrap();
    assert_eq!((response.text().as_str(), response.finish), ("hi there", FinishReason::Stop));
    let failure = piece("hi", "") + "data: [{\"error\":{\"code\":429,\"message\":\"no\"}}]\n\n";
    assert_eq!(streamed("gemini", &ask(), &failure).unwrap_err().kind(), ErrorKind::RateLimited);
}

#[test]
fn thoughts_are_counted_once() {
    let output = |usage: &str| {
        let body = format!(r#"{{"candidates":[{{}}],"usageMetadata":{usage}}}"#);
        let usage = decode("gemini", &ask(), &body).unwrap().usage;
        (usage.input, usage.output, usage.reasoning)
    };
    let beside =
        r#"{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":20,"totalTokenCount":35}"#;
    assert_eq!(output(beside), (Some(10), Some(25), Some(20)));
    let within = r#"{"promptTokenCount":10,"toolUsePromptTokenCount":2,"candidatesTokenCount":25,"thoughtsTokenCount":20,"totalTokenCount":37}"#;
    assert_eq!(output(within), (Some(12), Some(25), Some(20)));
    assert_eq!(output(r#"{"promptTokenCount":10}"#), (Some(10), None, None));
}

#[test]
fn sound_is_counted_apart() {
    let counts = r#""promptTokenCount":30,"candidatesTokenCount":9"#;
    let prompt =
        r#""promptTokensDetails":[{"modality":"TEXT","tokenCount":5},{"modality":"AUDIO","tokenCount":25}]"#;
    let answer = r#""candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":9}]"#;
    let text = r#""candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}]"#;
    let whole = format!(r#"{{{text},"usageMetadata":{{{counts},{prompt},{answer}}}}}"#);
    let first = format!(r#"{{{text},"usageMetadata":{{{counts},{prompt}}}}}"#);
    let last = format!(r#"{{"usageMetadata":{{{counts},{answer}}}}}"#);
    let pieces = format!("data: {first}\n\ndata: {last}\n\n");
    let read = [decode("gemini", &ask(), &whole).unwrap(), streamed("gemini", &ask(), &pieces).unwrap()];
    let mut sum = Usage::default();
    for usage in read.map(|answer| answer.usage) {
        assert_eq!((usage.input, usage.audio_input), (Some(30), Some(25)));
        assert_eq!((usage.output, usage.audio_output), (Some(9), Some(9)));
        sum += usage;
    }
    assert_eq!((sum.audio_input, sum.audio_output), (Some(50), Some(18)));
}

#[test]
fn modes_and_limits() {
    let choose = |choice| {
        let request = ask().with_tools(vec![tool("t", "{}")]).with_tool_choice(choice);
        encoded("gemini", MODEL, &request)["toolConfig"]["functionCallingConfig"]["mode"].clone()
    };
    assert_eq!(choose(ToolChoice::Auto), "AUTO");
    assert_eq!(choose(ToolChoice::Required), "ANY");
    assert_eq!(choose(ToolChoice::None), "NONE");
    let seeded = ask().with_options(ChatOptions::default().with_seed(1 << 40));
    assert_eq!(losses(&encode("gemini", MODEL, &seeded).unwrap()), ["options.seed"]);
}

#[test]
fn what_it_found_and_what_it_quotes_is_cited_once() {
    let body = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP",
        "groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://w.example","title":"w"}},{"retrievedContext":{"title":"r","text":"q"}},{"web":{"uri":"https://w.example","title":"w"}}]},
        "citationMetadata":{"citationSources":[{"startIndex":1,"uri":"https://c.example"}]}}]}"#;
    let response = decode("gemini", &ChatRequest::new(vec![Message::user("u")]), body).unwrap();
    let cited: Vec<[&str; 3]> = response
        .message
        .parts
        .iter()
        .filter_map(|part| match part {
            AssistantPart::Citation(cited) => Some([&*cited.title, &*cited.url, &*cited.quote]),
            _ => None,
        })
        .collect();
    assert_eq!(cited, [["w", "https://w.example", ""], ["r", "", "q"], ["", "https://c.example", ""]]);
}

/// "Unable to submit request because it must have a text parameter" (Vertex AI); Gemini's own API takes it.
#[test]
fn an_empty_answer_is_left_out_where_it_is_refused() {
    let request = ChatRequest::new(vec![Message::user("u"), Message::assistant(""), Message::user("v")]);
    for (id, turns) in [("vertex_ai", 1), ("vertex_ai_global", 1), ("gemini", 3)] {
        let encoded = encode(id, "gemini-3-flash-preview", &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body["contents"].as_array().unwrap().len(), turns, "{id}");
        assert_eq!(losses(&encoded) == ["messages[1].parts[0]"], turns == 1, "{id}");
    }
}
