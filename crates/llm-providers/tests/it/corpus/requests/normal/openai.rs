//! Chat completions.

use serde_json::{Value, json};

use super::{as_parts, as_text, drop_default, drop_empty, each, remove, schema};

pub(super) fn normal(body: &mut Value) {
    if let Some(Value::String(stop)) = body.get("stop") {
        body["stop"] = json!([stop]);
    }
    drop_default(body, "n", 1);
    drop_default(body, "logprobs", false);
    drop_default(body, "top_logprobs", 0);
    if let Some(options) = body.get_mut("stream_options") {
        drop_default(options, "include_usage", false);
    }
    drop_empty(body, "stream_options");
    if let Some(wanted) = body.get_mut("response_format").and_then(|format| format.get_mut("json_schema")) {
        drop_default(wanted, "strict", false);
    }
    for tool in each(body, "tools").filter(|tool| tool["function"].is_object()) {
        let function = &mut tool["function"];
        drop_default(function, "strict", false);
        drop_empty(function, "description");
        schema(function, "parameters");
    }
    each(body, "messages").for_each(message);
    merge_systems(body);
}

fn message(message: &mut Value) {
    if message["role"] == "developer" {
        message["role"] = "system".into();
    }
    match message["role"].as_str() {
        Some("system") => as_text(message, "content", "\n"),
        Some("user") => {
            as_parts(message, "content");
            each(message, "content").for_each(part);
        }
        Some("assistant") => assistant(message),
        Some("tool") => {
            remove(message, "name");
            as_text(message, "content", "\n");
        }
        _ => {}
    }
}

fn part(part: &mut Value) {
    if let Some(Value::String(url)) = part.get("image_url") {
        part["image_url"] = json!({"url": url});
    }
    if let Some(image) = part.get_mut("image_url") {
        drop_default(image, "detail", "auto");
    }
}

fn assistant(message: &mut Value) {
    as_text(message, "content", "");
    drop_default(message, "prefix", false);
    for name in ["content", "tool_calls", "annotations", "refusal", "reasoning_details"] {
        drop_empty(message, name);
    }
    if message.get("reasoning_details").is_some() {
        remove(message, "reasoning");
    }
    each(message, "tool_calls").for_each(|call| {
        remove(call, "index");
        // Empty arguments are none.
        if call["function"]["arguments"] == "" {
            call["function"]["arguments"] = "{}".into();
        }
    });
}

fn merge_systems(body: &mut Value) {
    let Some(Value::Array(messages)) = body.get_mut("messages") else { return };
    let mut merged: Vec<Value> = Vec::new();
    for message in std::mem::take(messages) {
        let is_system = |message: &Value| {
            message["role"] == "system" && message["content"].is_string() && super::is_plain(message)
        };
        match merged.last_mut() {
            Some(last) if is_system(last) && is_system(&message) => {
                let text = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
                last["content"] = format!("{}\n{}", text(last), text(&message)).into();
            }
            _ => merged.push(message),
        }
    }
    *messages = merged;
}
