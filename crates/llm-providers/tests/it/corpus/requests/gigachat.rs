//! A naive reader of GigaChat's requests. Calls and results have no ids here: they pair up by their order.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, JsonSchema, Message, Native, ReasoningEffort, ResponseFormat, ToolChoice,
};
use toolgate_tool_types::{CallId, Content, Tool, ToolCall, ToolResult};

use super::Recorded;
use super::members::{Members, Read, tool};
use crate::sample::object;

pub(crate) fn read(provider: &str, body: Value) -> Read<Recorded> {
    let mut body = Members::of(body, "")?;
    let mut read = Recorded::of(body.text("model"));
    for (place, message) in body.list("messages").into_iter().enumerate() {
        let message = message_of(provider, place, message)?;
        read.request.messages.push(message);
    }
    read.stream = body.take_if("stream", Value::as_bool) == Some(true);
    let tools: Read<Vec<Tool>> = body.list("functions").into_iter().map(function).collect();
    read.request.tools = tools?.into();
    read.request.tool_choice = body.take_if("function_call", |choice| match choice.as_str() {
        Some("auto") => Some(ToolChoice::Auto),
        Some("none") => Some(ToolChoice::None),
        _ => Some(ToolChoice::Tool(choice["name"].as_str()?.parse().ok()?)),
    });
    let options = &mut read.request.options;
    options.max_tokens = body.number("max_tokens");
    options.temperature = body.real("temperature").map(|cold| if cold <= 0.001 { 0.0 } else { cold });
    options.top_p = body.real("top_p");
    options.reasoning_effort = body.take_if("reasoning_effort", |word| match word.as_str()? {
        "low" => Some(ReasoningEffort::Low),
        "medium" => Some(ReasoningEffort::Medium),
        "high" => Some(ReasoningEffort::High),
        _ => None,
    });
    options.response_format = body.take_if("response_format", |format| {
        let wanted = JsonSchema::new("", object(&format["schema"]));
        Some(ResponseFormat::JsonSchema(wanted.with_strict(format["strict"].as_bool()?)))
    });
    read.set_extra(provider, body.rest());
    Ok(read)
}

fn function(value: Value) -> Read<Tool> {
    let mut function = Members::of(value, "functions[]")?;
    let (name, description) = (function.need("name")?, function.text("description"));
    let schema = function.take("parameters").unwrap_or_default();
    function.end()?;
    tool(&name, description, &schema)
}

fn message_of(provider: &str, place: usize, value: Value) -> Read<Message> {
    let mut members = Members::of(value, "messages[]")?;
    let role = members.need("role")?;
    let content = members.need("content")?;
    let message = match role.as_str() {
        "system" => Message::system(content),
        "user" => Message::user(content),
        "assistant" => {
            let mut parts = Vec::new();
            if !content.is_empty() {
                parts.push(AssistantPart::Text { text: content.into() });
            }
            if let Some(call) = members.take("function_call") {
                let mut call = Members::of(call, "messages[].function_call")?;
                let arguments = call.take("arguments").unwrap_or_default().to_string();
                let id = CallId::new(format!("at_{place}"));
                parts.push(AssistantPart::ToolCall(ToolCall::new(id, call.need("name")?, arguments)));
                call.end()?;
            }
            if let Some(state) = members.text("functions_state_id") {
                let block = json!({"functions_state_id": state}).to_string();
                parts.push(AssistantPart::Native(Native::new(provider, block)));
            }
            AssistantMessage::new(parts).into()
        }
        "function" => {
            let call = ToolCall::new(CallId::new(format!("at_{}", place - 1)), members.need("name")?, "");
            Message::tool_result(&call, result(&content)?)
        }
        other => return Err(format!("messages[].role: {other}")),
    };
    members.end()?;
    Ok(message)
}

fn result(content: &str) -> Read<ToolResult> {
    let read: Value = serde_json::from_str(content).map_err(|_| "messages[].content: no JSON".to_owned())?;
    let text =
        |member: &str| read[member].as_str().filter(|_| read.as_object().is_some_and(|all| all.len() == 1));
    Ok(match (text("result"), text("error")) {
        (Some(text), _) => ToolResult::new(vec![Content::text(text)]),
        (_, Some(text)) => ToolResult::error(text),
        _ => ToolResult::new(vec![Content::text(content)]),
    })
}
