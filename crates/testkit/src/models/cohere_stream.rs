//! Cohere's chat as a stream of events.

use axum::response::Response;
use serde_json::{Value, json};

use super::sse::{pieces, response};

/// Events as recorded: the plan, then each block and each call, which start, grow and end.
pub(crate) fn stream(whole: &Value) -> Response {
    let mut events = Events::default();
    let message = &whole["message"];
    let begun =
        json!({"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []});
    events.push("message-start", json!({"id": whole["id"], "delta": {"message": begun}}));
    for piece in pieces(message["tool_plan"].as_str().unwrap_or_default()) {
        events.push("tool-plan-delta", json!({"delta": {"message": {"tool_plan": piece}}}));
    }
    for (index, block) in message["content"].as_array().into_iter().flatten().enumerate() {
        events.block(index, block);
    }
    for (index, call) in message["tool_calls"].as_array().into_iter().flatten().enumerate() {
        events.call(index, call);
    }
    let end = json!({"finish_reason": whole["finish_reason"], "usage": whole["usage"]});
    events.push("message-end", json!({"delta": end}));
    response("text/event-stream", events.0)
}

#[derive(Default)]
struct Events(Vec<String>);

impl Events {
    fn push(&mut self, kind: &str, mut event: Value) {
        event["type"] = json!(kind);
        self.0.push(format!("event: {kind}\ndata: {event}\n\n"));
    }

    /// A part of the message at `index` of its kind.
    fn part(&mut self, kind: &str, index: usize, message: Value) {
        self.push(kind, json!({"index": index, "delta": {"message": message}}));
    }

    fn block(&mut self, index: usize, block: &Value) {
        self.part("content-start", index, json!({"content": {"type": "text", "text": ""}}));
        for piece in pieces(block["text"].as_str().unwrap_or_default()) {
            self.part("content-delta", index, json!({"content": {"text": piece}}));
        }
        self.push("content-end", json!({ "index": index }));
    }

    fn call(&mut self, index: usize, call: &Value) {
        let mut start = call.clone();
        start["function"]["arguments"] = json!("");
        self.part("tool-call-start", index, json!({ "tool_calls": start }));
        for piece in pieces(call["function"]["arguments"].as_str().unwrap_or_default()) {
            let piece = json!({"function": {"arguments": piece}});
            self.part("tool-call-delta", index, json!({ "tool_calls": piece }));
        }
        self.push("tool-call-end", json!({ "index": index }));
    }
}
