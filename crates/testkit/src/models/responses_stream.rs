//! OpenAI's responses as a stream of events.

use axum::response::Response;
use serde_json::{Value, json};

use super::sse::{pieces, response};

/// Events as recorded: each item is added, grows and is done; the response is created empty and completed whole.
pub(crate) fn stream(whole: &Value) -> Response {
    let mut events = Events::default();
    let mut begun = whole.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    begun["usage"] = Value::Null;
    for kind in ["response.created", "response.in_progress"] {
        events.push(kind, json!({"response": begun}));
    }
    for (index, item) in whole["output"].as_array().into_iter().flatten().enumerate() {
        let mut added = item.clone();
        added["status"] = json!("in_progress");
        if item["type"] == "message" {
            added["content"] = json!([]);
            events.push("response.output_item.added", json!({"output_index": index, "item": added}));
            events.text(index, item);
        } else {
            added["arguments"] = json!("");
            events.push("response.output_item.added", json!({"output_index": index, "item": added}));
            events.arguments(index, item);
        }
        events.push("response.output_item.done", json!({"output_index": index, "item": item}));
    }
    events.push("response.completed", json!({"response": whole}));
    response("text/event-stream; charset=utf-8", events.0)
}

#[derive(Default)]
struct Events(Vec<String>);

impl Events {
    fn push(&mut self, kind: &str, mut event: Value) {
        event["type"] = json!(kind);
        event["sequence_number"] = json!(self.0.len());
        self.0.push(format!("event: {kind}\ndata: {event}\n\n"));
    }

    fn text(&mut self, index: usize, item: &Value) {
        let part = &item["content"][0];
        let place = json!({"item_id": item["id"], "output_index": index, "content_index": 0});
        let at = |more: Value| with(&place, more);
        let mut empty = part.clone();
        empty["text"] = json!("");
        self.push("response.content_part.added", at(json!({"part": empty})));
        for piece in pieces(part["text"].as_str().unwrap_or_default()) {
            self.push("response.output_text.delta", at(json!({"delta": piece, "logprobs": []})));
        }
        self.push("response.output_text.done", at(json!({"text": part["text"], "logprobs": []})));
        self.push("response.content_part.done", at(json!({"part": part})));
    }

    fn arguments(&mut self, index: usize, item: &Value) {
        let place = json!({"item_id": item["id"], "output_index": index});
        for piece in pieces(item["arguments"].as_str().unwrap_or_default()) {
            self.push("response.function_call_arguments.delta", with(&place, json!({"delta": piece})));
        }
        let whole = json!({"arguments": item["arguments"], "name": item["name"]});
        self.push("response.function_call_arguments.done", with(&place, whole));
    }
}

fn with(place: &Value, more: Value) -> Value {
    let mut all = place.as_object().cloned().unwrap_or_default();
    all.extend(more.as_object().cloned().unwrap_or_default());
    Value::Object(all)
}
