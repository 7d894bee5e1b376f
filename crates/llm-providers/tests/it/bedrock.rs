//! Bedrock Converse: golden bytes, the corner cases, and AWS's own model of every request.

mod gpt;
mod invoke;
mod marks;
pub(crate) mod model;
mod results;
mod thoughts;

use std::sync::Arc;

use aws_smithy_types::event_stream::{Header, HeaderValue};
use serde_json::{Value, json};
use toolgate_llm_providers::{
    ChatOptions, ChatRequest, ErrorKind, JsonSchema, Media, Message, Opaque, Part, ProviderError,
    ReasoningEffort, RenderedTools, ResponseFormat, StreamDecoder, ToolChoice,
};
use toolgate_tool_types::{CallId, Content, JsonObject, ToolCall, ToolResult};

use crate::sample::{
    asks, assert_golden, call, decode, encode, losses, provider, reasoning, text, tool, user,
};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA: &str = "us.amazon.nova-2-lite-v1:0";

/// The request as the API's own model accepts it.
fn encoded(model: &str, request: &ChatRequest) -> Value {
    let body = serde_json::from_slice(&encode("bedrock", model, request).unwrap().body).unwrap();
    model::check(&body);
    body
}

#[test]
fn the_conversation_in_golden_bytes() {
    let encoded = assert_golden("bedrock", CLAUDE, include_str!("golden/bedrock.json"));
    assert_eq!(
        losses(&encoded),
        ["options.top_p", "messages[6]", "options.seed", "options.parallel_tool_calls"]
    );
    model::check(&serde_json::from_slice(&encoded.body).unwrap());
}

#[test]
fn files_recordings_and_marks() {
    let inline = |kind: &str| Media::Inline { media_type: kind.into(), data: "AA==".into() };
    let file = |kind| Part::File { name: "report.v2".into(), media: inline(kind) };
    let request = ChatRequest::new(vec![
        Message::system("s"),
        Message::CachePoint,
        user(vec![file("application/pdf"), file("text/plain"), Part::Audio { media: inline("audio/mpeg") }]),
        Message::CachePoint,
    ]);
    let body = encoded(NOVA, &request);
    assert_eq!(body["system"][1], json!({"cachePoint": {"type": "default"}}));
    let content = body["messages"][0]["content"].as_array().unwrap();
    assert_eq!(content[0]["document"]["name"], "report-v2");
    assert_eq!(content[1]["document"]["name"], "report-v2 (2)");
    assert_eq!(content[2]["audio"]["format"], "mp3");
    assert_eq!(content[3..], [json!({"cachePoint": {"type": "default"}}), json!({"text": "."})]);
    let url = Part::Image { media: Media::Url { url: "https://h/a.png".into() } };
    let refused = encode("bedrock", NOVA, &ChatRequest::new(vec![user(vec![url])])).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
}

#[test]
fn results_keep_pictures_documents_and_failure() {
    let one = call("c/1", "t", "{}");
    let content = vec![
        Content::Image { data: "AA==".into(), mime_type: "image/png".into() },
        Content::Image { data: "AA==".into(), mime_type: "image/tiff".into() },
    ];
    let result = Message::tool_result(&one, ToolResult::new(content).with_is_error(true));
    let request = ChatRequest::new(vec![Message::user("u"), asks(&[&one]), result]);
    let body = encoded(CLAUDE, &request);
    let answer = &body["messages"][2]["content"][0]["toolResult"];
    assert_eq!(answer["toolUseId"], body["messages"][1]["content"][0]["toolUse"]["toolUseId"]);
    // Claude takes a mark of failure beside text alone: the failure is told in words.
    assert_eq!((&answer["status"], &answer["content"][0]), (&Value::Null, &json!({"text": "Error:"})));
    assert_eq!(answer["content"][1]["image"]["format"], "png");
    assert!(answer["content"][2]["text"].as_str().unwrap().contains("image/tiff left out"));
    let nova = &encoded(NOVA, &request)["messages"][2]["content"][0]["toolResult"];
    assert_eq!((&nova["status"], &nova["content"][0]["image"]["format"]), (&json!("error"), &json!("png")));
    // The tools are not offered any more, but the API wants those that were called.
    assert_eq!(body["toolConfig"]["tools"][0]["toolSpec"]["name"], "t");
}

#[test]
fn names_and_ids_fit_whoever_made_them_up() {
    let odd = ToolCall::new(CallId::new("ü".repeat(80)), "über/tool name".repeat(9), "[");
    let result = Message::tool_result(&odd, ToolResult::default());
    let request = ChatRequest::new(vec![Message::user("u"), asks(&[&odd]), result]);
    let body = encoded(CLAUDE, &request);
    assert_eq!(body["messages"][1]["content"][0]["toolUse"]["input"], json!({"unparsed_arguments": "["}));
}

#[test]
fn choices() {
    let request = |choice| {
        ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", "{}")]).with_tool_choice(choice)
    };
    let choice = |choice| encoded(CLAUDE, &request(choice))["toolConfig"]["toolChoice"].clone();
    assert_eq!(choice(ToolChoice::Auto), json!({"auto": {}}));
    assert_eq!(choice(ToolChoice::Required), json!({"any": {}}));
    assert_eq!(choice(ToolChoice::Tool("t".parse().unwrap())), json!({"tool": {"name": "t"}}));
    // No call is asked for: there is no word for it, so the tools stay away.
    assert_eq!(encoded(CLAUDE, &request(ToolChoice::None))["toolConfig"], Value::Null);
}

#[test]
fn each_family_has_its_own_fields() {
    let request = |options| ChatRequest::new(vec![Message::user("u")]).with_options(options);
    let fields = |model: &str, effort| {
        let options = ChatOptions::default().with_reasoning_effort(effort);
        encoded(model, &request(options))["additionalModelRequestFields"].clone()
    };
    assert_eq!(
        fields(CLAUDE, ReasoningEffort::Medium),
        json!({"thinking": {"type": "enabled", "budget_tokens": 2048}})
    );
    assert_eq!(
        fields("us.anthropic.claude-sonnet-4-6", ReasoningEffort::Minimal),
        json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}})
    );
    assert_eq!(fields("openai.gpt-oss-20b-1:0", ReasoningEffort::XHigh), json!({"reasoning_effort": "high"}));
    assert_eq!(fields("qwen.qwen3-32b-v1:0", ReasoningEffort::Low), json!({"reasoning_config": "low"}));
    assert_eq!(
        fields(NOVA, ReasoningEffort::High),
        json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}})
    );
    let top_k = |model| encoded(model, &request(ChatOptions::default().with_top_k(5)));
    assert_eq!(top_k(NOVA)["additionalModelRequestFields"], json!({"inferenceConfig": {"topK": 5}}));
    let unknown = encode("bedrock", "meta.llama4", &request(ChatOptions::default().with_top_k(5))).unwrap();
    assert_eq!(losses(&unknown), ["options.top_k"]);
    let budget = ChatOptions::default().with_reasoning_effort(ReasoningEffort::High);
    assert_eq!(encoded(CLAUDE, &request(budget))["inferenceConfig"]["maxTokens"], 8192);
}

#[test]
fn schemas_and_labels() {
    let schema = JsonObject::parse(r#"{"type":"object","additionalProperties":false}"#).unwrap();
    let options = ChatOptions::default()
        .with_response_format(ResponseFormat::JsonSchema(JsonSchema::new("s", schema)))
        .with_metadata("team", "a b")
        .with_metadata("bad", "ü");
    let request = ChatRequest::new(vec![Message::user("u")]).with_options(options);
    let body = encoded(CLAUDE, &request);
    let format = &body["outputConfig"]["textFormat"]["structure"]["jsonSchema"];
    assert_eq!(*format, json!({"name": "s", "schema": r#"{"type":"object","additionalProperties":false}"#}));
    assert_eq!(body["requestMetadata"], json!({"team": "a b"}));
    assert_eq!(losses(&encode("bedrock", CLAUDE, &request).unwrap()), ["options.metadata.bad"]);
}

#[test]
fn only_what_it_signed_goes_back() {
    let parts = vec![
        reasoning("bedrock", "hm", Some(Opaque::Signature("sig".into()))),
        reasoning("bedrock", "", Some(Opaque::Redacted("AA==".into()))),
        reasoning("bedrock", "unsigned", None),
        reasoning("anthropic", "hm", Some(Opaque::Signature("sig".into()))),
        text("so"),
    ];
    let answer = toolgate_llm_providers::AssistantMessage::new(parts);
    let request = ChatRequest::new(vec![Message::user("u"), answer.into(), Message::user("v")]);
    let body = encoded(CLAUDE, &request);
    assert_eq!(
        body["messages"][1]["content"],
        json!([
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
            {"reasoningContent": {"redactedContent": "AA=="}},
            {"text": "so"}
        ])
    );
    let lossy = encode("bedrock", CLAUDE, &request).unwrap();
    assert_eq!(losses(&lossy), ["messages[1].parts[2]", "messages[1].parts[3]"]);
}

#[test]
fn what_the_model_garbled_is_an_error() {
    let request = ChatRequest::new(vec![Message::user("u")]);
    for (body, kind) in [
        (
            r#"{"output":{"message":{"content":[]}},"stopReason":"malformed_tool_use"}"#,
            ErrorKind::MalformedOutput,
        ),
        (r#"{"stopReason":"end_turn"}"#, ErrorKind::MalformedOutput),
        (r#"{"message":"Too many requests"}"#, ErrorKind::RateLimited),
        ("{}", ErrorKind::MalformedOutput),
    ] {
        assert_eq!(decode("bedrock", &request, body).unwrap_err().kind(), kind, "{body}");
    }
}

/// A message of an event stream, as AWS's own crate writes it.
pub(crate) fn message(headers: &[(&'static str, &'static str)], payload: &str) -> Vec<u8> {
    let message = headers.iter().fold(
        aws_smithy_types::event_stream::Message::new(payload.as_bytes().to_vec()),
        |message, (name, value)| message.add_header(Header::new(*name, HeaderValue::String((*value).into()))),
    );
    let mut bytes = Vec::new();
    aws_smithy_eventstream::frame::write_message_to(&message, &mut bytes).unwrap();
    bytes
}

fn event(name: &'static str, payload: &'static str) -> Vec<u8> {
    message(&[(":message-type", "event"), (":event-type", name)], payload)
}

fn streamed(bytes: Vec<u8>) -> Result<String, ProviderError> {
    let request = ChatRequest::new(vec![Message::user("u")]);
    let provider = Arc::new(provider("bedrock"));
    let tools = Arc::new(RenderedTools::new(provider.dialect(), Arc::clone(&request.tools)));
    let mut decoder = StreamDecoder::new(provider, tools, &request, None);
    decoder.push(bytes.into());
    decoder.into_response().map(|response| response.text())
}

#[test]
fn broken_messages_and_exceptions_end_a_stream() {
    let hello = event("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"hi"}}"#);
    let stop = event("messageStop", r#"{"stopReason":"end_turn"}"#);
    let whole = [hello.clone(), stop.clone()].concat();
    assert_eq!(streamed(whole.clone()).unwrap(), "hi");
    let kind = |bytes: Vec<u8>| streamed(bytes).unwrap_err().kind();
    assert_eq!(kind(hello.clone()), ErrorKind::TruncatedStream);
    assert_eq!(kind(whole[..whole.len() - 1].to_vec()), ErrorKind::TruncatedStream);
    for place in [4, 8, 20, hello.len() - 1] {
        let mut broken = whole.clone();
        broken[place] ^= 1;
        assert_eq!(kind(broken), ErrorKind::MalformedOutput, "byte {place}");
    }
    // A length that nobody would wait for, and none at all.
    assert_eq!(kind(vec![0x7f, 0, 0, 0]), ErrorKind::MalformedOutput);
    assert_eq!(kind(vec![0; 16]), ErrorKind::MalformedOutput);
    let exception = |name| {
        let headers = [(":message-type", "exception"), (":exception-type", name)];
        [hello.clone(), message(&headers, r#"{"message":"canary"}"#)].concat()
    };
    for (name, expected) in [
        ("throttlingException", ErrorKind::RateLimited),
        ("validationException", ErrorKind::InvalidRequest),
        ("modelStreamErrorException", ErrorKind::Unavailable),
        ("serviceUnavailableException", ErrorKind::Overloaded),
        ("internalServerException", ErrorKind::Unavailable),
        ("accessDeniedException", ErrorKind::Permission),
        ("resourceNotFoundException", ErrorKind::NotFound),
    ] {
        let error = streamed(exception(name)).unwrap_err();
        assert_eq!((error.kind(), error.code()), (expected, Some(name)));
        assert_eq!(error.message(), "canary");
    }
    let unmodelled =
        [(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "why")];
    assert_eq!(streamed(message(&unmodelled, "")).unwrap_err().message(), "why");
}

/// "A conversation must start with a user message", but for Claude and Qwen.
#[test]
fn a_conversation_begins_with_the_user() {
    let request = ChatRequest::new(vec![Message::assistant("a"), Message::user("u")]);
    let said = encode("bedrock", NOVA, &request).unwrap();
    let body: Value = serde_json::from_slice(&said.body).unwrap();
    assert_eq!(body["messages"][0], json!({"role": "user", "content": [{"text": "."}]}));
    assert_eq!((body["messages"].as_array().unwrap().len(), losses(&said)), (3, vec!["messages"]));
    let claude = encode("bedrock", "us.anthropic.claude-opus-5-v1:0", &request).unwrap();
    assert_eq!(claude.lossiness.len(), 0);
    // Only a Nova 2 can think.
    let options = ChatOptions::default().with_reasoning_effort(ReasoningEffort::Low);
    let request = ChatRequest::new(vec![Message::user("u")]).with_options(options);
    let plain = encode("bedrock", "us.amazon.nova-pro-v1:0", &request).unwrap();
    assert_eq!(losses(&plain), ["options.reasoning_effort"]);
    assert_eq!(encode("bedrock", NOVA, &request).unwrap().lossiness.len(), 0);
}
