//! The request of Mistral's `POST /v1/chat/completions`, as a table.
//!
//! Source: the official OpenAPI description (`ChatCompletionRequest`), loosened where recorded requests were accepted
//! against it.

use super::shape::{Field, Shape, Tagged, optional, required};

pub(crate) static REQUEST: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("messages", &Shape::List(&MESSAGE)),
    optional("temperature", &Shape::Number),
    optional("top_p", &Shape::Number),
    optional("max_tokens", &Shape::Integer),
    optional("stream", &Shape::Flag),
    optional("stop", &Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)])),
    optional("random_seed", &Shape::Integer),
    optional("response_format", &Shape::Map),
    optional("tools", &Shape::List(&TOOL)),
    optional(
        "tool_choice",
        &Shape::Either(&[Shape::OneOf(&["auto", "none", "any", "required"]), Shape::Map]),
    ),
    optional("presence_penalty", &Shape::Number),
    optional("frequency_penalty", &Shape::Number),
    optional("n", &Shape::Integer),
    optional("prediction", &Shape::Map),
    optional("parallel_tool_calls", &Shape::Flag),
    optional("prompt_mode", &Shape::Text),
    optional("reasoning_effort", &Shape::Text),
    optional("guardrails", &Shape::List(&Shape::Map)),
    optional("metadata", &Shape::Map),
    optional("prompt_cache_key", &Shape::Text),
    optional("safe_prompt", &Shape::Flag),
]);

const ROLE: Field = required("role", &Shape::Text);
const PREFIX: Field = optional("prefix", &Shape::Flag);

static MESSAGE: Shape = Shape::Tagged(Tagged {
    key: "role",
    default: None,
    variants: &[
        ("system", &Shape::Object(&[ROLE, required("content", &CONTENT)])),
        ("user", &Shape::Object(&[ROLE, required("content", &CONTENT)])),
        (
            "assistant",
            &Shape::Object(&[
                ROLE,
                optional("content", &CONTENT),
                optional("tool_calls", &Shape::List(&CALL)),
                PREFIX,
            ]),
        ),
        (
            "tool",
            &Shape::Object(&[
                ROLE,
                required("content", &CONTENT),
                optional("tool_call_id", &Shape::Text),
                optional("name", &Shape::Text),
            ]),
        ),
    ],
});

static CONTENT: Shape = Shape::Either(&[Shape::Text, Shape::List(&Shape::Map)]);

static CALL: Shape = Shape::Object(&[
    optional("id", &Shape::Text),
    optional("type", &Shape::OneOf(&["function"])),
    required(
        "function",
        &Shape::Object(&[
            required("name", &Shape::Text),
            required("arguments", &Shape::Either(&[Shape::Text, Shape::Map])),
        ]),
    ),
    optional("index", &Shape::Integer),
]);

static TOOL: Shape = Shape::Object(&[
    optional("type", &Shape::OneOf(&["function"])),
    required(
        "function",
        &Shape::Object(&[
            required("name", &Shape::Text),
            optional("description", &Shape::Text),
            optional("strict", &Shape::Flag),
            required("parameters", &Shape::Map),
        ]),
    ),
]);
