//! A naive reader of Cohere's chat requests, normalised as `normal` says.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, JsonSchema, Message, Part, Reasoning, ReasoningEffort, ResponseFormat,
    ToolChoice,
};
use toolgate_tool_types::{CallId, Content, Tool, ToolCall, ToolResult};

use super::Recorded;
use super::members::{Members, Read, texts, tool};
use super::openai::media;
use crate::sample::object;

pub(crate) fn read(provider: &str, body: Value) -> Read<Recorded> {
    let mut body = Members::of(body, "")?;
    let mut read = Recorded::of(body.text("model"));
    for message in body.list("messages") {
        let message = message_of(provider, message, &read)?;
        read.request.messages.push(message);
    }
    read.stream = body.take_if("stream", Value::as_bool) == Some(true);
    let tools: Read<Vec<Tool>> = body.list("tools").into_iter().map(tool_of).collect();
    read.request.tools = tools?.into();
    options(&mut body, &mut read);
    read.set_extra(provider, body.rest());
    Ok(read)
}

fn options(body: &mut Members, read: &mut Recorded) {
    let options = &mut read.request.options;
    options.max_tokens = body.number("max_tokens");
    options.temperature = body.real("temperature");
    options.top_p = body.real("p");
    options.top_k = body.number("k");
    options.presence_penalty = body.real("presence_penalty");
    options.frequency_penalty = body.real("frequency_penalty");
    options.stop = body.take_if("stop_sequences", texts).unwrap_or_default();
    options.seed = body.number("seed");
    options.reasoning_effort = body.take_if("thinking", |thinking| match thinking["token_budget"].as_u64() {
        None if *thinking == json!({"type": "disabled"}) => Some(ReasoningEffort::None),
        Some(1024) => Some(ReasoningEffort::Low),
        Some(2048) => Some(ReasoningEffort::Medium),
        Some(4096) => Some(ReasoningEffort::High),
        Some(8192) => Some(ReasoningEffort::XHigh),
        Some(16_384) => Some(ReasoningEffort::Max),
        _ => None,
    });
    options.response_format = body.take_if("response_format", |format| {
        let schema = &format["schema"];
        if *format == json!({"type": "json_object"}) {
            return Some(ResponseFormat::JsonObject);
        }
        (*format == json!({"type": "json_object", "schema": schema}))
            .then(|| ResponseFormat::JsonSchema(JsonSchema::new("", object(schema))))
    });
    if !read.request.tools.is_empty() {
        read.request.tool_choice = body.take_if("tool_choice", |choice| match choice.as_str()? {
            "REQUIRED" => Some(ToolChoice::Required),
            "NONE" => Some(ToolChoice::None),
            _ => None,
        });
    }
}

pub(super) fn tool_of(value: Value) -> Read<Tool> {
    let mut members = Members::of(value, "tools[]")?;
    members.take_if("type", |kind| (kind == "function").then_some(()));
    let mut function = Members::of(members.take("function").unwrap_or_default(), "tools[].function")?;
    members.end()?;
    let (name, description) = (function.need("name")?, function.text("description"));
    let schema = function.take("parameters").unwrap_or_default();
    function.end()?;
    tool(&name, description, &schema)
}

fn message_of(provider: &str, value: Value, read: &Recorded) -> Read<Message> {
    let mut members = Members::of(value, "messages[]")?;
    let role = members.need("role")?;
    let message = match role.as_str() {
        "system" => Message::system(members.need("content")?),
        "user" => {
            let parts: Read<Vec<Part>> = members.list("content").into_iter().map(part_of).collect();
            Message::User { content: parts? }
        }
        "assistant" => assistant(provider, &mut members)?,
        "tool" => {
            let id = members.need("tool_call_id")?;
            let call = ToolCall::new(CallId::new(id.clone()), read.name_of(&id), "");
            if members.take_if("content", |content| content.is_array().then_some(())).is_some() {
                return Err("messages[].content[] of a tool: documents".to_owned());
            }
            Message::tool_result(&call, ToolResult::new(vec![Content::text(members.need("content")?)]))
        }
        other => return Err(format!("messages[].role: {other}")),
    };
    members.end()?;
    Ok(message)
}

fn part_of(value: Value) -> Read<Part> {
    let mut members = Members::of(value, "messages[].content[]")?;
    let part = match members.need("type")?.as_str() {
        "text" => Part::text(members.need("text")?),
        "image_url" => {
            let path = members.at("image_url");
            let mut image = Members::of(members.take("image_url").unwrap_or_default(), &path)?;
            let media = media(image.need("url")?);
            image.end()?;
            Part::Image { media }
        }
        other => return Err(format!("messages[].content[] of type {other}")),
    };
    members.end()?;
    Ok(part)
}

fn assistant(provider: &str, members: &mut Members) -> Read<Message> {
    let mut parts = Vec::new();
    if let Some(plan) = members.text("tool_plan") {
        parts.push(AssistantPart::Reasoning(Reasoning::new(provider, plan)));
    }
    for part in members.list("content") {
        let mut part = Members::of(part, "messages[].content[]")?;
        parts.push(match part.need("type")?.as_str() {
            "text" => AssistantPart::Text { text: part.need("text")?.into() },
            "thinking" => AssistantPart::Reasoning(Reasoning::new(provider, part.need("thinking")?)),
            other => return Err(format!("messages[].content[] of type {other}")),
        });
        part.end()?;
    }
    for call in members.list("tool_calls") {
        let mut call = Members::of(call, "messages[].tool_calls[]")?;
        let id = call.need("id")?;
        call.take_if("type", |kind| (kind == "function").then_some(()));
        let mut function = Members::of(call.take("function").unwrap_or_default(), "tool_calls[].function")?;
        let (name, arguments) = (function.need("name")?, function.need("arguments")?);
        function.end()?;
        call.end()?;
        parts.push(AssistantPart::ToolCall(ToolCall::new(CallId::new(id), name, arguments)));
    }
    Ok(AssistantMessage::new(parts).into())
}
