//! The request of OpenAI's `POST /v1/chat/completions`, as a table.
//!
//! Source: the official OpenAPI description 2.3.0 (`CreateChatCompletionRequest`), loosened where recorded requests
//! were accepted against it.

use super::shape::{Field, Shape, Tagged, nullable, optional, required};

pub(crate) static REQUEST: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("messages", &Shape::List(&MESSAGE)),
    optional("audio", &Shape::Map),
    optional("frequency_penalty", &Shape::Number),
    optional("function_call", &Shape::Either(&[Shape::Text, Shape::Map])),
    optional("functions", &Shape::List(&FUNCTION)),
    optional("logit_bias", &Shape::Map),
    optional("logprobs", &Shape::Flag),
    optional("max_completion_tokens", &Shape::Integer),
    optional("max_tokens", &Shape::Integer),
    optional("metadata", &Shape::MapOf(&Shape::Text)),
    optional("modalities", &Shape::List(&Shape::OneOf(&["text", "audio"]))),
    optional("moderation", &Shape::Map),
    optional("n", &Shape::Integer),
    optional("parallel_tool_calls", &Shape::Flag),
    optional("prediction", &Shape::Map),
    optional("presence_penalty", &Shape::Number),
    optional("prompt_cache_key", &Shape::Text),
    optional("prompt_cache_options", &Shape::Map),
    optional("prompt_cache_retention", &Shape::OneOf(&["in_memory", "24h"])),
    optional(
        "reasoning_effort",
        &Shape::OneOf(&["none", "minimal", "low", "medium", "high", "xhigh", "max"]),
    ),
    optional("response_format", &RESPONSE_FORMAT),
    optional("safety_identifier", &Shape::Text),
    optional("seed", &Shape::Integer),
    optional("service_tier", &Shape::OneOf(&["auto", "default", "flex", "scale", "priority"])),
    optional("stop", &Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)])),
    optional("store", &Shape::Flag),
    optional("stream", &Shape::Flag),
    optional("stream_options", &STREAM_OPTIONS),
    optional("temperature", &Shape::Number),
    optional("tool_choice", &TOOL_CHOICE),
    optional("tools", &Shape::List(&TOOL)),
    optional("top_logprobs", &Shape::Integer),
    optional("top_p", &Shape::Number),
    optional("user", &Shape::Text),
    optional("verbosity", &Shape::OneOf(&["low", "medium", "high"])),
    optional("web_search_options", &Shape::Map),
]);

static STREAM_OPTIONS: Shape =
    Shape::Object(&[optional("include_usage", &Shape::Flag), optional("include_obfuscation", &Shape::Flag)]);

static MESSAGE: Shape = Shape::Tagged(Tagged {
    key: "role",
    default: None,
    // In the order in which the API's own refusal lists them.
    variants: &[
        ("system", &INSTRUCTION),
        ("assistant", &ASSISTANT),
        ("user", &USER),
        ("function", &FUNCTION_RESULT),
        ("tool", &TOOL_RESULT),
        ("developer", &INSTRUCTION),
    ],
});

static INSTRUCTION: Shape = Shape::Object(&[
    required("role", &Shape::Text),
    required("content", &CONTENT),
    optional("name", &Shape::Text),
]);

static USER: Shape = Shape::Object(&[
    required("role", &Shape::Text),
    required("content", &CONTENT),
    optional("name", &Shape::Text),
]);

static ASSISTANT: Shape = Shape::Object(&[
    required("role", &Shape::Text),
    nullable("content", &CONTENT),
    nullable("refusal", &Shape::Text),
    optional("name", &Shape::Text),
    nullable("annotations", &Shape::List(&Shape::Map)),
    nullable("audio", &Shape::Map),
    optional("tool_calls", &Shape::List(&TOOL_CALL)),
    nullable("function_call", &CALLED_FUNCTION),
]);

static TOOL_RESULT: Shape = Shape::Object(&[
    required("role", &Shape::Text),
    required("content", &CONTENT),
    required("tool_call_id", &Shape::Text),
    // Not documented, but sent by many clients and accepted.
    optional("name", &Shape::Text),
]);

static FUNCTION_RESULT: Shape = Shape::Object(&[
    required("role", &Shape::Text),
    nullable("content", &Shape::Text),
    required("name", &Shape::Text),
]);

static CONTENT: Shape = Shape::Either(&[Shape::Text, Shape::List(&PART)]);

static PART: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("text", &Shape::Object(&[TYPE, required("text", &Shape::Text), BREAKPOINT])),
        ("image_url", &Shape::Object(&[TYPE, required("image_url", &IMAGE), BREAKPOINT])),
        ("input_audio", &Shape::Object(&[TYPE, required("input_audio", &AUDIO), BREAKPOINT])),
        ("refusal", &Shape::Object(&[TYPE, required("refusal", &Shape::Text)])),
        ("file", &Shape::Object(&[TYPE, required("file", &FILE), BREAKPOINT])),
    ],
});

const TYPE: Field = required("type", &Shape::Text);
const BREAKPOINT: Field = optional("prompt_cache_breakpoint", &Shape::Map);

static IMAGE: Shape = Shape::Either(&[
    // Not documented, and accepted.
    Shape::Text,
    Shape::Object(&[
        required("url", &Shape::Text),
        optional("detail", &Shape::OneOf(&["auto", "low", "high", "original"])),
    ]),
]);

static AUDIO: Shape =
    Shape::Object(&[required("data", &Shape::Text), required("format", &Shape::OneOf(&["wav", "mp3"]))]);

static FILE: Shape = Shape::Object(&[
    optional("file_data", &Shape::Text),
    optional("file_id", &Shape::Text),
    optional("filename", &Shape::Text),
]);

static TOOL_CALL: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        (
            "function",
            &Shape::Object(&[
                TYPE,
                required("id", &Shape::Text),
                required("function", &CALLED_FUNCTION),
                // Left over from stream deltas, and accepted.
                optional("index", &Shape::Integer),
            ]),
        ),
        ("custom", &Shape::Object(&[TYPE, required("id", &Shape::Text), required("custom", &Shape::Map)])),
    ],
});

static CALLED_FUNCTION: Shape =
    Shape::Object(&[required("name", &Shape::Text), required("arguments", &Shape::Text)]);

static TOOL: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("function", &Shape::Object(&[TYPE, required("function", &FUNCTION)])),
        ("custom", &Shape::Object(&[TYPE, required("custom", &Shape::Map)])),
    ],
});

static FUNCTION: Shape = Shape::Object(&[
    required("name", &Shape::Text),
    optional("description", &Shape::Text),
    optional("parameters", &Shape::Map),
    optional("strict", &Shape::Flag),
]);

static TOOL_CHOICE: Shape = Shape::Either(&[
    Shape::OneOf(&["none", "auto", "required"]),
    Shape::Tagged(Tagged {
        key: "type",
        default: None,
        variants: &[
            (
                "function",
                &Shape::Object(&[
                    TYPE,
                    required("function", &Shape::Object(&[required("name", &Shape::Text)])),
                ]),
            ),
            ("allowed_tools", &Shape::Object(&[TYPE, required("allowed_tools", &Shape::Map)])),
            ("custom", &Shape::Object(&[TYPE, required("custom", &Shape::Map)])),
        ],
    }),
]);

static RESPONSE_FORMAT: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("text", &Shape::Object(&[TYPE])),
        ("json_object", &Shape::Object(&[TYPE])),
        (
            "json_schema",
            &Shape::Object(&[
                TYPE,
                required(
                    "json_schema",
                    &Shape::Object(&[
                        required("name", &Shape::Text),
                        optional("description", &Shape::Text),
                        optional("schema", &Shape::Map),
                        optional("strict", &Shape::Flag),
                    ]),
                ),
            ]),
        ),
    ],
});
