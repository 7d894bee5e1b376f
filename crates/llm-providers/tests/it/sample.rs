//! One conversation with everything awkward in it, for all dialects, and shorthands to convert it.

use std::sync::Arc;

use serde_json::Value;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, Catalogue, ChatOptions, ChatRequest, ChatResponse, Dialect, Encoded,
    Media, Message, Opaque, Part, Provider, ProviderError, Reasoning, RenderedTools, StreamDecoder,
    ToolChoice,
};
use toolgate_tool_types::{CallId, Content, JsonObject, Tool, ToolCall, ToolName, ToolResult};

use crate::{bedrock, schemas};

pub(crate) fn provider(id: &str) -> Provider {
    Catalogue::builtin().provider(id).unwrap().clone()
}

pub(crate) fn encode(id: &str, model: &str, request: &ChatRequest) -> Result<Encoded, ProviderError> {
    let provider = provider(id);
    let tools = RenderedTools::new(provider.dialect(), Arc::clone(&request.tools));
    let encoded = provider.encode(model, &tools, request)?;
    let body = serde_json::from_slice(&encoded.body).unwrap();
    schemas::check(provider.dialect().name(), id, &body).unwrap_or_else(|wrong| panic!("{wrong}\n{body}"));
    if provider.dialect() == Dialect::BedrockConverse {
        bedrock::model::check(&body);
    }
    Ok(encoded)
}

pub(crate) fn encoded(id: &str, model: &str, request: &ChatRequest) -> Value {
    serde_json::from_slice(&encode(id, model, request).unwrap().body).unwrap()
}

/// The places of all losses.
pub(crate) fn losses(encoded: &Encoded) -> Vec<&str> {
    encoded.lossiness.iter().map(|loss| loss.path.as_str()).collect()
}

pub(crate) fn decode(id: &str, request: &ChatRequest, body: &str) -> Result<ChatResponse, ProviderError> {
    let provider = provider(id);
    let tools = RenderedTools::new(provider.dialect(), Arc::clone(&request.tools));
    provider.decode(&tools, request, body.as_bytes(), None)
}

/// The answer to `request` that comes as this stream.
pub(crate) fn streamed(id: &str, request: &ChatRequest, body: &str) -> Result<ChatResponse, ProviderError> {
    let provider = provider(id);
    let tools = Arc::new(RenderedTools::new(provider.dialect(), Arc::clone(&request.tools)));
    let mut decoder = StreamDecoder::new(Arc::new(provider), tools, request, None);
    decoder.push(body.to_owned().into());
    decoder.into_response()
}

pub(crate) fn tool(name: &str, schema: &str) -> Tool {
    Tool::new(ToolName::new(name).unwrap(), format!("Does {name}"), JsonObject::parse(schema).unwrap())
}

/// A schema, or other JSON, as an object; an empty one where it is none.
pub(crate) fn object(value: &Value) -> JsonObject {
    JsonObject::parse(&value.to_string()).unwrap_or_else(|_| JsonObject::empty())
}

pub(crate) fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    ToolCall::new(CallId::new(id), name, arguments)
}

pub(crate) fn asks(calls: &[&ToolCall]) -> Message {
    AssistantMessage::new(calls.iter().map(|call| AssistantPart::ToolCall((*call).clone())).collect()).into()
}

pub(crate) fn text(text: &str) -> AssistantPart {
    AssistantPart::Text { text: text.into() }
}

pub(crate) fn user(content: Vec<Part>) -> Message {
    Message::User { content }
}

pub(crate) fn reasoning(provider: &str, text: &str, opaque: Option<Opaque>) -> AssistantPart {
    let reasoning = Reasoning::new(provider, text);
    AssistantPart::Reasoning(match opaque {
        Some(opaque) => reasoning.with_opaque(opaque),
        None => reasoning,
    })
}

/// Two leading instructions, an image, text and two calls, results in reverse order (one a refusal, one with an
/// image), an instruction in mid-conversation, two user messages in a row.
pub(crate) fn conversation() -> ChatRequest {
    let first = call("call_a", "lookup", r#"{"id": "JOHNDOE123","n":1.10}"#);
    let second = call("call_b", "3d_print", "");
    let parts = vec![
        text("Let me look."),
        AssistantPart::ToolCall(first.clone()),
        AssistantPart::ToolCall(second.clone()),
    ];
    let image = Media::Inline { media_type: "image/png".into(), data: "iVBORw0=".into() };
    let picture = Content::Image { data: "iVBORw0=".into(), mime_type: "image/png".into() };
    let messages = vec![
        Message::system("Be brief."),
        Message::system("Be kind."),
        user(vec![Part::text("Who is this?"), Part::Image { media: image }]),
        AssistantMessage::new(parts).into(),
        Message::tool_result(&second, ToolResult::error("no filament")),
        Message::tool_result(&first, ToolResult::new(vec![Content::text("John \"Doe\""), picture])),
        Message::system("Never print."),
        Message::user("And now?"),
        Message::user("Quick."),
    ];
    let tools = vec![
        tool(
            "lookup",
            r#"{"type":"object","properties":{"id":{"type":"string"},"n":{"type":"number"}},"required":["id"]}"#,
        ),
        tool(
            "3d_print",
            r#"{"type":"object","properties":{"mode":{"const":"fast"}},"additionalProperties":false}"#,
        ),
    ];
    let options = ChatOptions::default()
        .with_max_tokens(256)
        .with_temperature(0.2)
        .with_top_p(0.9)
        .with_stop(["END"])
        .with_seed(7)
        .with_parallel_tool_calls(false);
    ChatRequest::new(messages)
        .with_tools(tools)
        .with_tool_choice(ToolChoice::Tool(ToolName::new("3d_print").unwrap()))
        .with_options(options)
}

/// Compares with a golden file byte for byte; the same bytes again are part of the promise.
pub(crate) fn assert_golden(id: &str, model: &str, golden: &str) -> Encoded {
    let first = encode(id, model, &conversation()).unwrap();
    let again = encode(id, model, &conversation()).unwrap();
    assert_eq!(first.body, again.body);
    assert_eq!(std::str::from_utf8(&first.body).unwrap(), golden.trim_end());
    first
}
