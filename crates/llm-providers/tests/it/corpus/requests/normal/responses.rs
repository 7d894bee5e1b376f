//! OpenAI responses.

use serde_json::{Value, json};

use super::{drop_default, drop_empty, each, remove, schema};

pub(super) fn normal(body: &mut Value) {
    if let Some(Value::String(text)) = body.get("input") {
        body["input"] = json!([{"role": "user", "content": text}]);
    }
    if let Some(instructions) = body.get("instructions").filter(|text| text.is_string()).cloned() {
        let first = json!({"role": "system", "content": instructions});
        remove(body, "instructions");
        match body["input"].as_array_mut() {
            Some(input) => input.insert(0, first),
            None => body["input"] = json!([first]),
        }
    }
    for item in each(body, "input") {
        self::item(item);
    }
    for tool in each(body, "tools").filter(|tool| tool["type"] == "function") {
        drop_empty(tool, "description");
        schema(tool, "parameters");
    }
    // What ours asks for by itself.
    remove(body, "store");
    if let Some(Value::Array(wanted)) = body.get_mut("include") {
        wanted.retain(|what| *what != "reasoning.encrypted_content");
    }
    if let Some(text) = body.get_mut("text") {
        drop_default(text, "format", json!({"type": "text"}));
        if text["format"]["type"] == "json_schema" && text["format"].get("strict").is_none() {
            text["format"]["strict"] = false.into();
        }
    }
    drop_default(body, "tool_choice", "auto");
    for name in ["input", "include", "text", "reasoning", "metadata"] {
        drop_empty(body, name);
    }
}

fn item(item: &mut Value) {
    match item["type"].as_str().unwrap_or("message") {
        "message" => {
            for name in ["type", "id", "status"] {
                remove(item, name);
            }
            if item["role"] == "developer" {
                item["role"] = "system".into();
            }
            content(item);
        }
        "function_call" | "function_call_output" => {
            for name in ["id", "status"] {
                remove(item, name);
            }
            as_text(item, "output");
        }
        _ => {}
    }
}

/// A user's content is parts, any other's is text.
fn content(message: &mut Value) {
    for part in each(message, "content") {
        drop_empty(part, "annotations");
        drop_empty(part, "logprobs");
        if part["type"] == "input_image" && part.get("detail").is_none() {
            part["detail"] = "auto".into();
        }
    }
    if message["role"] != "user" {
        as_text(message, "content");
    } else if let Some(Value::String(text)) = message.get("content") {
        message["content"] = json!([{"type": "input_text", "text": text}]);
    }
}

/// One plain text part as its text.
fn as_text(value: &mut Value, name: &str) {
    let Some([part]) = value.get(name).and_then(Value::as_array).map(Vec::as_slice) else { return };
    let is_plain = part.as_object().is_some_and(|members| members.len() == 2);
    let is_text = part["type"] == "input_text" || part["type"] == "output_text";
    if is_plain && is_text {
        value[name] = part["text"].clone();
    }
}
