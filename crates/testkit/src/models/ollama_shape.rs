//! The request of Ollama's `POST /api/chat`, as a table.
//!
//! Source: the official OpenAPI description 0.1.0 (`ChatRequest`). The server itself passes over members that it does not
//! know; a client of the description sends none.

use super::shape::{Shape, optional, required};

pub(crate) static REQUEST: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("messages", &Shape::List(&MESSAGE)),
    optional("stream", &Shape::Flag),
    optional("tools", &Shape::List(&Shape::Map)),
    optional("format", &Shape::Any),
    optional("think", &Shape::Any),
    optional("options", &Shape::Map),
    optional("keep_alive", &Shape::Any),
    optional("logprobs", &Shape::Flag),
    optional("top_logprobs", &Shape::Integer),
]);

static MESSAGE: Shape = Shape::Object(&[
    required("role", &Shape::OneOf(&["system", "user", "assistant", "tool"])),
    optional("content", &Shape::Text),
    optional("thinking", &Shape::Text),
    optional("images", &Shape::List(&Shape::Text)),
    optional("tool_calls", &Shape::List(&CALL)),
    optional("tool_name", &Shape::Text),
    optional("tool_call_id", &Shape::Text),
]);

static CALL: Shape = Shape::Object(&[
    optional("id", &Shape::Text),
    optional("type", &Shape::Text),
    required(
        "function",
        &Shape::Object(&[
            required("name", &Shape::Text),
            required("arguments", &Shape::Map),
            optional("index", &Shape::Integer),
        ]),
    ),
]);
