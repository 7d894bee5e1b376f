//! A naive reader of Ollama's chat requests, normalised as `normal` says.

use serde_json::Value;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, JsonSchema, Media, Message, Part, Reasoning, ReasoningEffort,
    ResponseFormat,
};
use toolgate_tool_types::{CallId, Content, Tool, ToolCall, ToolResult};

use super::members::{Members, Read, texts};
use super::{Recorded, cohere};
use crate::sample::object;

pub(crate) fn read(provider: &str, body: Value) -> Read<Recorded> {
    let mut body = Members::of(body, "")?;
    let mut read = Recorded::of(body.text("model"));
    for message in body.list("messages") {
        let message = message_of(provider, message)?;
        read.request.messages.push(message);
    }
    read.stream = body.take_if("stream", Value::as_bool) == Some(true);
    let tools: Read<Vec<Tool>> = body.list("tools").into_iter().map(cohere::tool_of).collect();
    read.request.tools = tools?.into();
    options(&mut body, &mut read)?;
    read.set_extra(provider, body.rest());
    Ok(read)
}

fn options(body: &mut Members, read: &mut Recorded) -> Read<()> {
    let options = &mut read.request.options;
    let levels = read.model.as_deref().is_some_and(|model| model.contains("gpt-oss"));
    options.reasoning_effort = body.take_if("think", |think| match think {
        Value::Bool(false) => Some(ReasoningEffort::None),
        Value::Bool(true) if !levels => Some(ReasoningEffort::Medium),
        Value::String(level) if levels => match level.as_str() {
            "low" => Some(ReasoningEffort::Low),
            "medium" => Some(ReasoningEffort::Medium),
            "high" => Some(ReasoningEffort::High),
            _ => None,
        },
        _ => None,
    });
    options.response_format = body.take_if("format", |format| match format {
        Value::String(word) => (word == "json").then_some(ResponseFormat::JsonObject),
        schema => Some(ResponseFormat::JsonSchema(JsonSchema::new("", object(schema)))),
    });
    options.top_logprobs = body.number("top_logprobs");
    if body.take_if("logprobs", |asked| (*asked == true).then_some(())).is_some() {
        options.top_logprobs.get_or_insert(0);
    }
    let Some(more) = body.take("options") else { return Ok(()) };
    let mut more = Members::of(more, "options")?;
    options.max_tokens = more.number("num_predict");
    options.temperature = more.real("temperature");
    options.top_p = more.real("top_p");
    options.top_k = more.number("top_k");
    options.presence_penalty = more.real("presence_penalty");
    options.frequency_penalty = more.real("frequency_penalty");
    options.stop = more.take_if("stop", texts).unwrap_or_default();
    options.seed = more.number("seed");
    let rest = more.rest();
    if !rest.is_empty() {
        read.extra.insert("options".to_owned(), rest.into());
    }
    Ok(())
}

fn message_of(provider: &str, value: Value) -> Read<Message> {
    let mut members = Members::of(value, "messages[]")?;
    let message = match members.need("role")?.as_str() {
        "system" => Message::system(members.need("content")?),
        "user" => {
            let mut content = vec![Part::text(members.need("content")?)];
            let images = members.take_if("images", texts).unwrap_or_default();
            content.extend(images.into_iter().map(|data| {
                // The API looks at the bytes and has no word for their type.
                Part::Image { media: Media::Inline { media_type: "image/png".into(), data } }
            }));
            Message::User { content }
        }
        "assistant" => assistant(provider, &mut members)?,
        "tool" => {
            let (id, name) = (members.need("tool_call_id")?, members.need("tool_name")?);
            let call = ToolCall::new(CallId::new(id), name, "");
            Message::tool_result(&call, ToolResult::new(vec![Content::text(members.need("content")?)]))
        }
        other => return Err(format!("messages[].role: {other}")),
    };
    members.end()?;
    Ok(message)
}

fn assistant(provider: &str, members: &mut Members) -> Read<Message> {
    let mut parts = Vec::new();
    if let Some(thinking) = members.text("thinking") {
        parts.push(AssistantPart::Reasoning(Reasoning::new(provider, thinking)));
    }
    let text = members.need("content")?;
    if !text.is_empty() {
        parts.push(AssistantPart::Text { text: text.into() });
    }
    for call in members.list("tool_calls") {
        let mut call = Members::of(call, "messages[].tool_calls[]")?;
        let id = call.need("id")?;
        let mut function = Members::of(call.take("function").unwrap_or_default(), "tool_calls[].function")?;
        let name = function.need("name")?;
        let arguments = function.take("arguments").unwrap_or_default().to_string();
        function.end()?;
        call.end()?;
        parts.push(AssistantPart::ToolCall(ToolCall::new(CallId::new(id), name, arguments)));
    }
    Ok(AssistantMessage::new(parts).into())
}
