//! A naive reader of Gemini's `generateContent` requests, normalised as `normal` says.

use std::sync::Arc;

use serde_json::{Value, json, value::RawValue};
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, JsonSchema, Media, Message, Native, Opaque, Part, Reasoning,
    ReasoningEffort, ResponseFormat, ToolChoice,
};
use toolgate_tool_types::{CallId, Content, Tool, ToolCall, ToolName, ToolResult};

use super::Recorded;
use super::members::{Members, Read, texts, tool};
use crate::sample::object;

pub(crate) fn read(provider: &str, model: &str, body: Value) -> Read<Recorded> {
    let mut body = Members::of(body, "")?;
    let mut read = Recorded::of(Some(model.to_owned()));
    if let Some(instruction) = body.take("systemInstruction") {
        let mut instruction = Members::of(instruction, "systemInstruction")?;
        for part in instruction.list("parts") {
            let mut part = Members::of(part, "systemInstruction.parts[]")?;
            read.request.messages.push(Message::system(part.need("text")?));
            part.end()?;
        }
        instruction.end()?;
    }
    for content in body.list("contents") {
        let mut content = Members::of(content, "contents[]")?;
        let (role, parts) = (content.need("role")?, content.list("parts"));
        content.end()?;
        match role.as_str() {
            "user" | "function" => parts.into_iter().try_for_each(|part| user(part, &mut read))?,
            "model" => {
                let parts: Read<Vec<Vec<AssistantPart>>> =
                    parts.into_iter().map(|part| answer(provider, part)).collect();
                read.request.messages.push(AssistantMessage::new(parts?.concat()).into());
            }
            other => return Err(format!("contents[].role: {other}")),
        }
    }
    let tools: Option<Read<Vec<Tool>>> = body.take_if("tools", |tools| {
        let declared = tools[0]["functionDeclarations"].as_array()?;
        let alone = tools.as_array()?.len() == 1 && tools[0].as_object()?.len() == 1;
        Some(match alone {
            true => declared.iter().cloned().map(tool_of).collect(),
            false => Err("tools[] of the provider's own beside functions".to_owned()),
        })
    });
    read.request.tools = tools.transpose()?.unwrap_or_default().into();
    settings(&mut body, &mut read, model)?;
    choice(&mut body, &mut read);
    read.set_extra(provider, body.rest());
    Ok(read)
}

fn settings(body: &mut Members, read: &mut Recorded, model: &str) -> Read<()> {
    let Some(config) = body.take("generationConfig") else { return Ok(()) };
    let mut config = Members::of(config, "generationConfig")?;
    let options = &mut read.request.options;
    options.max_tokens = config.number("maxOutputTokens");
    options.temperature = config.real("temperature");
    options.top_p = config.real("topP");
    options.top_k = config.take_if("topK", |top| top.as_f64()?.to_string().parse().ok());
    options.stop = config.take_if("stopSequences", texts).unwrap_or_default();
    options.seed = config.number("seed");
    options.presence_penalty = config.real("presencePenalty");
    options.frequency_penalty = config.real("frequencyPenalty");
    let rest = config.rest();
    let (kind, schema) = (rest.get("responseMimeType"), rest.get("responseJsonSchema"));
    options.response_format = match (kind.and_then(Value::as_str), schema, rest.get("responseSchema")) {
        (Some("application/json"), Some(schema), None) => {
            Some(ResponseFormat::JsonSchema(JsonSchema::new("", object(schema))))
        }
        (Some("application/json"), None, None) => Some(ResponseFormat::JsonObject),
        _ => None,
    };
    let mut rest = Members::of(rest.into(), "generationConfig")?;
    if options.response_format.is_some() {
        rest.take("responseMimeType");
        rest.take("responseJsonSchema");
    }
    options.reasoning_effort = rest.take_if("thinkingConfig", |thinking| effort(thinking, model));
    let rest = rest.rest();
    if !rest.is_empty() {
        read.extra.insert("generationConfig".to_owned(), rest.into());
    }
    Ok(())
}

/// The effort whose words these are, if there is one.
fn effort(thinking: &Value, model: &str) -> Option<ReasoningEffort> {
    let known = match model.starts_with("gemini-3") {
        true => vec![
            (ReasoningEffort::None, json!({"includeThoughts": false, "thinkingLevel": "MINIMAL"})),
            (ReasoningEffort::None, json!({"includeThoughts": false, "thinkingLevel": "LOW"})),
            (ReasoningEffort::Minimal, json!({"includeThoughts": true, "thinkingLevel": "MINIMAL"})),
            (ReasoningEffort::Low, json!({"includeThoughts": true, "thinkingLevel": "LOW"})),
            (ReasoningEffort::Medium, json!({"includeThoughts": true, "thinkingLevel": "MEDIUM"})),
            (ReasoningEffort::High, json!({"includeThoughts": true, "thinkingLevel": "HIGH"})),
        ],
        false => vec![
            (ReasoningEffort::None, json!({"includeThoughts": false, "thinkingBudget": 0})),
            (ReasoningEffort::Low, json!({"includeThoughts": true, "thinkingBudget": 1024})),
            (ReasoningEffort::Medium, json!({"includeThoughts": true, "thinkingBudget": 2048})),
            (ReasoningEffort::High, json!({"includeThoughts": true, "thinkingBudget": 4096})),
            (ReasoningEffort::XHigh, json!({"includeThoughts": true, "thinkingBudget": 8192})),
            (ReasoningEffort::Max, json!({"includeThoughts": true, "thinkingBudget": 16_384})),
        ],
    };
    known.into_iter().find(|(_, words)| words == thinking).map(|(effort, _)| effort)
}

fn choice(body: &mut Members, read: &mut Recorded) {
    let tools = &read.request.tools;
    if tools.is_empty() {
        return;
    }
    read.request.tool_choice = body.take_if("toolConfig", |config| {
        let choice = config["functionCallingConfig"].as_object()?;
        if config.as_object()?.len() != 1 {
            return None;
        }
        let only = match choice.get("allowedFunctionNames") {
            None => None,
            Some(names) if names.as_array()?.len() == 1 => Some(ToolName::new(names[0].as_str()?).ok()?),
            Some(_) => return None,
        };
        match (choice.get("mode")?.as_str()?, only) {
            ("AUTO", None) => Some(ToolChoice::Auto),
            ("ANY", None) => Some(ToolChoice::Required),
            ("NONE", None) => Some(ToolChoice::None),
            ("ANY", Some(name)) => {
                tools.iter().any(|tool| tool.name == name).then_some(ToolChoice::Tool(name))
            }
            _ => None,
        }
    });
}

fn tool_of(value: Value) -> Read<Tool> {
    let mut members = Members::of(value, "tools[].functionDeclarations[]")?;
    let (name, description) = (members.need("name")?, members.text("description"));
    let mut schema = members.take("parameters").unwrap_or_default();
    members.end()?;
    plain_schema(&mut schema);
    tool(&name, description, &schema)
}

/// Gemini's `nullable` in JSON Schema's words.
fn plain_schema(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    if members.get("nullable") == Some(&true.into())
        && let Some(kind) = members.get("type").cloned()
    {
        members.remove("nullable");
        members.insert("type".to_owned(), json!([kind, "null"]));
    }
    members
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
        .for_each(|(_, property)| plain_schema(property));
    members.get_mut("items").into_iter().for_each(plain_schema);
    members.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten().for_each(plain_schema);
}

fn user(value: Value, read: &mut Recorded) -> Read<()> {
    let mut part = Members::of(value, "contents[].parts[]")?;
    if let Some(result) = part.take("functionResponse") {
        let message = result_of(result)?;
        read.request.messages.push(message);
        return part.end();
    }
    let content = match (part.text("text"), media(&mut part)?) {
        (Some(text), None) => Part::text(text),
        (None, Some(media)) => match &media {
            Media::Inline { media_type, .. } if media_type.starts_with("image/") => Part::Image { media },
            Media::Inline { media_type, .. } if media_type.starts_with("audio/") => Part::Audio { media },
            _ => Part::File { name: "".into(), media },
        },
        _ => return part.end(),
    };
    read.request.messages.push(Message::User { content: vec![content] });
    part.end()
}

fn media(part: &mut Members) -> Read<Option<Media>> {
    if let Some(blob) = part.take("inlineData") {
        let mut blob = Members::of(blob, "contents[].parts[].inlineData")?;
        let (media_type, data) = (blob.need("mimeType")?.into(), blob.need("data")?.into());
        blob.end()?;
        return Ok(Some(Media::Inline { media_type, data }));
    }
    let Some(file) = part.take("fileData") else { return Ok(None) };
    let mut file = Members::of(file, "contents[].parts[].fileData")?;
    let url = file.need("fileUri")?.into();
    file.end()?;
    Ok(Some(Media::Url { url }))
}

fn result_of(value: Value) -> Read<Message> {
    let mut result = Members::of(value, "functionResponse")?;
    let call = ToolCall::new(CallId::new(result.need("id")?), result.need("name")?, "");
    let response = result.take("response").unwrap_or_default();
    let mut pictures = Vec::new();
    for part in result.list("parts") {
        let mut part = Members::of(part, "functionResponse.parts[]")?;
        match media(&mut part)? {
            Some(Media::Inline { media_type, data }) if media_type.starts_with("image/") => {
                pictures.push(Content::Image { data, mime_type: media_type });
            }
            Some(Media::Inline { media_type, data }) => pictures.push(Content::Resource {
                uri: "".into(),
                mime_type: Some(media_type),
                text: None,
                blob: Some(data),
            }),
            _ => return Err("functionResponse.parts[] at a URL".to_owned()),
        }
        part.end()?;
    }
    result.end()?;
    let only = |name: &str| (response == json!({name: response[name]})).then(|| response[name].as_str())?;
    let told = match (only("output"), only("error")) {
        (Some(text), _) => ToolResult::new(vec![Content::text(text)]),
        (_, Some(text)) => ToolResult::error(text),
        _ => {
            let raw = RawValue::from_string(response.to_string()).map_err(|error| error.to_string())?;
            ToolResult::default().with_structured(Arc::from(raw))
        }
    };
    let is_error = told.is_error;
    let content = [told.content, pictures].concat();
    let result = ToolResult::new(content).with_is_error(is_error);
    let result = match told.structured {
        Some(structured) => result.with_structured(structured),
        None => result,
    };
    Ok(Message::tool_result(&call, result))
}

fn answer(provider: &str, value: Value) -> Read<Vec<AssistantPart>> {
    let whole = value.clone();
    let mut part = Members::of(value, "contents[].parts[]")?;
    let signature = part.text("thoughtSignature").map(|signature| Opaque::Signature(signature.into()));
    let thought = part.take_if("thought", Value::as_bool) == Some(true);
    let signed = |text: &str, opaque: Option<Opaque>| match opaque {
        Some(opaque) => Reasoning::new(provider, text).with_opaque(opaque),
        None => Reasoning::new(provider, text),
    };
    let own = match (part.text("text"), part.take("functionCall")) {
        (Some(text), None) if thought => {
            part.end()?;
            return Ok(vec![AssistantPart::Reasoning(signed(&text, signature))]);
        }
        (Some(text), None) => AssistantPart::Text { text: text.into() },
        (None, Some(call)) => {
            let mut call = Members::of(call, "functionCall")?;
            let (id, name) = (call.need("id")?, call.need("name")?);
            let arguments = call.take("args").unwrap_or_default().to_string();
            call.end()?;
            AssistantPart::ToolCall(ToolCall::new(CallId::new(id), name, arguments))
        }
        _ => return Ok(vec![AssistantPart::Native(Native::new(provider, whole.to_string()))]),
    };
    part.end()?;
    let before = signature.map(|signature| AssistantPart::Reasoning(signed("", Some(signature))));
    Ok(before.into_iter().chain([own]).collect())
}
