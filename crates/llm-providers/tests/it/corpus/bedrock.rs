//! Bedrock Converse, read naively: an answer by its member names, a stream by gathering its pieces.

use serde_json::{Value, json};
use toolgate_llm_providers::ErrorKind;

use super::gather::{Gathered, append, push};
use super::naive::{Answer, Expected, string};

pub(super) fn expected(body: &Value) -> Option<Expected> {
    let blocks = body["output"]["message"]["content"].as_array()?;
    let cited = |block: &Value| -> String {
        let content = block["citationsContent"]["content"].as_array();
        content.into_iter().flatten().map(|words| string(&words["text"])).collect()
    };
    let calls: Vec<(String, Value)> = blocks
        .iter()
        .map(|block| &block["toolUse"])
        .filter(|call| call.is_object() && call["type"] != "server_tool_use")
        .map(|call| (string(&call["name"]), call["input"].clone()))
        .collect();
    let finish = match body["stopReason"].as_str().unwrap_or("") {
        "malformed_model_output" | "malformed_tool_use" => {
            return Some(Expected::Error(ErrorKind::MalformedOutput));
        }
        "end_turn" if !calls.is_empty() => "ToolCalls",
        "end_turn" | "stop_sequence" => "Stop",
        "tool_use" => "ToolCalls",
        "max_tokens" | "model_context_window_exceeded" => "Length",
        "guardrail_intervened" | "content_filtered" => "ContentFilter",
        "refusal" => "Refusal",
        other => other,
    };
    let usage = |name: &str| body["usage"][name].as_u64();
    let (read, put) = (usage("cacheReadInputTokens"), usage("cacheWriteInputTokens"));
    let input = usage("inputTokens").map(|fresh| fresh + read.unwrap_or(0) + put.unwrap_or(0));
    Some(Expected::Answer(Answer {
        text: blocks.iter().map(|block| string(&block["text"]) + &cited(block)).collect(),
        calls,
        finish: finish.to_owned(),
        usage: [input, usage("outputTokens"), read, put, None],
    }))
}

/// Pieces of the form `{"event type": payload}`.
pub(super) fn gather(events: &[Value]) -> Gathered {
    let mut whole = json!({});
    let mut blocks: Vec<(Value, Value)> = Vec::new();
    for event in events {
        let (name, event) = event.as_object().unwrap().iter().next().unwrap();
        match name.as_str() {
            "contentBlockStart" => blocks.push((event["contentBlockIndex"].clone(), event["start"].clone())),
            "contentBlockDelta" => {
                let index = &event["contentBlockIndex"];
                if !blocks.iter().any(|(known, _)| known == index) {
                    blocks.push((index.clone(), json!({})));
                }
                let (_, block) = blocks.iter_mut().rfind(|(known, _)| known == index).unwrap();
                bedrock_delta(block, &event["delta"]);
            }
            "messageStop" => whole["stopReason"] = event["stopReason"].clone(),
            "metadata" => whole["usage"] = event["usage"].clone(),
            "messageStart" | "contentBlockStop" => {}
            exception => return Gathered::Error(json!({ exception: event })),
        }
    }
    if !whole["stopReason"].is_string() {
        return Gathered::Truncated;
    }
    let finished = blocks.into_iter().map(|(_, mut block)| {
        if let Some(input) = block["toolUse"]["input"].as_str() {
            block["toolUse"]["input"] = serde_json::from_str(input).unwrap();
        } else if block["toolUse"].is_object() {
            block["toolUse"]["input"] = json!({});
        }
        if block["toolUse"].is_null() {
            block.as_object_mut().unwrap().remove("toolUse");
        }
        block
    });
    whole["output"] = json!({"message": {"content": finished.collect::<Vec<_>>()}});
    Gathered::Whole(whole)
}

fn bedrock_delta(block: &mut Value, delta: &Value) {
    if delta["citation"].is_object() {
        let text = block.as_object_mut().unwrap().remove("text");
        if let Some(text) = text {
            block["citationsContent"] = json!({"content": [{ "text": text }]});
        }
        if block["citationsContent"].is_null() {
            block["citationsContent"] = json!({});
        }
        push(&mut block["citationsContent"], "citations", std::slice::from_ref(&delta["citation"]));
    } else if block["citationsContent"].is_object() {
        push(&mut block["citationsContent"], "content", std::slice::from_ref(delta));
    } else if delta["text"].is_string() {
        append(block, "text", &delta["text"]);
    } else if delta["toolUse"].is_object() {
        append(&mut block["toolUse"], "input", &delta["toolUse"]["input"]);
    } else if let Some(items) = delta["toolResult"].as_array() {
        push(&mut block["toolResult"], "content", items);
    } else {
        let piece = &delta["reasoningContent"];
        if !block["reasoningContent"].is_object() {
            block["reasoningContent"] = json!({});
        }
        let reasoning = &mut block["reasoningContent"];
        append(reasoning, "redactedContent", &piece["redactedContent"]);
        if !reasoning["reasoningText"].is_object() {
            reasoning["reasoningText"] = json!({});
        }
        append(&mut reasoning["reasoningText"], "text", &piece["text"]);
        append(&mut reasoning["reasoningText"], "signature", &piece["signature"]);
    }
}
