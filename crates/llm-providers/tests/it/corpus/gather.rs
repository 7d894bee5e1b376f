//! A naive reader of recorded streams: gathers the pieces into the plain body that they were cut from.
//!
//! It shares no code with the crate; the plain body then goes to both readers of plain bodies.

use serde_json::{Map, Value, json};
use toolgate_llm_providers::Dialect;

use super::recorded::decoded;
use super::{bedrock, ollama, responses};

/// What a stream amounts to.
pub(super) enum Gathered {
    /// The plain body; the stream's end, in bytes, that must be missing to call it cut off.
    Whole(Value),
    /// A body with the error that the stream told of.
    Error(Value),
    /// It ended before its answer did.
    Truncated,
}

pub(super) fn gather(dialect: Dialect, payloads: &[String]) -> Gathered {
    let mut all = Vec::new();
    let mut done = false;
    for payload in payloads {
        if payload == "[DONE]" {
            done = true;
            break;
        }
        let piece: Value = serde_json::from_str(payload).unwrap_or_else(|error| panic!("{error}: {payload}"));
        all.push(piece);
    }
    match dialect {
        Dialect::OpenAiChat => openai(&all, done),
        Dialect::AnthropicMessages => anthropic(&all),
        Dialect::AnthropicBedrock => {
            let event = |piece: &Value| {
                let bytes = decoded(piece["chunk"]["bytes"].as_str().unwrap());
                serde_json::from_slice(&bytes).unwrap()
            };
            anthropic(&all.iter().map(event).collect::<Vec<Value>>())
        }
        Dialect::GeminiGenerate => gemini(&all),
        Dialect::CohereChat => cohere(&all),
        Dialect::OllamaChat => ollama::gather(&all),
        Dialect::OpenAiResponses => responses::gather(&all),
        Dialect::BedrockConverse => bedrock::gather(&all),
        other => panic!("{other} does not come as server-sent events"),
    }
}

/// Appends the text of `piece[name]` to `whole[name]`.
pub(super) fn append(whole: &mut Value, name: &str, piece: &Value) {
    if let Some(text) = piece.as_str().filter(|text| !text.is_empty()) {
        let before = whole[name].as_str().unwrap_or_default();
        whole[name] = format!("{before}{text}").into();
    }
}

/// Appends to the array `whole[name]` what is no null.
pub(super) fn push(whole: &mut Value, name: &str, more: &[Value]) {
    let mut all = whole[name].as_array().cloned().unwrap_or_default();
    all.extend(more.iter().filter(|value| !value.is_null()).cloned());
    if !all.is_empty() {
        whole[name] = all.into();
    }
}

fn overlay(whole: &mut Value, later: &Value) {
    if let Value::Object(members) = later {
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            whole[name] = value.clone();
        }
    }
}

fn openai(pieces: &[Value], done: bool) -> Gathered {
    let mut message = json!({});
    let mut calls: Vec<(Value, Value)> = Vec::new();
    let mut usage = json!({});
    let mut finish = Value::Null;
    let mut choices = 0;
    for piece in pieces {
        if let Some(error) =
            [&piece["error"], &piece["choices"][0]["error"]].into_iter().find(|e| !e.is_null())
        {
            return Gathered::Error(json!({ "error": error }));
        }
        overlay(&mut usage, &piece["x_groq"]["usage"]);
        overlay(&mut usage, &piece["usage"]);
        overlay(&mut usage, &piece["choices"][0]["usage"]);
        for choice in piece["choices"].as_array().into_iter().flatten() {
            if choice["index"].as_u64().unwrap_or(0) != 0 {
                continue;
            }
            choices += 1;
            if choice["finish_reason"].as_str().is_some_and(|reason| !reason.is_empty()) {
                finish = choice["finish_reason"].clone();
            }
            let delta = &choice["delta"];
            openai_text(&mut message, delta);
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let is_new = match calls.iter().rfind(|(index, _)| *index == call["index"]) {
                    None => true,
                    Some((_, open)) if call["id"].is_string() && call["id"] != "" => call["id"] != open["id"],
                    // Nothing but the name marks it.
                    Some((_, open)) => {
                        let (name, before) = (&call["function"]["name"], &open["function"]["name"]);
                        name.as_str().is_some_and(|name| !name.is_empty()) && name != before
                    }
                };
                if is_new {
                    let called = json!({"id": call["id"], "function": {"name": call["function"]["name"]}});
                    calls.push((call["index"].clone(), called));
                }
                let open = calls.iter_mut().rfind(|(index, _)| *index == call["index"]).unwrap();
                append(&mut open.1["function"], "arguments", &call["function"]["arguments"]);
            }
        }
    }
    if finish.is_null() && !done {
        return Gathered::Truncated;
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into_iter().map(|(_, call)| call).collect();
    }
    let sources =
        |name: &str| pieces.iter().rev().map(|piece| &piece[name]).find(|list| list.is_array()).cloned();
    let first = |name: &str| pieces.iter().map(|piece| &piece[name]).find(|id| *id != "").cloned();
    // Snowflake shows reasoning nowhere else.
    if message["reasoning"].is_null() {
        message["reasoning"] = message["detailed"].clone();
    }
    let choice = json!({"message": message, "finish_reason": finish});
    let choices = if choices == 0 { json!([]) } else { json!([choice]) };
    Gathered::Whole(json!({
        "id": first("id"), "model": first("model"), "choices": choices, "usage": usage,
        "citations": sources("citations"), "search_results": sources("search_results"), "images": sources("images"),
    }))
}

fn openai_text(message: &mut Value, delta: &Value) {
    if let Value::Array(parts) = &delta["content"] {
        for part in parts {
            append(message, "content", &part["text"]);
            for piece in part["thinking"].as_array().into_iter().flatten() {
                append(message, "reasoning", &piece["text"]);
            }
        }
    }
    append(message, "content", &delta["content"]);
    push(message, "annotations", delta["annotations"].as_array().map_or(&[], Vec::as_slice));
    append(message, "refusal", &delta["refusal"]);
    match delta["reasoning"].as_str().unwrap_or_default() {
        "" => append(message, "reasoning", &delta["reasoning_content"]),
        _ => append(message, "reasoning", &delta["reasoning"]),
    }
    for detail in delta["reasoning_details"].as_array().into_iter().flatten() {
        append(message, "detailed", &detail["text"]);
        append(message, "detailed", &detail["summary"]);
    }
    if delta["audio"].is_object() {
        if message["audio"].is_null() {
            message["audio"] = json!({});
        }
        append(&mut message["audio"], "transcript", &delta["audio"]["transcript"]);
        append(&mut message["audio"], "data", &delta["audio"]["data"]);
    }
}

fn anthropic(events: &[Value]) -> Gathered {
    let mut message = json!({"content": [], "usage": {}});
    let mut blocks: Vec<(Value, Value, String)> = Vec::new();
    let mut is_over = false;
    for event in events {
        let at = |blocks: &[(Value, Value, String)]| {
            blocks.iter().rposition(|(index, ..)| *index == event["index"]).unwrap()
        };
        match event["type"].as_str().unwrap_or("error") {
            "message_start" => {
                for name in ["id", "model"] {
                    if message[name].is_null() {
                        message[name] = event["message"][name].clone();
                    }
                }
                overlay(&mut message["usage"], &event["message"]["usage"]);
            }
            "content_block_start" => {
                blocks.push((event["index"].clone(), event["content_block"].clone(), String::new()));
            }
            "content_block_delta" => {
                let place = at(&blocks);
                let (_, block, input) = &mut blocks[place];
                let delta = &event["delta"];
                append(block, "text", &delta["text"]);
                append(block, "thinking", &delta["thinking"]);
                append(block, "signature", &delta["signature"]);
                push(block, "citations", std::slice::from_ref(&delta["citation"]));
                *input += delta["partial_json"].as_str().unwrap_or_default();
            }
            "message_delta" => {
                overlay(&mut message["usage"], &event["usage"]);
                if event["delta"]["stop_reason"].is_string() {
                    message["stop_reason"] = event["delta"]["stop_reason"].clone();
                    is_over = true;
                }
            }
            "error" => return Gathered::Error(event.clone()),
            "message_stop" => break,
            _ => {}
        }
    }
    for (_, block, input) in &mut blocks {
        if !input.is_empty() {
            block["input"] = serde_json::from_str(input).unwrap_or_else(|_| input.as_str().into());
        }
    }
    message["content"] = blocks.into_iter().map(|(_, block, _)| block).collect();
    if is_over { Gathered::Whole(message) } else { Gathered::Truncated }
}

fn gemini(pieces: &[Value]) -> Gathered {
    let (mut parts, mut sources): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    let mut whole = json!({"usageMetadata": {}});
    let mut candidate = Map::new();
    let mut is_open = false;
    for piece in pieces {
        if piece["error"].is_object() {
            return Gathered::Error(piece.clone());
        }
        for name in ["responseId", "modelVersion"] {
            if whole[name].is_null() {
                whole[name] = piece[name].clone();
            }
        }
        if piece["promptFeedback"].is_object() {
            whole["promptFeedback"] = piece["promptFeedback"].clone();
        }
        overlay(&mut whole["usageMetadata"], &piece["usageMetadata"]);
        let first = &piece["candidates"][0];
        let named = ["citationSources", "citations"].map(|name| &first["citationMetadata"][name]);
        for list in [&first["groundingMetadata"]["groundingChunks"], named[0], named[1]] {
            let new = list.as_array().into_iter().flatten().filter(|source| !sources.contains(source));
            let new: Vec<Value> = new.cloned().collect();
            sources.extend(new);
        }
        for part in first["content"]["parts"].as_array().into_iter().flatten() {
            is_open = gemini_part(&mut parts, part, is_open);
        }
        for name in ["finishReason", "finishMessage"] {
            if !first[name].is_null() {
                candidate.insert(name.to_owned(), first[name].clone());
            }
        }
    }
    let is_blocked = whole["promptFeedback"]["blockReason"].is_string();
    if !candidate.contains_key("finishReason") {
        return if is_blocked { Gathered::Whole(whole) } else { Gathered::Truncated };
    }
    candidate.insert("content".to_owned(), json!({ "parts": parts }));
    candidate.insert("groundingMetadata".to_owned(), json!({ "groundingChunks": sources }));
    whole["candidates"] = json!([candidate]);
    Gathered::Whole(whole)
}

/// Adds a part, or the pieces of a call to the last; whether that may go on.
fn gemini_part(parts: &mut Vec<Value>, part: &Value, is_open: bool) -> bool {
    let call = &part["functionCall"];
    if !is_open || call["name"].is_string() {
        let mut whole = part.clone();
        if let Some(call) = whole.get_mut("functionCall").and_then(Value::as_object_mut) {
            call.retain(|name, _| !matches!(name.as_str(), "willContinue" | "partialArgs"));
        }
        parts.push(whole);
    }
    for piece in call["partialArgs"].as_array().into_iter().flatten() {
        let path = piece["jsonPath"].as_str().unwrap()[1..].replace(['.', '['], "/").replace(']', "");
        let mut place = &mut parts.last_mut().unwrap()["functionCall"]["args"];
        for step in path.split('/').skip(1) {
            place = match step.parse::<usize>() {
                Ok(at) => {
                    let mut items = place.as_array().cloned().unwrap_or_default();
                    items.resize(items.len().max(at + 1), Value::Null);
                    *place = items.into();
                    &mut place[at]
                }
                Err(_) => &mut place[step],
            };
        }
        match piece["stringValue"].as_str() {
            Some(more) => *place = format!("{}{more}", place.as_str().unwrap_or_default()).into(),
            None => {
                let values = [&piece["numberValue"], &piece["boolValue"]];
                *place = values.into_iter().find(|value| !value.is_null()).cloned().into();
            }
        }
    }
    call["willContinue"] == true
}

fn cohere(events: &[Value]) -> Gathered {
    let mut whole = json!({"message": {}});
    let (mut content, mut calls): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for event in events {
        let delta = &event["delta"];
        let piece = &delta["message"];
        match event["type"].as_str().unwrap() {
            "message-start" => whole["id"] = event["id"].clone(),
            "tool-plan-delta" => append(&mut whole["message"], "tool_plan", &piece["tool_plan"]),
            "content-start" => content.push(piece["content"].clone()),
            "content-delta" => {
                let block = content.last_mut().unwrap();
                append(block, "text", &piece["content"]["text"]);
                append(block, "thinking", &piece["content"]["thinking"]);
            }
            "tool-call-start" => calls.push(piece["tool_calls"].clone()),
            "tool-call-delta" => {
                let called = &mut calls.last_mut().unwrap()["function"];
                append(called, "arguments", &piece["tool_calls"]["function"]["arguments"]);
            }
            "citation-start" => {
                push(&mut whole["message"], "citations", std::slice::from_ref(&piece["citations"]));
            }
            "message-end" => {
                for name in ["finish_reason", "usage", "error"] {
                    whole[name] = delta[name].clone();
                }
                whole["message"]["content"] = content.into();
                whole["message"]["tool_calls"] = calls.into();
                let failed = delta["finish_reason"] == "ERROR";
                return if failed { Gathered::Error(whole) } else { Gathered::Whole(whole) };
            }
            _ => {}
        }
    }
    Gathered::Truncated
}
