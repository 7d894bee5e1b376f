//! A naive reader of Anthropic's message requests, normalised as `normal` says.

use serde_json::{Value, json};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, Citation, JsonSchema, Media, Message, Native, Opaque, Part, Reasoning,
    ReasoningEffort, ResponseFormat, ToolChoice,
};
use toolgate_tool_types::{CallId, Content, Tool, ToolCall, ToolName, ToolResult};

use super::members::{Members, Read, texts, tool};
use super::{Recorded, effort};
use crate::sample::object;

/// The blocks that canonical types have words for; all others of an answer are the provider's own.
const KNOWN: [&str; 4] = ["text", "thinking", "redacted_thinking", "tool_use"];

pub(crate) fn read(provider: &str, model: &str, body: Value) -> Read<Recorded> {
    let mut body = Members::of(body, "")?;
    let mut read = Recorded::of(body.text("model"));
    for block in body.list("system") {
        let mut block = Members::of(block, "system[]")?;
        block.take_if("type", |kind| (kind == "text").then_some(()));
        read.request.messages.push(Message::system(block.need("text")?));
        mark(&mut block, &mut read);
        block.end()?;
    }
    for turn in body.list("messages") {
        let mut turn = Members::of(turn, "messages[]")?;
        let (role, blocks) = (turn.need("role")?, turn.list("content"));
        turn.end()?;
        match role.as_str() {
            "user" => blocks.into_iter().try_for_each(|block| user(block, &mut read))?,
            "assistant" => assistant(provider, blocks, &mut read)?,
            "system" => system(blocks, &mut read)?,
            other => return Err(format!("messages[].role: {other}")),
        }
    }
    read.stream = body.take_if("stream", Value::as_bool) == Some(true);
    let tools: Option<Read<Vec<Tool>>> = body.take_if("tools", |tools| {
        let tools = tools.as_array()?;
        let own = |tool: &&Value| tool.get("input_schema").is_some();
        (tools.iter().filter(own).count() > 0).then(|| tools.iter().cloned().map(tool_of).collect())
    });
    read.request.tools = tools.transpose()?.unwrap_or_default().into();
    options(&mut body, &mut read, model);
    read.set_extra(provider, body.rest());
    Ok(read)
}

fn options(body: &mut Members, read: &mut Recorded, model: &str) {
    let options = &mut read.request.options;
    options.max_tokens = body.number("max_tokens");
    options.temperature = body.real("temperature");
    options.top_p = body.real("top_p");
    options.top_k = body.number("top_k");
    options.stop = body.take_if("stop_sequences", texts).unwrap_or_default();
    if let Some(id) = body.take_if("metadata", |labels| {
        let id = labels["user_id"].as_str()?;
        (*labels == json!({"user_id": id})).then(|| id.to_owned())
    }) {
        options.metadata.insert("user_id".into(), id.into());
    }
    let mut config = body.take("output_config").unwrap_or_else(|| json!({}));
    options.response_format = take(&mut config, "format", |format| {
        let exact = json!({"type": "json_schema", "schema": format["schema"]});
        (format["schema"].is_object() && *format == exact)
            .then(|| ResponseFormat::JsonSchema(JsonSchema::new("", object(&format["schema"]))))
    });
    thinking(body, &mut config, read, model);
    if config.as_object().is_none_or(|config| !config.is_empty()) {
        read.extra.insert("output_config".to_owned(), config);
    }
    choice(body, read);
}

/// Thinking by a budget up to Claude 4.5, by an effort since; other words for it go as extras.
fn thinking(body: &mut Members, config: &mut Value, read: &mut Recorded, model: &str) {
    let by_budget = ["claude-3", "-4-0", "-4-1", "-4-5", "-4-2025"].iter().any(|part| model.contains(part));
    let level = effort(&config["effort"]);
    read.request.options.reasoning_effort = body.take_if("thinking", |thinking| {
        let exact = |words: Value| *thinking == words;
        let budget = |tokens: u32| by_budget && exact(json!({"type": "enabled", "budget_tokens": tokens}));
        match level {
            _ if exact(json!({"type": "disabled"})) => Some(ReasoningEffort::None),
            Some(level) if exact(json!({"type": "adaptive"})) => Some(level),
            _ if budget(1024) => Some(ReasoningEffort::Low),
            _ if budget(2048) => Some(ReasoningEffort::Medium),
            _ if budget(4096) => Some(ReasoningEffort::High),
            _ if budget(8192) => Some(ReasoningEffort::XHigh),
            _ if budget(16_384) => Some(ReasoningEffort::Max),
            _ => None,
        }
    });
    let wanted = read.request.options.reasoning_effort;
    if wanted.is_some() && wanted == level {
        take(config, "effort", |_| Some(()));
    }
}

/// Takes a member that `read` understands out of `value`.
fn take<T>(value: &mut Value, name: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
    let found = read(value.get(name)?)?;
    value.as_object_mut()?.remove(name);
    Some(found)
}

fn choice(body: &mut Members, read: &mut Recorded) {
    let tools = &read.request.tools;
    if tools.is_empty() {
        return;
    }
    let mut one = false;
    read.request.tool_choice = body.take_if("tool_choice", |choice| {
        one = choice["disable_parallel_tool_use"] == true;
        match choice["type"].as_str()? {
            "auto" => Some(ToolChoice::Auto),
            "any" => Some(ToolChoice::Required),
            "none" => Some(ToolChoice::None),
            "tool" => {
                let name = ToolName::new(choice["name"].as_str()?).ok()?;
                tools.iter().any(|tool| tool.name == name).then_some(ToolChoice::Tool(name))
            }
            _ => None,
        }
    });
    if one && read.request.tool_choice.is_some() {
        read.request.options.parallel_tool_calls = Some(false);
    }
}

fn tool_of(value: Value) -> Read<Tool> {
    let mut members = Members::of(value, "tools[]")?;
    let (name, description) = (members.need("name")?, members.text("description"));
    let schema = members.take("input_schema").unwrap_or_default();
    members.end()?;
    tool(&name, description, &schema)
}

/// A mark on a block is a mark after it.
fn mark(block: &mut Members, read: &mut Recorded) {
    if block.take_if("cache_control", |mark| (*mark == json!({"type": "ephemeral"})).then_some(())).is_some()
    {
        read.request.messages.push(Message::CachePoint);
    }
}

fn system(blocks: Vec<Value>, read: &mut Recorded) -> Read<()> {
    for block in blocks {
        let mut block = Members::of(block, "messages[] of role system")?;
        block.take_if("type", |kind| (kind == "text").then_some(()));
        read.request.messages.push(Message::system(block.need("text")?));
        mark(&mut block, read);
        block.end()?;
    }
    Ok(())
}

fn user(value: Value, read: &mut Recorded) -> Read<()> {
    if value["type"] == "tool_result" {
        let message = result(value, read)?;
        read.request.messages.push(message.0);
        read.request.messages.extend(message.1);
        return Ok(());
    }
    let mut block = Members::of(value, "messages[].content[]")?;
    let kind = block.need("type")?;
    let part = match kind.as_str() {
        "text" => Part::text(block.need("text")?),
        "image" => Part::Image { media: media(&mut block)? },
        "document" => {
            let media = media(&mut block)?;
            Part::File { name: block.text("title").unwrap_or_default().into(), media }
        }
        other => return Err(format!("messages[].content[] of type {other}")),
    };
    read.request.messages.push(Message::User { content: vec![part] });
    mark(&mut block, read);
    block.end()
}

fn media(block: &mut Members) -> Read<Media> {
    let path = block.at("source");
    let mut source = Members::of(block.take("source").unwrap_or_default(), &path)?;
    let media = match source.need("type")?.as_str() {
        "base64" => {
            Media::Inline { media_type: source.need("media_type")?.into(), data: source.need("data")?.into() }
        }
        "url" => Media::Url { url: source.need("url")?.into() },
        other => return Err(format!("{path} of type {other}")),
    };
    source.end()?;
    Ok(media)
}

fn result(value: Value, read: &Recorded) -> Read<(Message, Option<Message>)> {
    let mut block = Members::of(value, "messages[].content[] of type tool_result")?;
    block.need("type")?;
    let id = block.need("tool_use_id")?;
    let mut content = Vec::new();
    for item in block.list("content") {
        let mut item = Members::of(item, "tool_result.content[]")?;
        let kind = item.need("type")?;
        content.push(match kind.as_str() {
            "text" => Content::text(item.need("text")?),
            "image" | "document" => match (media(&mut item)?, kind.as_str()) {
                (Media::Inline { media_type, data }, "image") => {
                    Content::Image { data, mime_type: media_type }
                }
                (Media::Inline { media_type, data }, _) => Content::Resource {
                    uri: "".into(),
                    mime_type: Some(media_type),
                    text: None,
                    blob: Some(data),
                },
                _ => return Err(format!("tool_result.content[] of type {kind} at a URL")),
            },
            other => return Err(format!("tool_result.content[] of type {other}")),
        });
        item.end()?;
    }
    let is_error = block.take_if("is_error", Value::as_bool).unwrap_or_default();
    let is_marked =
        block.take_if("cache_control", |mark| (*mark == json!({"type": "ephemeral"})).then_some(()));
    block.end()?;
    let call = ToolCall::new(CallId::new(id.clone()), read.name_of(&id), "");
    let message = Message::tool_result(&call, ToolResult::new(content).with_is_error(is_error));
    Ok((message, is_marked.map(|()| Message::CachePoint)))
}

fn assistant(provider: &str, blocks: Vec<Value>, read: &mut Recorded) -> Read<()> {
    let mut parts = Vec::new();
    let mut end = None;
    for value in blocks {
        if end.is_some() {
            return Err("cache_control within an answer".to_owned());
        }
        if !KNOWN.iter().any(|known| value["type"] == *known) {
            parts.push(AssistantPart::Native(Native::new(provider, value.to_string())));
            continue;
        }
        let mut block = Members::of(value, "messages[].content[]")?;
        let kind = block.need("type")?;
        match kind.as_str() {
            "text" => parts.push(AssistantPart::Text { text: block.need("text")?.into() }),
            "tool_use" => {
                let input = block.take("input").unwrap_or_default().to_string();
                let call = ToolCall::new(CallId::new(block.need("id")?), block.need("name")?, input);
                parts.push(AssistantPart::ToolCall(call));
            }
            "redacted_thinking" => parts.push(AssistantPart::Reasoning(
                Reasoning::new(provider, "").with_opaque(Opaque::Redacted(block.need("data")?.into())),
            )),
            _ => {
                let signature = Opaque::Signature(block.need("signature")?.into());
                let reasoning = Reasoning::new(provider, block.need("thinking")?).with_opaque(signature);
                parts.push(AssistantPart::Reasoning(reasoning));
            }
        }
        for cited in block.list("citations") {
            let citation = json!({"provider": provider, "title": "", "url": "", "quote": "", "native": cited.to_string()});
            let citation: Citation = serde_json::from_value(citation).map_err(|error| error.to_string())?;
            parts.push(AssistantPart::Citation(citation));
        }
        end = block.take_if("cache_control", |mark| (*mark == json!({"type": "ephemeral"})).then_some(()));
        block.end()?;
    }
    read.request.messages.push(AssistantMessage::new(parts).into());
    read.request.messages.extend(end.map(|()| Message::CachePoint));
    Ok(())
}
