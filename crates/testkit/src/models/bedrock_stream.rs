//! Bedrock's ConverseStream: events as AWS's binary messages, which AWS's own crate writes.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use axum::response::Response;
use serde_json::{Value, json};

use super::bedrock::{stop_reason, tool_use_id, usage};
use super::canonical::{Ask, Reply};
use super::ids::Ids;
use super::sse::{pieces, response};

/// Events as recorded: a block of text has no start, a tool's has one.
pub(crate) fn stream(ask: &Ask, reply: &Reply, ids: &Ids) -> Response {
    let mut events = vec![message("messageStart", &json!({"role": "assistant"}))];
    let mut index = 0;
    if let Some(text) = &reply.text {
        block(&mut events, index, pieces(text).into_iter().map(|text| json!({ "text": text })));
        index += 1;
    }
    for call in &reply.calls {
        let start = json!({"toolUse": {"toolUseId": tool_use_id(ids), "name": call.tool}});
        events.push(message("contentBlockStart", &json!({"contentBlockIndex": index, "start": start})));
        let inputs = pieces(&call.arguments.text()).into_iter();
        block(&mut events, index, inputs.map(|input| json!({"toolUse": {"input": input}})));
        index += 1;
    }
    events.push(message("messageStop", &json!({"stopReason": stop_reason(reply)})));
    let counted = json!({"usage": usage(ask, reply), "metrics": {"latencyMs": 12}});
    events.push(message("metadata", &counted));
    response("application/vnd.amazon.eventstream", events)
}

fn block(events: &mut Vec<Vec<u8>>, index: usize, deltas: impl Iterator<Item = Value>) {
    for delta in deltas {
        let delta = json!({"contentBlockIndex": index, "delta": delta});
        events.push(message("contentBlockDelta", &delta));
    }
    events.push(message("contentBlockStop", &json!({ "contentBlockIndex": index })));
}

fn message(kind: &'static str, payload: &Value) -> Vec<u8> {
    framed(kind, "application/json", payload.to_string().into_bytes())
}

/// A message that tells of an event.
pub(crate) fn framed(kind: &'static str, content_type: &'static str, payload: Vec<u8>) -> Vec<u8> {
    let header =
        |name: &'static str, value: &'static str| Header::new(name, HeaderValue::String(value.into()));
    let message = Message::new(payload)
        .add_header(header(":event-type", kind))
        .add_header(header(":content-type", content_type))
        .add_header(header(":message-type", "event"));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).expect("a short message");
    bytes
}
