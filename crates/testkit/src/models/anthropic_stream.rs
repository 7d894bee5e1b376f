//! Anthropic's messages as a stream of events.

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::anthropic::{message, stop_reason, tool_use};
use super::canonical::{Ask, Reply};
use super::ids::Ids;
use super::sse::{pieces, response};

/// Events as recorded: the message's head, a ping, each content block with its deltas, the end.
pub(crate) fn stream(ask: &Ask, reply: &Reply, ids: &Ids) -> Response {
    let mut events = vec![
        event(json!({"type": "message_start", "message": message(ask, ids)})),
        event(json!({"type": "ping"})),
    ];
    let mut index = 0;
    if let Some(text) = &reply.text {
        let deltas = pieces(text).into_iter().map(|piece| json!({"type": "text_delta", "text": piece}));
        block(&mut events, index, json!({"type": "text", "text": ""}), deltas);
        index += 1;
    }
    for call in &reply.calls {
        let head = tool_use(ids, call, Map::new());
        // The first delta is empty, as recorded.
        let parts = std::iter::once(String::new()).chain(pieces(&call.arguments.text()));
        let deltas = parts.map(|part| json!({"type": "input_json_delta", "partial_json": part}));
        block(&mut events, index, head, deltas);
        index += 1;
    }
    events.push(event(json!({
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason(reply), "stop_sequence": null},
        "usage": {
            "input_tokens": ask.tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": reply.tokens(),
        },
    })));
    events.push(event(json!({"type": "message_stop"})));
    response("text/event-stream; charset=utf-8", events)
}

fn block(events: &mut Vec<String>, index: usize, head: Value, deltas: impl Iterator<Item = Value>) {
    events.push(event(json!({"type": "content_block_start", "index": index, "content_block": head})));
    for delta in deltas {
        events.push(event(json!({"type": "content_block_delta", "index": index, "delta": delta})));
    }
    events.push(event(json!({"type": "content_block_stop", "index": index})));
}

fn event(body: Value) -> String {
    format!("event: {}\ndata: {body}\n\n", body["type"].as_str().unwrap_or_default())
}
