//! Ollama chat.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{drop_empty, each, remove, schema};

pub(super) fn normal(body: &mut Value) {
    for tool in each(body, "tools").filter(|tool| tool["function"].is_object()) {
        drop_empty(&mut tool["function"], "description");
        schema(&mut tool["function"], "parameters");
    }
    for message in each(body, "messages") {
        if message.get("content").is_none() {
            message["content"] = "".into();
        }
        drop_empty(message, "tool_calls");
        drop_empty(message, "images");
        for call in each(message, "tool_calls") {
            remove(call, "type");
            remove(&mut call["function"], "index");
        }
    }
    make_ids(body);
    if body["options"].is_object() {
        drop_empty(&mut body["options"], "stop");
    }
    drop_empty(body, "options");
}

/// Ids for calls without one, by their place. A result takes the id of the first open call of its name, or the name of
/// the call with its id.
fn make_ids(body: &mut Value) {
    let mut names: BTreeMap<String, Value> = BTreeMap::new();
    let mut open: Vec<(Value, Value)> = Vec::new();
    for message in each(body, "messages") {
        for call in each(message, "tool_calls") {
            if call.get("id").is_none() {
                call["id"] = format!("made_{}", names.len()).into();
            }
            let name = call["function"]["name"].clone();
            names.insert(call["id"].to_string(), name.clone());
            open.push((call["id"].clone(), name));
        }
        if message["role"] != "tool" {
            continue;
        }
        if message.get("tool_call_id").is_none() {
            let waiting = open.iter().position(|(_, name)| *name == message["tool_name"]);
            message["tool_call_id"] = waiting.map_or(Value::Null, |place| open.remove(place).0);
        }
        if message.get("tool_name").is_none()
            && let Some(name) = names.get(&message["tool_call_id"].to_string())
        {
            message["tool_name"] = name.clone();
        }
    }
}
