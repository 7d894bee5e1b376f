//! Thoughts that Claude binds to what stood before them: it is asked to leave out those that something has changed before, where it
//! would refuse the request and all after it.

use serde_json::{Value, json};
use toolgate_http_client::HttpClient;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, Authentication, ChatModel, ChatOptions, ChatRequest, Dialect, Message,
    Opaque, Provider, ReasoningEffort,
};
use toolgate_tool_types::{JsonObject, ToolResult};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::chat_model::http;
use crate::sample::{call, decode, encode, reasoning, streamed, tool};

const BETA: &str = "thinking-binding-controls-2026-08-01";

/// A conversation in which a model of this provider's thought, and has got its result.
fn thought(provider: &str, opaque: Opaque) -> ChatRequest {
    let lookup = call("c", "lookup", "{}");
    let parts = vec![reasoning(provider, "hm", Some(opaque)), AssistantPart::ToolCall(lookup.clone())];
    ChatRequest::new(vec![
        Message::user("u"),
        AssistantMessage::new(parts).into(),
        Message::tool_result(&lookup, ToolResult::text("ok")),
    ])
    .with_tools(vec![tool("lookup", "{}")])
}

fn signed(provider: &str) -> ChatRequest {
    thought(provider, Opaque::Signature("c2ln".into()))
}

/// What is said of thinking, the beta's name in the body, and in headers.
fn said(id: &str, model: &str, request: &ChatRequest) -> (Value, Value, Option<&'static str>) {
    let encoded = encode(id, model, request).unwrap();
    let mut body: Value = serde_json::from_slice(&encoded.body).unwrap();
    let fields = match id {
        "bedrock" => body["additionalModelRequestFields"].take(),
        _ => body,
    };
    let header = encoded.headers.iter().find(|(name, _)| *name == "anthropic-beta").map(|(_, value)| *value);
    (fields["thinking"].clone(), fields["anthropic_beta"].clone(), header)
}

#[test]
fn a_claude_that_checks_its_thoughts_is_asked_to_drop_those_that_do_not_fit() {
    let drop = json!({"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}});
    for (id, model, in_body) in [
        ("anthropic", "claude-opus-5-5", false),
        ("vertex_ai_anthropic", "claude-fable-5-1", false),
        ("bedrock_anthropic", "us.anthropic.claude-opus-5-5-v1:0", true),
        ("bedrock", "us.anthropic.claude-haiku-5-5-v1:0", true),
    ] {
        let (body, header) = if in_body { (json!([BETA]), None) } else { (Value::Null, Some(BETA)) };
        let mut request = signed(id);
        for effort in [None, Some(ReasoningEffort::High), Some(ReasoningEffort::Max)] {
            request.options.reasoning_effort = effort;
            let mut drop = drop.clone();
            if effort.is_some() {
                drop["display"] = json!("summarized");
            }
            assert_eq!(said(id, model, &request), (drop, body.clone(), header), "{id} {effort:?}");
        }
        let redacted = thought(id, Opaque::Redacted("c2ln".into()));
        assert_eq!(said(id, model, &redacted), (drop.clone(), body, header), "{id}");
    }
}

#[test]
fn nothing_is_asked_where_nothing_is_checked() {
    let nothing = (Value::Null, Value::Null, None);
    for (id, model, request) in [
        ("anthropic", "claude-opus-5", signed("anthropic")),
        ("anthropic", "claude-sonnet-4-6", signed("anthropic")),
        ("anthropic", "claude-opus-5-5", ChatRequest::new(vec![Message::user("u")])),
        // Another provider's thoughts do not go there.
        ("anthropic", "claude-opus-5-5", signed("bedrock")),
        ("bedrock", "us.anthropic.claude-opus-5-5-v1:0", signed("anthropic")),
        ("minimax_anthropic", "MiniMax-M3", signed("minimax_anthropic")),
    ] {
        assert_eq!(said(id, model, &request), nothing, "{id}/{model}");
    }
    // What the caller says of thinking stands alone.
    let own = JsonObject::parse(r#"{"thinking":{"type":"adaptive","display":"summarized"}}"#).unwrap();
    let options = ChatOptions::default().with_extra("anthropic", own);
    let (thinking, _, header) =
        said("anthropic", "claude-opus-5-5", &signed("anthropic").with_options(options));
    assert_eq!((thinking, header), (json!({"type": "adaptive", "display": "summarized"}), None));
}

#[tokio::test]
async fn the_header_is_sent_with_the_thoughts_and_not_before() {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).set_body_string(r#"{"content":[{"type":"text","text":"hi"}]}"#);
    Mock::given(method("POST")).respond_with(reply).mount(&server).await;
    let provider = Provider::new("ours", server.uri(), Dialect::AnthropicMessages).unwrap();
    let provider = provider.with_authentication(Authentication::None);
    let http: std::sync::Arc<dyn HttpClient> = http();
    let model = ChatModel::new(provider, "claude-opus-5-5", None, http).unwrap();
    let first = ChatRequest::new(vec![Message::user("u")]);
    model.chat(&first).await.unwrap();
    model.chat(&signed("ours")).await.unwrap();
    drop(model.stream(&signed("ours")).await.unwrap());
    let sent = server.received_requests().await.unwrap();
    let betas =
        sent.iter().map(|sent| sent.headers.get("anthropic-beta").map(|value| value.to_str().unwrap()));
    assert_eq!(betas.collect::<Vec<_>>(), [None, Some(BETA), Some(BETA)]);
}

#[test]
fn a_thought_that_the_api_left_out_is_told() {
    let changes = r#"[{"type":"thinking_dropped","path":"messages.1.content.0","reason":"prefix_binding_mismatch"},{"type":"thinking_mismatch_allowed","path":"messages.3.content.0"}]"#;
    let message = |content: &str| {
        format!(r#"{{"id":"m","model":"x","input_transformations":{changes},"content":{content}}}"#)
    };
    let text = r#"{"type":"text","text":"hi"}"#;
    let events = [
        format!(r#"{{"type":"message_start","message":{}}}"#, message("[]")),
        format!(r#"{{"type":"content_block_start","index":0,"content_block":{text}}}"#),
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#.to_owned(),
        r#"{"type":"message_stop"}"#.to_owned(),
    ];
    let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let asked = ChatRequest::new(vec![Message::user("u")]);
    for response in [
        decode("anthropic", &asked, &message(&format!("[{text}]"))).unwrap(),
        streamed("anthropic", &asked, &body).unwrap(),
    ] {
        let told: Vec<_> = response.lossiness.iter().map(|loss| (&*loss.path, &*loss.what)).collect();
        let what = "a thought left out by the API: messages.1.content.0 of what was sent";
        assert_eq!(told, [("messages", what)]);
    }
}
