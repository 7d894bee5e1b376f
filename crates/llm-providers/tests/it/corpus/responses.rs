//! OpenAI responses, read naively: a stream's items with the text of their pieces, and an answer by member names alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::gather::{Gathered, append};
use super::naive::{Answer, Expected, arguments, error_kind, string};

/// The body that the pieces were cut from. Where pieces came, their text counts, not that of the item when it is done.
pub(super) fn gather(events: &[Value]) -> Gathered {
    let mut items: BTreeMap<u64, Value> = BTreeMap::new();
    let mut pieces: BTreeMap<u64, Value> = BTreeMap::new();
    let first = events.iter().map(|event| &event["response"]["id"]).find(|id| id.is_string());
    for event in events {
        let index = event["output_index"].as_u64().unwrap_or(0);
        let piece = pieces.entry(index).or_insert_with(|| json!({"content": {}, "summary": {}}));
        match event["type"].as_str().unwrap_or("") {
            "response.output_item.done" => {
                items.insert(index, event["item"].clone());
            }
            "response.output_text.delta" | "response.refusal.delta" => {
                let name = event["content_index"].to_string();
                append(&mut piece["content"], &name, &event["delta"]);
            }
            "response.reasoning_summary_text.delta" => {
                let name = event["summary_index"].to_string();
                append(&mut piece["summary"], &name, &event["delta"]);
            }
            "response.function_call_arguments.delta" => append(piece, "arguments", &event["delta"]),
            "response.custom_tool_call_input.delta" => append(piece, "input", &event["delta"]),
            "error" => return Gathered::Error(event.clone()),
            "response.completed" | "response.incomplete" | "response.failed" => {
                let mut whole = event["response"].clone();
                whole["id"] = first.cloned().into();
                let output: Vec<Value> =
                    items.into_iter().map(|(index, item)| with(item, &pieces[&index])).collect();
                if !output.is_empty() {
                    assert!(
                        whole["output"] == json!([])
                            || whole["output"].as_array().unwrap().len() == output.len()
                    );
                    whole["output"] = output.into();
                }
                return Gathered::Whole(whole);
            }
            _ => {}
        }
    }
    Gathered::Truncated
}

fn with(mut item: Value, piece: &Value) -> Value {
    for name in ["arguments", "input"] {
        if piece[name].is_string() {
            item[name] = piece[name].clone();
        }
    }
    for list in ["content", "summary"] {
        let parts = item.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for (part, text) in parts.zip(piece[list].as_object().unwrap().values()) {
            let name = if part["type"] == "refusal" { "refusal" } else { "text" };
            // A recording may be cut; the item is whole.
            if !part[name].as_str().unwrap().starts_with(text.as_str().unwrap()) {
                part[name] = text.clone();
            }
        }
    }
    item
}

pub(super) fn expected(body: &Value) -> Option<Expected> {
    if body["error"].is_object() {
        return Some(Expected::Error(error_kind(&body["error"])));
    }
    let (mut text, mut calls, mut refused) = (String::new(), Vec::new(), false);
    for item in body["output"].as_array()? {
        for part in item["content"].as_array().into_iter().flatten().filter(|_| item["type"] == "message") {
            text += &string(&part["text"]);
            text += &string(&part["refusal"]);
            refused |= part["refusal"].is_string();
        }
        match item["type"].as_str()? {
            "function_call" => calls.push((string(&item["name"]), arguments(item["arguments"].as_str()?))),
            "custom_tool_call" => calls.push((string(&item["name"]), arguments(item["input"].as_str()?))),
            _ => {}
        }
    }
    let finish = match (body["status"].as_str()?, body["incomplete_details"]["reason"].as_str()) {
        ("incomplete", Some("max_output_tokens")) => "Length",
        ("incomplete", None) => "incomplete",
        ("completed", None) if !calls.is_empty() => "ToolCalls",
        ("completed", None) if refused => "Refusal",
        ("completed" | "complete", None) => "Stop",
        (_, Some("content_filter")) => "ContentFilter",
        (status, reason) => panic!("an end that nobody has judged: {status} {reason:?}"),
    };
    let usage = |pointer| body["usage"].pointer(pointer).and_then(Value::as_u64);
    Some(Expected::Answer(Answer {
        text,
        calls,
        finish: finish.to_owned(),
        usage: [
            usage("/input_tokens"),
            usage("/output_tokens"),
            usage("/input_tokens_details/cached_tokens"),
            usage("/input_tokens_details/cache_write_tokens"),
            usage("/output_tokens_details/reasoning_tokens"),
        ],
    }))
}
