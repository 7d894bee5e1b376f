//! OpenAI's chat completions as a stream of chunks.

use axum::response::Response;
use serde_json::{Value, json};

use super::canonical::{Ask, Reply};
use super::ids::{Ids, now};
use super::openai::{finish_reason, tool_call, usage};
use super::sse::{pieces, response};

/// The stream as a response.
pub(crate) fn stream(ask: &Ask, reply: &Reply, ids: &Ids, with_usage: bool) -> Response {
    response("text/event-stream; charset=utf-8", events(ask, reply, ids, with_usage))
}

/// Chunks as recorded: the role first, then text, then each call's head and arguments, then the finish reason; usage
/// in a chunk of its own without choices, if asked for.
pub(crate) fn events(ask: &Ask, reply: &Reply, ids: &Ids, with_usage: bool) -> Vec<String> {
    let chunks = Chunks { ask, id: ids.next("chatcmpl-", 29), created: now(), with_usage };
    let opening = if reply.text.is_some() { json!("") } else { Value::Null };
    let mut events = vec![chunks.delta(json!({"role": "assistant", "content": opening, "refusal": null}))];
    for piece in reply.text.iter().flat_map(|text| pieces(text)) {
        events.push(chunks.delta(json!({"content": piece})));
    }
    for (index, call) in reply.calls.iter().enumerate() {
        let mut head = tool_call(ids.next("call_", 24), call);
        head["index"] = json!(index);
        head["function"]["arguments"] = json!("");
        events.push(chunks.delta(json!({"tool_calls": [head]})));
        for piece in pieces(&call.arguments.text()) {
            let part = json!({"index": index, "function": {"arguments": piece}});
            events.push(chunks.delta(json!({"tool_calls": [part]})));
        }
    }
    let end = json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": finish_reason(reply)}]);
    events.push(chunks.event(end, Value::Null));
    if with_usage {
        events.push(chunks.event(json!([]), usage(ask, reply)));
    }
    events.push("data: [DONE]\n\n".to_owned());
    events
}

struct Chunks<'a> {
    ask: &'a Ask,
    id: String,
    created: u64,
    with_usage: bool,
}

impl Chunks<'_> {
    fn delta(&self, delta: Value) -> String {
        let choice = json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}]);
        self.event(choice, Value::Null)
    }

    fn event(&self, choices: Value, usage: Value) -> String {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.ask.model,
            "service_tier": "default",
            "system_fingerprint": "fp_34a54ae93c",
            "choices": choices,
        });
        if self.with_usage {
            chunk["usage"] = usage;
        }
        format!("data: {chunk}\n\n")
    }
}
