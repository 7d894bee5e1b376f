//! The request of Cohere's `POST /v2/chat`, as a table.
//!
//! Source: the API reference of v2, and the official Python client's types (cohere 7), loosened where
//! recorded requests were accepted against them.

use super::shape::{Field, Shape, Tagged, optional, required};

pub(crate) static REQUEST: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("messages", &Shape::List(&MESSAGE)),
    optional("stream", &Shape::Flag),
    optional("tools", &Shape::List(&TOOL)),
    optional("tool_choice", &Shape::OneOf(&["REQUIRED", "NONE", "required", "none"])),
    optional("strict_tools", &Shape::Flag),
    optional("documents", &Shape::List(&Shape::Any)),
    optional("citation_options", &Shape::Map),
    optional("response_format", &Shape::Map),
    optional("safety_mode", &Shape::Text),
    optional("max_tokens", &Shape::Integer),
    optional("stop_sequences", &Shape::List(&Shape::Text)),
    optional("temperature", &Shape::Number),
    optional("seed", &Shape::Integer),
    optional("frequency_penalty", &Shape::Number),
    optional("presence_penalty", &Shape::Number),
    optional("k", &Shape::Number),
    optional("p", &Shape::Number),
    optional("logprobs", &Shape::Flag),
    optional("thinking", &Shape::Map),
    optional("priority", &Shape::Integer),
]);

const ROLE: Field = required("role", &Shape::Text);
const TYPE: Field = required("type", &Shape::Text);

static MESSAGE: Shape = Shape::Tagged(Tagged {
    key: "role",
    default: None,
    variants: &[
        ("system", &Shape::Object(&[ROLE, required("content", &CONTENT)])),
        ("user", &Shape::Object(&[ROLE, required("content", &CONTENT)])),
        ("assistant", &ASSISTANT),
        (
            "tool",
            &Shape::Object(&[ROLE, required("tool_call_id", &Shape::Text), required("content", &CONTENT)]),
        ),
    ],
});

static ASSISTANT: Shape = Shape::Object(&[
    ROLE,
    optional("content", &CONTENT),
    optional("tool_plan", &Shape::Text),
    optional("tool_calls", &Shape::List(&CALL)),
    optional("citations", &Shape::List(&Shape::Map)),
]);

static CONTENT: Shape = Shape::Either(&[Shape::Text, Shape::List(&PART)]);

static PART: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("text", &Shape::Object(&[TYPE, required("text", &Shape::Text)])),
        ("thinking", &Shape::Object(&[TYPE, required("thinking", &Shape::Text)])),
        ("image_url", &Shape::Object(&[TYPE, required("image_url", &Shape::Map)])),
        ("document", &Shape::Object(&[TYPE, required("document", &Shape::Map)])),
    ],
});

static CALL: Shape = Shape::Object(&[
    TYPE,
    required("id", &Shape::Text),
    required(
        "function",
        &Shape::Object(&[required("name", &Shape::Text), required("arguments", &Shape::Text)]),
    ),
]);

static TOOL: Shape = Shape::Object(&[
    TYPE,
    required(
        "function",
        &Shape::Object(&[
            required("name", &Shape::Text),
            optional("description", &Shape::Text),
            required("parameters", &Shape::Map),
        ]),
    ),
]);
