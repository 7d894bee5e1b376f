//! A naive reader of OpenAI's requests for responses, normalised as `normal` says.

use serde_json::{Map, Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, JsonSchema, Message, Native, Opaque, Part, Reasoning, ResponseFormat,
    ToolChoice,
};
use toolgate_tool_types::{CallId, Content, Tool, ToolCall, ToolResult};

use super::members::{Members, Read, tool};
use super::openai::media;
use super::{Recorded, effort};
use crate::sample::object;

pub(crate) fn read(provider: &str, body: Value) -> Read<Recorded> {
    let mut body = Members::of(body, "")?;
    let mut read = Recorded::of(body.text("model"));
    for item in body.list("input") {
        let message = message_of(provider, item, &read)?;
        add(&mut read.request.messages, message);
    }
    read.stream = body.take_if("stream", Value::as_bool) == Some(true);
    let tools: Read<Vec<Tool>> = body.list("tools").into_iter().map(tool_of).collect();
    read.request.tools = tools?.into();
    options(&mut body, &mut read)?;
    read.set_extra(provider, body.rest());
    Ok(read)
}

/// Items of the model in a row are one message, but that texts stay apart.
fn add(messages: &mut Vec<Message>, message: Message) {
    let is_text = |part: Option<&AssistantPart>| matches!(part, Some(AssistantPart::Text { .. }));
    match (message, messages.last_mut()) {
        (Message::Assistant(more), Some(Message::Assistant(last)))
            if !is_text(more.parts.first()) || !is_text(last.parts.last()) =>
        {
            last.parts.extend(more.parts);
        }
        (message, _) => messages.push(message),
    }
}

fn options(body: &mut Members, read: &mut Recorded) -> Read<()> {
    let options = &mut read.request.options;
    options.max_tokens = body.number("max_output_tokens");
    options.temperature = body.real("temperature");
    options.top_p = body.real("top_p");
    options.top_logprobs = body.number("top_logprobs");
    if let Some(metadata) = body.take_if("metadata", |members| serde_json::from_value(members.clone()).ok()) {
        options.metadata = metadata;
    }
    if body.take("include").is_some() {
        return Err("include".to_owned());
    }
    if !read.request.tools.is_empty() {
        read.request.tool_choice = body.take_if("tool_choice", |choice| match choice.as_str() {
            Some("none") => Some(ToolChoice::None),
            Some("required") => Some(ToolChoice::Required),
            Some(_) => None,
            None => {
                let name = choice["name"].as_str()?;
                let is_plain = *choice == json!({"type": "function", "name": name});
                is_plain.then(|| name.parse().ok().map(ToolChoice::Tool)).flatten()
            }
        });
        options.parallel_tool_calls = body.take_if("parallel_tool_calls", Value::as_bool);
    }
    if let Some(reasoning) = body.take("reasoning") {
        let mut reasoning = Members::of(reasoning, "reasoning")?;
        options.reasoning_effort = reasoning.take_if("effort", effort);
        keep(&mut read.extra, "reasoning", reasoning.rest());
    }
    if let Some(text) = body.take("text") {
        let mut text = Members::of(text, "text")?;
        options.response_format = text.take_if("format", format);
        keep(&mut read.extra, "text", text.rest());
    }
    Ok(())
}

/// What only this provider knows of a group of settings.
fn keep(extra: &mut Map<String, Value>, name: &str, rest: Map<String, Value>) {
    if !rest.is_empty() {
        extra.insert(name.to_owned(), rest.into());
    }
}

fn format(format: &Value) -> Option<ResponseFormat> {
    if *format == json!({"type": "json_object"}) {
        return Some(ResponseFormat::JsonObject);
    }
    let (name, schema, strict) = (format["name"].as_str()?, &format["schema"], format["strict"].as_bool());
    let strict = strict.unwrap_or_default();
    let plain = json!({"type": "json_schema", "name": name, "schema": schema, "strict": strict});
    let wanted = JsonSchema::new(name, object(schema)).with_strict(strict);
    (*format == plain).then_some(ResponseFormat::JsonSchema(wanted))
}

fn tool_of(value: Value) -> Read<Tool> {
    let mut members = Members::of(value, "tools[]")?;
    let kind = members.need("type")?;
    if kind != "function" {
        return Err(format!("tools[] of type {kind}"));
    }
    let (name, description) = (members.need("name")?, members.text("description"));
    let schema = members.take("parameters").unwrap_or_default();
    if members.take_if("strict", |strict| (*strict == false).then_some(())).is_none() {
        return Err("tools[].strict, which is true when it is left out".to_owned());
    }
    members.end()?;
    tool(&name, description, &schema)
}

/// An item is a message of its own.
fn message_of(provider: &str, value: Value, read: &Recorded) -> Read<Message> {
    let item = value.to_string();
    let kind = value["type"].as_str().unwrap_or("message").to_owned();
    let mut members = Members::of(value, "input[]")?;
    members.take("type");
    let part = match kind.as_str() {
        "message" => {
            let message = said(&mut members, provider)?;
            members.end()?;
            return Ok(message);
        }
        "function_call" => {
            let (id, name) = (members.need("call_id")?, members.need("name")?);
            let arguments = members.need("arguments")?;
            members.end()?;
            AssistantPart::ToolCall(ToolCall::new(CallId::new(id), name, arguments))
        }
        "function_call_output" => {
            let id = members.need("call_id")?;
            let call = ToolCall::new(CallId::new(id.clone()), read.name_of(&id), "");
            let output = members.text("output").ok_or("input[].output[] that is no text")?;
            members.end()?;
            return Ok(Message::tool_result(&call, ToolResult::new(vec![Content::text(output)])));
        }
        "reasoning" => {
            let mut reasoning = Reasoning::new(provider, "");
            reasoning.opaque = Some(Opaque::Item(item.into()));
            AssistantPart::Reasoning(reasoning)
        }
        _ => AssistantPart::Native(Native::new(provider, item)),
    };
    Ok(AssistantMessage::new(vec![part]).into())
}

fn said(members: &mut Members, provider: &str) -> Read<Message> {
    Ok(match members.need("role")?.as_str() {
        "system" => Message::system(members.need("content")?),
        "user" => {
            let parts: Read<Vec<Part>> = members.list("content").into_iter().map(part_of).collect();
            Message::User { content: parts? }
        }
        "assistant" => {
            let text = members.need("content")?;
            let mut parts = vec![AssistantPart::Text { text: text.into() }];
            if let Some(phase) = members.text("phase") {
                let block = serde_json::json!({"type": "message", "phase": phase}).to_string();
                parts.push(AssistantPart::Native(Native::new(provider, &*block)));
            }
            AssistantMessage::new(parts).into()
        }
        other => return Err(format!("input[].role: {other}")),
    })
}

fn part_of(value: Value) -> Read<Part> {
    let mut members = Members::of(value, "input[].content[]")?;
    let part = match members.need("type")?.as_str() {
        "input_text" => Part::text(members.need("text")?),
        "input_image" => {
            members.take_if("detail", |detail| (detail == "auto").then_some(()));
            Part::Image { media: media(members.need("image_url")?) }
        }
        "input_file" => match members.text("file_url") {
            Some(url) => Part::File { name: "".into(), media: media(url) },
            None => {
                let name = members.need("filename")?;
                Part::File { name: name.into(), media: media(members.need("file_data")?) }
            }
        },
        other => return Err(format!("input[].content[] of type {other}")),
    };
    members.end()?;
    Ok(part)
}
