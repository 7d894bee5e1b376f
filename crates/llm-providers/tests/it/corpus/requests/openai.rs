//! A naive reader of chat completion requests, normalised as `normal` says.

use serde_json::{Map, Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatOptions, JsonSchema, Media, Message, Opaque, Part, Quirk, Reasoning,
    ResponseFormat, ToolChoice,
};
use toolgate_tool_types::{CallId, Content, ToolCall, ToolName, ToolResult};

use super::members::{Members, Read, texts, tool};
use super::{Recorded, effort};
use crate::sample::object;

pub(crate) fn read(provider: &str, body: Value) -> Read<Recorded> {
    let mut body = Members::of(body, "")?;
    let mut read = Recorded::of(body.text("model"));
    for message in body.list("messages") {
        let message = message_of(provider, message, &mut read)?;
        read.request.messages.push(message);
    }
    read.stream = body.take_if("stream", Value::as_bool) == Some(true);
    let usage = json!({"include_usage": true});
    if read.stream && body.take_if("stream_options", |options| (*options == usage).then_some(())).is_none() {
        read.quirks.push(Quirk::NoStreamOptions);
    }
    let tools: Option<Read<Vec<_>>> = body.take_if("tools", |tools| {
        // Tools that the provider runs itself are none of ours; alone, they go as an extra.
        let tools = tools.as_array()?;
        let own = |tool: &&Value| tool["type"] == "function";
        (tools.iter().filter(own).count() > 0).then(|| tools.iter().cloned().map(tool_of).collect())
    });
    read.request.tools = tools.transpose()?.unwrap_or_default().into();
    options(&mut body, &mut read);
    read.set_extra(provider, body.rest());
    Ok(read)
}

fn options(body: &mut Members, read: &mut Recorded) {
    let has_tools = !read.request.tools.is_empty();
    let options = &mut read.request.options;
    options.max_tokens = body.number("max_tokens");
    if options.max_tokens.is_none() {
        options.max_tokens = body.number("max_completion_tokens");
        read.quirks.extend(options.max_tokens.map(|_| Quirk::MaxCompletionTokens));
    }
    options.temperature = body.real("temperature");
    options.top_p = body.real("top_p");
    options.presence_penalty = body.real("presence_penalty");
    options.frequency_penalty = body.real("frequency_penalty");
    options.stop = body.take_if("stop", texts).unwrap_or_default();
    options.seed = body.number("seed");
    if options.seed.is_none() {
        options.seed = body.number("random_seed");
        read.quirks.extend(options.seed.map(|_| Quirk::RandomSeed));
    }
    options.reasoning_effort = body.take_if("reasoning_effort", effort);
    options.response_format = body.take_if("response_format", format);
    logprobs(body, options);
    options.metadata =
        body.take_if("metadata", |labels| serde_json::from_value(labels.clone()).ok()).unwrap_or_default();
    if !has_tools {
        return;
    }
    options.parallel_tool_calls = body.take_if("parallel_tool_calls", Value::as_bool);
    let tools = &read.request.tools;
    let mut any = false;
    read.request.tool_choice = body.take_if("tool_choice", |choice| {
        any = choice == "any";
        match choice.as_str() {
            Some("auto") => Some(ToolChoice::Auto),
            Some("none") => Some(ToolChoice::None),
            Some("required" | "any") => Some(ToolChoice::Required),
            _ => {
                let name = ToolName::new(choice["function"]["name"].as_str()?).ok()?;
                let exact = *choice == json!({"type": "function", "function": {"name": name}});
                (exact && tools.iter().any(|tool| tool.name == name)).then_some(ToolChoice::Tool(name))
            }
        }
    });
    read.quirks.extend(any.then_some(Quirk::RequiredIsAny));
}

fn logprobs(body: &mut Members, options: &mut ChatOptions) {
    if body.take_if("logprobs", Value::as_bool) == Some(true) {
        options.top_logprobs = Some(body.number("top_logprobs").unwrap_or(0));
    }
}

fn format(format: &Value) -> Option<ResponseFormat> {
    if *format == json!({"type": "json_object"}) {
        return Some(ResponseFormat::JsonObject);
    }
    let wanted = &format["json_schema"];
    let schema = JsonSchema::new(wanted["name"].as_str()?, object(&wanted["schema"]))
        .with_strict(wanted["strict"] == true);
    let mut exact = json!({"name": wanted["name"], "schema": wanted["schema"]});
    if schema.strict {
        exact["strict"] = true.into();
    }
    (wanted["schema"].is_object() && *format == json!({"type": "json_schema", "json_schema": exact}))
        .then_some(ResponseFormat::JsonSchema(schema))
}

fn tool_of(value: Value) -> Read<toolgate_tool_types::Tool> {
    let mut members = Members::of(value, "tools[]")?;
    let kind = members.need("type")?;
    if kind != "function" {
        return Err(format!("tools[] of the provider's own beside functions: {kind}"));
    }
    let mut function = Members::of(members.take("function").unwrap_or_default(), "tools[].function")?;
    members.end()?;
    let name = function.need("name")?;
    let description = function.text("description");
    let schema = function.take("parameters").unwrap_or_default();
    function.end()?;
    tool(&name, description, &schema)
}

fn message_of(provider: &str, value: Value, read: &mut Recorded) -> Read<Message> {
    let mut members = Members::of(value, "messages[]")?;
    let role = members.need("role")?;
    let message = match role.as_str() {
        "system" => Message::system(members.need("content")?),
        "user" => {
            let parts: Read<Vec<Part>> = members.list("content").into_iter().map(part_of).collect();
            Message::User { content: parts? }
        }
        "assistant" => assistant(provider, &mut members, read)?,
        "tool" => {
            let call = ToolCall::new(CallId::new(members.need("tool_call_id")?), "", "");
            Message::tool_result(&call, ToolResult::new(vec![Content::text(members.need("content")?)]))
        }
        other => return Err(format!("messages[].role: {other}")),
    };
    members.end()?;
    Ok(message)
}

fn assistant(provider: &str, members: &mut Members, read: &mut Recorded) -> Read<Message> {
    let mut parts = Vec::new();
    let details = members.take("reasoning_details").map(|details| details.to_string());
    let thought = members.text("reasoning_content");
    if let Some(details) = details {
        read.quirks.push(Quirk::ReasoningDetails);
        let reasoning = Reasoning::new(provider, "").with_opaque(Opaque::Details(details.into()));
        parts.push(AssistantPart::Reasoning(reasoning));
    }
    if let Some(text) = thought {
        read.quirks.push(Quirk::ReasoningContent);
        parts.push(AssistantPart::Reasoning(Reasoning::new(provider, text)));
    }
    if let Some(text) = members.text("content") {
        parts.push(AssistantPart::Text { text: text.into() });
    }
    for call in members.list("tool_calls") {
        let mut call = Members::of(call, "messages[].tool_calls[]")?;
        let id = call.need("id")?;
        call.take_if("type", |kind| (kind == "function").then_some(()));
        let path = call.at("function");
        let mut function = Members::of(call.take("function").unwrap_or_default(), &path)?;
        let (name, arguments) = (function.need("name")?, function.need("arguments")?);
        function.end()?;
        call.end()?;
        parts.push(AssistantPart::ToolCall(ToolCall::new(CallId::new(id), name, arguments)));
    }
    Ok(AssistantMessage::new(parts).into())
}

fn part_of(value: Value) -> Read<Part> {
    let mut members = Members::of(value, "messages[].content[]")?;
    let kind = members.need("type")?;
    let mut inner = Members::of(
        members.take_if(&kind, |inner| inner.as_object().cloned()).unwrap_or_else(Map::new).into(),
        &members.at(&kind),
    )?;
    let part = match kind.as_str() {
        "text" => Part::text(members.need("text")?),
        "image_url" => Part::Image { media: media(inner.need("url")?) },
        "input_audio" => {
            let (data, format) = (inner.need("data")?, inner.need("format")?);
            let media_type = format!("audio/{format}").into();
            Part::Audio { media: Media::Inline { media_type, data: data.into() } }
        }
        "file" => {
            let (name, data) = (inner.need("filename")?, inner.need("file_data")?);
            Part::File { name: name.into(), media: media(data) }
        }
        other => return Err(format!("messages[].content[] of type {other}")),
    };
    inner.end()?;
    members.end()?;
    Ok(part)
}

/// A URL, or the bytes in a `data:` URL of the plain form.
pub(crate) fn media(url: String) -> Media {
    let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    match inline {
        Some((media_type, data)) if !media_type.contains(';') => {
            Media::Inline { media_type: media_type.into(), data: data.into() }
        }
        _ => Media::Url { url: url.into() },
    }
}
