//! Cohere chat: its own words for what chat completions say too.

use std::sync::Arc;

use serde_json::{Value, json};
use toolgate_llm_providers::{
    ChatOptions, ChatRequest, Dialect, ErrorKind, FinishReason, Message, Provider, ReasoningEffort,
    RenderedTools, ToolChoice,
};
use toolgate_tool_types::ToolResult;

use crate::sample::{asks, call, conversation, tool};

fn cohere() -> (Provider, RenderedTools) {
    let provider = Provider::new("cohere", "https://api.cohere.com", Dialect::CohereChat).unwrap();
    (provider, RenderedTools::new(Dialect::CohereChat, conversation().tools))
}

fn encoded(request: &ChatRequest) -> Value {
    let tools = RenderedTools::new(Dialect::CohereChat, Arc::clone(&request.tools));
    serde_json::from_slice(&cohere().0.encode("m", &tools, request).unwrap().body).unwrap()
}

#[test]
fn the_conversation_in_its_words() {
    let mut request = conversation().with_tool_choice(ToolChoice::Required);
    request.options = request.options.with_top_k(5).with_reasoning_effort(ReasoningEffort::Low);
    let body = encoded(&request);
    assert_eq!((&body["tool_choice"], &body["p"], &body["k"]), (&json!("REQUIRED"), &json!(0.9), &json!(5)));
    assert_eq!(body["thinking"], json!({"type": "enabled", "token_budget": 1024}));
    assert_eq!(body["messages"][2]["content"][1]["image_url"]["url"], "data:image/png;base64,iVBORw0=");
    assert_eq!(body["messages"][3]["tool_calls"][1]["function"]["arguments"], "{}");
    assert_eq!(
        body["messages"][4],
        json!({"role": "tool", "tool_call_id": "call_b", "content": "Error: no filament"})
    );
    let (provider, tools) = cohere();
    let lossy: Vec<String> =
        provider.encode("m", &tools, &request).unwrap().lossiness.into_iter().map(|loss| loss.path).collect();
    assert_eq!(lossy, ["options.parallel_tool_calls", "messages[5]"]);
    assert_eq!(provider.encode("m", &tools, &conversation()).unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_plan_goes_back_as_a_plan() {
    let (provider, tools) = cohere();
    let body = r#"{"id":"r","finish_reason":"TOOL_CALL","message":{"tool_plan":"look","tool_calls":[{"id":"c","function":{"name":"lookup","arguments":"{}"}}]}}"#;
    let mut request = ChatRequest::new(vec![Message::user("u")]).with_tools(conversation().tools);
    let response = provider.decode(&tools, &request, body.as_bytes(), None).unwrap();
    assert_eq!(response.finish, FinishReason::ToolCalls);
    let asked = response.tool_calls().next().unwrap().clone();
    request.messages.push(response.message.into());
    request.messages.push(Message::tool_result(&asked, ToolResult::text("ok")));
    assert_eq!(encoded(&request)["messages"][1]["tool_plan"], "look");
}

#[test]
fn a_failed_answer_is_an_error() {
    let (provider, tools) = cohere();
    let request = ChatRequest::new(vec![Message::user("u")]);
    for (body, kind) in [
        (r#"{"finish_reason":"ERROR","error":"overloaded","message":{}}"#, ErrorKind::Overloaded),
        (r#"{"finish_reason":"TIMEOUT","message":{}}"#, ErrorKind::Timeout),
        (r#"{"finish_reason":"COMPLETE"}"#, ErrorKind::MalformedOutput),
        ("{}", ErrorKind::MalformedOutput),
    ] {
        let error = provider.decode(&tools, &request, body.as_bytes(), None).unwrap_err();
        assert_eq!(error.kind(), kind, "{body}");
    }
}

#[test]
fn settings_it_lacks_are_said() {
    let options = ChatOptions::default().with_top_logprobs(1).with_metadata("a", "b");
    let (one, other) = (call("c", "t", ""), tool("t", "{}"));
    let request = ChatRequest::new(vec![asks(&[&one]), Message::tool_result(&one, ToolResult::text("ok"))])
        .with_tools(vec![other])
        .with_options(options);
    let tools = RenderedTools::new(Dialect::CohereChat, Arc::clone(&request.tools));
    let strict = cohere().0.encode("m", &tools, &request.with_strict(true)).unwrap_err();
    assert!(strict.message().contains("options.top_logprobs"), "{strict}");
}

/// What of the arguments is no JSON goes back as JSON, and is reported.
#[test]
fn garbled_arguments_go_back_wrapped() {
    let sent = |written: &str| {
        let garbled = call("c", "t", written);
        let messages = vec![
            Message::user("u"),
            asks(&[&garbled]),
            Message::tool_result(&garbled, ToolResult::error("no")),
        ];
        let request = ChatRequest::new(messages);
        let (provider, tools) = cohere();
        let lost = provider.encode("m", &tools, &request).unwrap().lossiness.len();
        let body = encoded(&request);
        let arguments =
            body["messages"][1]["tool_calls"][0]["function"]["arguments"].as_str().unwrap().to_owned();
        (arguments, lost)
    };
    assert_eq!(sent(r#"{"a":"#), (r#"{"unparsed_arguments":"{\"a\":"}"#.to_owned(), 1));
    assert_eq!(sent(r#" {"a": 1.10} "#), (r#" {"a": 1.10} "#.to_owned(), 0));
    assert_eq!(sent(""), ("{}".to_owned(), 0));
}
