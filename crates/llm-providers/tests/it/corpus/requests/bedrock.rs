//! A naive reader of Bedrock's Converse requests, normalised as `normal` says.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, JsonSchema, Media, Message, Opaque, Part, Reasoning, ResponseFormat,
    ToolChoice,
};
use toolgate_tool_types::{CallId, Content, Tool, ToolCall, ToolResult};

use super::Recorded;
use super::members::{Members, Read, texts, tool};
use crate::sample::object;

pub(crate) fn read(provider: &str, body: Value) -> Read<Recorded> {
    let mut body = Members::of(body, "")?;
    let mut read = Recorded::of(None);
    for block in body.list("system") {
        let mut block = Members::of(block, "system[]")?;
        read.request.messages.push(match block.text("text") {
            Some(text) => Message::system(text),
            None if cache_point(&mut block) => Message::CachePoint,
            None => return Err("system[] that is no text".to_owned()),
        });
        block.end()?;
    }
    for turn in body.list("messages") {
        let mut turn = Members::of(turn, "messages[]")?;
        let (role, content) = (turn.need("role")?, turn.list("content"));
        turn.end()?;
        match role.as_str() {
            "user" => user(content, &mut read)?,
            "assistant" => read.request.messages.push(assistant(provider, content)?),
            other => return Err(format!("messages[].role: {other}")),
        }
    }
    settings(&mut body, &mut read)?;
    read.set_extra(provider, body.rest());
    Ok(read)
}

fn cache_point(block: &mut Members) -> bool {
    block.take_if("cachePoint", |mark| (*mark == json!({"type": "default"})).then_some(())).is_some()
}

fn settings(body: &mut Members, read: &mut Recorded) -> Read<()> {
    if let Some(config) = body.take("toolConfig") {
        let mut config = Members::of(config, "toolConfig")?;
        let tools: Read<Vec<Tool>> = config.list("tools").into_iter().map(tool_of).collect();
        read.request.tools = tools?.into();
        read.request.tool_choice = config.take_if("toolChoice", |choice| {
            let name = choice["tool"]["name"].as_str();
            match name {
                Some(name) if *choice == json!({"tool": {"name": name}}) => {
                    Some(ToolChoice::Tool(name.parse().ok()?))
                }
                _ if *choice == json!({"auto": {}}) => Some(ToolChoice::Auto),
                _ if *choice == json!({"any": {}}) => Some(ToolChoice::Required),
                _ => None,
            }
        });
        config.end()?;
    }
    let options = &mut read.request.options;
    if let Some(inference) = body.take("inferenceConfig") {
        let mut inference = Members::of(inference, "inferenceConfig")?;
        options.max_tokens = inference.number("maxTokens");
        options.temperature = inference.real("temperature");
        options.top_p = inference.real("topP");
        options.stop = inference.take_if("stopSequences", texts).unwrap_or_default();
        inference.end()?;
    }
    options.response_format = body.take_if("outputConfig", |config| {
        let wanted = &config["textFormat"]["structure"]["jsonSchema"];
        let schema: Value = serde_json::from_str(wanted["schema"].as_str()?).ok()?;
        let structure = json!({"type": "json_schema", "structure": {"jsonSchema": wanted}});
        let is_plain = wanted.as_object()?.keys().all(|name| name == "name" || name == "schema");
        (is_plain && *config == json!({ "textFormat": structure })).then_some(())?;
        let name = wanted["name"].as_str().unwrap_or_default();
        Some(ResponseFormat::JsonSchema(JsonSchema::new(name, object(&schema))))
    });
    Ok(())
}

fn tool_of(value: Value) -> Read<Tool> {
    let mut members = Members::of(value, "toolConfig.tools[]")?;
    let path = members.at("toolSpec");
    let mut spec = Members::of(members.take("toolSpec").unwrap_or_default(), &path)?;
    members.end()?;
    let (name, description) = (spec.need("name")?, spec.text("description"));
    let schema = spec.take("inputSchema").unwrap_or_default();
    spec.end()?;
    tool(&name, description, &schema["json"])
}

/// Results are messages of their own, and so are marks at the end of what is cached.
fn user(content: Vec<Value>, read: &mut Recorded) -> Read<()> {
    let mut parts = Vec::new();
    for block in content {
        let mut block = Members::of(block, "messages[].content[]")?;
        let message = match block.take("toolResult") {
            Some(result) => Some(result_of(result, read)?),
            None if cache_point(&mut block) => Some(Message::CachePoint),
            None => None,
        };
        match message {
            Some(message) => {
                flush(&mut parts, read);
                read.request.messages.push(message);
            }
            None => parts.push(part_of(&mut block)?),
        }
        block.end()?;
    }
    flush(&mut parts, read);
    Ok(())
}

fn flush(parts: &mut Vec<Part>, read: &mut Recorded) {
    if !parts.is_empty() {
        read.request.messages.push(Message::User { content: std::mem::take(parts) });
    }
}

fn part_of(block: &mut Members) -> Read<Part> {
    if let Some(text) = block.text("text") {
        return Ok(Part::text(text));
    }
    if let Some(image) = block.take("image") {
        let (kind, data) = bytes("image", image)?;
        return Ok(Part::Image {
            media: Media::Inline { media_type: format!("image/{kind}").into(), data: data.into() },
        });
    }
    let Some(document) = block.take("document") else {
        return Err("messages[].content[] that is no text, image or document".to_owned());
    };
    let mut document = Members::of(document, "document")?;
    let name = document.need("name")?;
    let (kind, data) = bytes("document", document.rest().into())?;
    let media_type = match kind.as_str() {
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "html" => "text/html",
        "md" => "text/markdown",
        other => return Err(format!("document.format: {other}")),
    };
    let media = Media::Inline { media_type: media_type.into(), data: data.into() };
    Ok(Part::File { name: name.into(), media })
}

fn bytes(what: &str, value: Value) -> Read<(String, String)> {
    let mut members = Members::of(value, what)?;
    let kind = members.need("format")?;
    let path = members.at("source");
    let mut source = Members::of(members.take("source").unwrap_or_default(), &path)?;
    let data = source.need("bytes")?;
    source.end()?;
    members.end()?;
    Ok((kind, data))
}

fn result_of(value: Value, read: &Recorded) -> Read<Message> {
    let mut result = Members::of(value, "toolResult")?;
    let id = result.need("toolUseId")?;
    let is_error = result.text("status").as_deref() == Some("error");
    let mut content = Vec::new();
    for block in result.list("content") {
        let mut block = Members::of(block, "toolResult.content[]")?;
        content.push(match block.take("image") {
            Some(image) => {
                let (kind, data) = bytes("toolResult.content[].image", image)?;
                Content::Image { data: data.into(), mime_type: format!("image/{kind}").into() }
            }
            None => Content::text(block.need("text")?),
        });
        block.end()?;
    }
    result.end()?;
    let call = ToolCall::new(CallId::new(id.clone()), read.name_of(&id), "");
    Ok(Message::tool_result(&call, ToolResult::new(content).with_is_error(is_error)))
}

fn assistant(provider: &str, content: Vec<Value>) -> Read<Message> {
    let mut parts = Vec::new();
    for block in content {
        let mut block = Members::of(block, "messages[].content[]")?;
        parts.push(if let Some(text) = block.text("text") {
            AssistantPart::Text { text: text.into() }
        } else if let Some(call) = block.take("toolUse") {
            let mut call = Members::of(call, "toolUse")?;
            let (id, name) = (call.need("toolUseId")?, call.need("name")?);
            let arguments = call.take("input").unwrap_or_default().to_string();
            call.end()?;
            AssistantPart::ToolCall(ToolCall::new(CallId::new(id), name, arguments))
        } else if let Some(reasoning) = block.take("reasoningContent") {
            let mut reasoning = Members::of(reasoning, "reasoningContent")?;
            let text = reasoning.take("reasoningText").unwrap_or_default();
            reasoning.end()?;
            let mut text = Members::of(text, "reasoningText")?;
            let mut thought = Reasoning::new(provider, text.need("text")?);
            thought.opaque = text.text("signature").map(|signature| Opaque::Signature(signature.into()));
            text.end()?;
            AssistantPart::Reasoning(thought)
        } else {
            return Err("messages[].content[] of an assistant that is no text, call or reasoning".to_owned());
        });
        block.end()?;
    }
    Ok(AssistantMessage::new(parts).into())
}
