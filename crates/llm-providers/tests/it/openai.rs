//! OpenAI chat completions: golden bytes and the corner cases.

mod answers;
mod hosts;
mod marks;
mod odd;
mod order;
mod pieces;
mod shapes;
mod tools;

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, ErrorKind, FinishReason, Media, Message,
    Opaque, Part, Reasoning, ToolChoice,
};
use toolgate_tool_types::ToolResult;

use crate::sample::{
    asks, assert_golden, call, conversation, decode, encode, encoded, losses, reasoning, streamed, text,
    tool, user,
};

const HELLO: &str = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;

fn ask() -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")])
}

#[test]
fn the_conversation_in_golden_bytes() {
    let encoded = assert_golden("openai", "gpt-4.1", include_str!("golden/openai.json"));
    assert_eq!(losses(&encoded), ["messages[5]"]);
}

#[test]
fn a_strict_request_refuses_what_would_be_lost() {
    let refused = encode("openai", "gpt-4.1", &conversation().with_strict(true)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
    assert!(refused.message().contains("messages[5]: image/png"), "{refused}");
}

#[test]
fn hosts_differ_by_rows_not_by_code() {
    let options = ChatOptions::default().with_max_tokens(9).with_seed(7);
    let tools = vec![tool("t", r#"{"type":"object"}"#)];
    let request = ask().with_options(options).with_tools(tools).with_tool_choice(ToolChoice::Required);
    let mistral = encoded("mistral", "m", &request);
    assert_eq!((&mistral["tool_choice"], &mistral["random_seed"]), (&json!("any"), &json!(7)));
    let groq = encoded("groq", "m", &request);
    assert_eq!((&groq["tool_choice"], &groq["max_tokens"]), (&json!("required"), &json!(9)));
    assert_eq!(encoded("openai", "m", &request)["max_completion_tokens"], 9);
}

/// OpenAI API, `seed`: any integer of 64 bits. Mistral, `random_seed`: "minimum: 0".
#[test]
fn a_seed_below_zero_goes_where_it_is_taken() {
    for (id, member, seed, sent) in [
        ("openai", "seed", i64::MIN, json!(i64::MIN)),
        ("ollama", "options", -1, json!({"seed": -1})),
        ("gemini", "generationConfig", -1, json!({"seed": -1})),
        ("gemini", "generationConfig", i64::MIN, Value::Null),
        ("mistral", "random_seed", -1, Value::Null),
        ("mistral", "random_seed", 0, json!(0)),
        ("cohere", "seed", -1, Value::Null),
        ("cohere", "seed", i64::MAX, json!(i64::MAX)),
    ] {
        let request = ask().with_options(ChatOptions::default().with_seed(seed));
        let encoded = encode(id, "m", &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body.get(member).cloned().unwrap_or_default(), sent, "{id} {seed}");
        assert_eq!(losses(&encoded).contains(&"options.seed"), sent.is_null(), "{id} {seed}");
    }
}

#[test]
fn what_needs_tools_is_not_sent_without_them() {
    let request = ask()
        .with_tool_choice(ToolChoice::Auto)
        .with_options(ChatOptions::default().with_parallel_tool_calls(true));
    let body = encode("openai", "m", &request).unwrap().body;
    assert_eq!(body, r#"{"model":"m","messages":[{"role":"user","content":"u"}]}"#);
    let forced = encode("openai", "m", &ask().with_tool_choice(ToolChoice::Required)).unwrap_err();
    assert!(forced.message().contains("not offered"), "{forced}");
}

#[test]
fn arguments_are_replayed_as_written() {
    for (written, sent) in [("", "{}"), ("{\"a\":", "{\"a\":"), ("{}{}", "{}{}"), ("[]", "[]")] {
        let call = call("c", "t", written);
        let request =
            ChatRequest::new(vec![asks(&[&call]), Message::tool_result(&call, ToolResult::default())]);
        let body = encoded("openai", "m", &request);
        assert_eq!(body["messages"][0]["tool_calls"][0]["function"]["arguments"], sent);
        assert_eq!(body["messages"][1]["content"], "Tool t executed successfully");
    }
}

#[test]
fn empty_content_is_sent_as_empty() {
    let request = ChatRequest::new(vec![Message::user(""), AssistantMessage::default().into(), user(vec![])]);
    let body = encoded("openai", "m", &request);
    assert_eq!(body["messages"][0]["content"], "");
    assert_eq!(body["messages"][1]["content"], "");
    assert_eq!(body["messages"][2]["content"], "");
}

#[test]
fn reasoning_goes_back_to_whom_it_came_from_and_wants_it() {
    let details = r#"[{"type":"reasoning.text","signature":"s"}]"#;
    let from = |provider: &str| {
        let thought = reasoning(provider, "hm", Some(Opaque::Details(details.into())));
        ChatRequest::new(vec![AssistantMessage::new(vec![thought, text("a")]).into(), Message::user("u")])
    };
    let message = |id: &str| encoded(id, "m", &from(id))["messages"][0].clone();
    assert_eq!(message("deepseek")["reasoning_content"], "hm");
    assert_eq!(message("openrouter")["reasoning_details"][0]["signature"], "s");
    assert_eq!(message("openai"), json!({"role": "assistant", "content": "a"}));
    let elsewhere = encode("groq", "m", &from("openrouter")).unwrap();
    assert_eq!(losses(&elsewhere), ["messages[0].parts[0]"]);
    assert!(!String::from_utf8_lossy(&elsewhere.body).contains("hm"));
}

#[test]
fn a_file_by_url_is_refused_not_dropped() {
    let file =
        Part::File { name: "a.pdf".into(), media: Media::Url { url: "https://x.example/a.pdf".into() } };
    let refused = encode("openai", "m", &ChatRequest::new(vec![user(vec![file])])).unwrap_err();
    assert!(refused.message().starts_with("messages[0].content[0]"), "{refused}");
}

#[test]
fn calls_keep_their_order_and_get_ids_of_their_own() {
    let body = r#"{"id":"x","model":"m","choices":[{"message":{"content":null,"tool_calls":[
        {"id":"","function":{"name":"a","arguments":"{\"n\":1.10}"}},
        {"id":"c","function":{"name":"b","arguments":{"k":[1, 2]}}},
        {"id":"c","function":{"name":"c","arguments":null}},
        {"function":{"name":"d","arguments":"{\"cut"}}]},"finish_reason":"stop"}]}"#;
    let response = decode("openai", &ask(), body).unwrap();
    let calls: Vec<_> = response.tool_calls().map(|c| (c.id.as_str(), &*c.name, &*c.raw_arguments)).collect();
    assert_eq!(
        calls,
        [
            ("call_1_0", "a", r#"{"n":1.10}"#),
            ("c", "b", r#"{"k":[1, 2]}"#),
            ("call_1_2", "c", ""),
            ("call_1_3", "d", r#"{"cut"#)
        ]
    );
    assert_eq!(response.finish, FinishReason::ToolCalls);
    assert!(response.tool_calls().last().unwrap().arguments().is_err());
}

#[test]
fn finish_reasons_keep_their_meaning() {
    for (raw, finish) in [
        ("\"stop\"", FinishReason::Stop),
        ("\"length\"", FinishReason::Length),
        ("\"content_filter\"", FinishReason::ContentFilter),
        ("\"weird\"", FinishReason::Other("weird".into())),
        ("null", FinishReason::Other("".into())),
    ] {
        assert_eq!(decode("openai", &ask(), &HELLO.replace("\"stop\"", raw)).unwrap().finish, finish);
    }
    let cut = r#"{"choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"t","arguments":"{}"}}]},"finish_reason":"length"}]}"#;
    assert_eq!(decode("openai", &ask(), cut).unwrap().finish, FinishReason::Length);
    let refusal = r#"{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}"#;
    let refusal = decode("openai", &ask(), refusal).unwrap();
    assert_eq!((refusal.text().as_str(), refusal.finish), ("no", FinishReason::Refusal));
}

/// Azure, "Content filtering": the text that was said until then stays, and the categories stand beside the reason.
#[test]
fn what_a_filter_found_is_told() {
    let ends = r#""finish_reason":"content_filter","content_filter_results":{
        "hate":{"filtered":true,"severity":"high"},"violence":{"filtered":false,"severity":"low"}}"#;
    let said = format!(r#"{{"choices":[{{"message":{{"content":"Why"}},{ends}}}]}}"#);
    let piece = |choice: &str| format!("data: {{\"choices\":[{{{choice}}}]}}\n\n");
    let first = piece(
        r#""delta":{"content":"Why"},"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}"#,
    );
    let pieces = first + &piece(&ends.replace('\n', " ")) + "data: [DONE]\n\n";
    for read in [decode("azure", &ask(), &said), streamed("azure", &ask(), &pieces)] {
        let read = read.unwrap();
        assert_eq!((read.text().as_str(), &read.finish), ("Why", &FinishReason::ContentFilter));
        assert_eq!(&*read.finish_message, "hate (high)");
    }
}

#[test]
fn no_answer_is_an_error() {
    for body in ["", "{", "[]", "{}", "null", "<html>", r#"{"choices":[]}"#, r#"{"choices":null}"#] {
        let error = decode("openai", &ask(), body).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MalformedOutput, "{body}");
    }
    let inside = r#"{"error":{"code":429,"message":"slow down"}}"#;
    assert_eq!(decode("openrouter", &ask(), inside).unwrap_err().kind(), ErrorKind::RateLimited);
}

#[test]
fn mistral_has_chunks_of_its_own() {
    let inline = |media_type: &str| Media::Inline { media_type: media_type.into(), data: "AAAA".into() };
    let parts = vec![
        Part::File { name: "a.pdf".into(), media: inline("application/pdf") },
        Part::Audio { media: inline("audio/mpeg") },
    ];
    let thought = vec![reasoning("mistral", "hm", None), text("So")];
    let request = ChatRequest::new(vec![user(parts), AssistantMessage::new(thought).into()]);
    let body = encoded("mistral", "m", &request);
    assert_eq!(
        body["messages"][0]["content"],
        json!([
            {"type": "document_url", "document_url": "data:application/pdf;base64,AAAA", "document_name": "a.pdf"},
            {"type": "input_audio", "input_audio": "AAAA"},
        ])
    );
    assert_eq!(
        body["messages"][1],
        json!({"role": "assistant", "prefix": true, "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
            {"type": "text", "text": "So"},
        ]})
    );
    // "Reasoning input is not enabled for this model."
    let thought = |model: &str| AssistantPart::Reasoning(Reasoning::new("mistral", "hm").with_model(model));
    for (writer, content, lost) in [
        (
            "m",
            json!([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "So"}]),
            0,
        ),
        ("mistral-medium-3-5", json!("So"), 1),
    ] {
        let answer = AssistantMessage::new(vec![thought(writer), text("So")]);
        let request = ChatRequest::new(vec![answer.into(), Message::user("u")]);
        let encoded = encode("mistral", "m", &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!((&body["messages"][0]["content"], encoded.lossiness.len()), (&content, lost), "{writer}");
    }
    let went_on = ChatRequest::new(vec![Message::assistant("So"), Message::user("u")]);
    assert_eq!(
        encoded("mistral", "m", &went_on)["messages"][0],
        json!({"role": "assistant", "content": "So"})
    );
}

#[test]
fn what_a_host_found_is_cited() {
    let with = |found: &str| {
        let body =
            format!(r#"{{"choices":[{{"message":{{"content":"hi"}},"finish_reason":"stop"}}],{found}}}"#);
        let parts = decode("perplexity", &ask(), &body).unwrap().message.parts;
        parts
            .into_iter()
            .filter_map(|part| match part {
                AssistantPart::Citation(cited) => {
                    Some([cited.title, cited.url, cited.quote].map(|text| text.to_string()))
                }
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let urls = r#""citations":["https://a.example"]"#;
    assert_eq!(with(urls), [["", "https://a.example", ""]]);
    let found = format!(
        r#"{urls},"search_results":[{{"title":"t","url":"https://a.example","snippet":"s","date":null}}]"#
    );
    assert_eq!(with(&found), [["t", "https://a.example", "s"]]);
    for nothing in [r#""citations":null"#, r#""citations":{}"#, r#""citations":[]"#] {
        assert_eq!(with(nothing).len(), 0, "{nothing}");
    }
}
