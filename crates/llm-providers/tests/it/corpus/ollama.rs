//! Ollama's chat, read naively.

use serde_json::{Value, json};

use super::gather::{Gathered, append, push};
use super::naive::{Answer, Expected, string};

pub(super) fn gather(lines: &[Value]) -> Gathered {
    let mut message = json!({});
    for line in lines {
        if line["error"].is_string() {
            return Gathered::Error(line.clone());
        }
        for name in ["content", "thinking"] {
            append(&mut message, name, &line["message"][name]);
        }
        push(&mut message, "tool_calls", line["message"]["tool_calls"].as_array().map_or(&[], Vec::as_slice));
        push(&mut message, "logprobs", line["logprobs"].as_array().map_or(&[], Vec::as_slice));
        if line["done"] == true {
            let mut whole = line.clone();
            whole["logprobs"] = message["logprobs"].take();
            whole["message"] = message;
            return Gathered::Whole(whole);
        }
    }
    Gathered::Truncated
}

pub(super) fn expected(body: &Value) -> Option<Expected> {
    let message = &body["message"];
    let called = |call: &Value| (string(&call["function"]["name"]), call["function"]["arguments"].clone());
    let calls: Vec<(String, Value)> =
        message["tool_calls"].as_array().into_iter().flatten().map(called).collect();
    let finish = match body["done_reason"].as_str()? {
        "stop" if !calls.is_empty() => "ToolCalls",
        "stop" => "Stop",
        "length" => "Length",
        other => other,
    };
    Some(Expected::Answer(Answer {
        text: string(&message["content"]),
        calls,
        finish: finish.to_owned(),
        usage: [body["prompt_eval_count"].as_u64(), body["eval_count"].as_u64(), None, None, None],
    }))
}
