//! The request of Anthropic's `POST /v1/messages`, as a table.
//!
//! Source: the published API description of August 2026 (`BetaCreateMessageParams`) and the types of the official
//! Python SDK 2.12, loosened where recorded requests were accepted against them. Blocks of tools that the provider itself runs are known by name and not looked into: a
//! client of tools of its own never builds one.

use super::shape::{Field, Shape, Tagged, nullable, optional, required};

pub(crate) static REQUEST: Shape = Shape::Object(&[
    required("model", &Shape::Text),
    required("messages", &Shape::List(&MESSAGE)),
    required("max_tokens", &Shape::Integer),
    CACHE,
    nullable("container", &Shape::Either(&[Shape::Text, Shape::Map])),
    nullable("context_management", &Shape::Map),
    nullable("diagnostics", &Shape::Map),
    nullable("inference_geo", &Shape::Text),
    optional("mcp_servers", &Shape::List(&Shape::Map)),
    optional("metadata", &Shape::Object(&[nullable("user_id", &Shape::Text)])),
    optional("output_config", &OUTPUT_CONFIG),
    nullable("output_format", &OUTPUT_FORMAT),
    optional("service_tier", &Shape::OneOf(&["auto", "standard_only"])),
    nullable("speed", &Shape::OneOf(&["standard", "fast"])),
    optional("stop_sequences", &Shape::List(&Shape::Text)),
    optional("stream", &Shape::Flag),
    optional("system", &Shape::Either(&[Shape::Text, Shape::List(&TEXT)])),
    optional("temperature", &Shape::Number),
    optional("thinking", &THINKING),
    optional("tool_choice", &TOOL_CHOICE),
    optional("tools", &Shape::List(&TOOL)),
    optional("top_k", &Shape::Integer),
    optional("top_p", &Shape::Number),
    nullable("user_profile_id", &Shape::Text),
    optional("workspace_id", &Shape::Text),
]);

const TYPE: Field = required("type", &Shape::Text);
const BINDING: Field = nullable("block_binding", &BLOCK_BINDING);
const CACHE: Field = nullable("cache_control", &CACHE_CONTROL);

static CACHE_CONTROL: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[("ephemeral", &Shape::Object(&[TYPE, optional("ttl", &Shape::OneOf(&["5m", "1h"]))]))],
});

static OUTPUT_CONFIG: Shape = Shape::Object(&[
    nullable("effort", &Shape::OneOf(&["low", "medium", "high", "xhigh", "max"])),
    nullable("format", &OUTPUT_FORMAT),
    nullable("task_budget", &Shape::Map),
]);

static OUTPUT_FORMAT: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[("json_schema", &Shape::Object(&[TYPE, required("schema", &Shape::Map)]))],
});

static BLOCK_BINDING: Shape =
    Shape::Object(&[nullable("prefix_mismatch_behavior", &Shape::OneOf(&["error", "drop_block"]))]);

static THINKING: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("adaptive", &Shape::Object(&[TYPE, BINDING, nullable("display", &Shape::Text)])),
        ("between_tools", &Shape::Object(&[TYPE])),
        ("disabled", &Shape::Object(&[TYPE])),
        (
            "enabled",
            &Shape::Object(&[
                TYPE,
                required("budget_tokens", &Shape::Integer),
                BINDING,
                nullable("display", &Shape::Text),
            ]),
        ),
    ],
});

static TOOL_CHOICE: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("any", &Shape::Object(&[TYPE, ONE_AT_A_TIME])),
        ("auto", &Shape::Object(&[TYPE, ONE_AT_A_TIME])),
        ("none", &Shape::Object(&[TYPE])),
        ("tool", &Shape::Object(&[TYPE, required("name", &Shape::Text), ONE_AT_A_TIME])),
    ],
});

const ONE_AT_A_TIME: Field = optional("disable_parallel_tool_use", &Shape::Flag);

static TOOL: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: Some("custom"),
    variants: &[
        ("custom", &CUSTOM_TOOL),
        ("advisor_20260301", &Shape::Map),
        ("bash_20241022", &Shape::Map),
        ("bash_20250124", &Shape::Map),
        ("code_execution_20250522", &Shape::Map),
        ("code_execution_20250825", &Shape::Map),
        ("code_execution_20260120", &Shape::Map),
        ("code_execution_20260521", &Shape::Map),
        ("computer_20241022", &Shape::Map),
        ("computer_20250124", &Shape::Map),
        ("computer_20251124", &Shape::Map),
        ("mcp_toolset", &Shape::Map),
        ("memory_20250818", &Shape::Map),
        ("text_editor_20241022", &Shape::Map),
        ("text_editor_20250124", &Shape::Map),
        ("text_editor_20250429", &Shape::Map),
        ("text_editor_20250728", &Shape::Map),
        ("tool_search_tool_bm25_20251119", &Shape::Map),
        ("tool_search_tool_regex_20251119", &Shape::Map),
        ("web_fetch_20250910", &Shape::Map),
        ("web_fetch_20260209", &Shape::Map),
        ("web_fetch_20260309", &Shape::Map),
        ("web_search_20250305", &Shape::Map),
        ("web_search_20260209", &Shape::Map),
        ("web_search_20260318", &Shape::Map),
    ],
});

static CUSTOM_TOOL: Shape = Shape::Object(&[
    nullable("type", &Shape::Text),
    required("name", &Shape::Text),
    optional("description", &Shape::Text),
    required("input_schema", &Shape::Map),
    CACHE,
    optional("strict", &Shape::Flag),
    nullable("eager_input_streaming", &Shape::Flag),
    optional("allowed_callers", &Shape::List(&Shape::Text)),
    optional("defer_loading", &Shape::Flag),
    optional("input_examples", &Shape::List(&Shape::Map)),
]);

static MESSAGE: Shape = Shape::Object(&[
    // "system" only in the middle of a conversation, which `strict_anthropic` sees to.
    required("role", &Shape::OneOf(&["user", "assistant", "system"])),
    required("content", &Shape::Either(&[Shape::Text, Shape::List(&BLOCK)])),
]);

static BLOCK: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("advisor_tool_result", &Shape::Map),
        ("bash_code_execution_tool_result", &Shape::Map),
        ("code_execution_tool_result", &Shape::Map),
        ("compaction", &Shape::Map),
        ("container_upload", &Shape::Map),
        ("document", &DOCUMENT),
        ("image", &IMAGE),
        ("mcp_tool_result", &Shape::Map),
        ("mcp_tool_use", &Shape::Map),
        ("redacted_thinking", &Shape::Object(&[TYPE, required("data", &Shape::Text)])),
        ("search_result", &Shape::Map),
        ("server_tool_use", &Shape::Map),
        ("text", &TEXT),
        ("text_editor_code_execution_tool_result", &Shape::Map),
        (
            "thinking",
            &Shape::Object(&[TYPE, required("signature", &Shape::Text), required("thinking", &Shape::Text)]),
        ),
        ("tool_addition", &Shape::Map),
        ("tool_removal", &Shape::Map),
        ("tool_result", &TOOL_RESULT),
        ("tool_search_tool_result", &Shape::Map),
        ("tool_use", &TOOL_USE),
        ("web_fetch_tool_result", &Shape::Map),
        ("web_search_tool_result", &Shape::Map),
    ],
});

static TEXT: Shape = Shape::Object(&[
    TYPE,
    required("text", &Shape::Text),
    CACHE,
    nullable("citations", &Shape::List(&Shape::Map)),
]);

static IMAGE: Shape = Shape::Object(&[TYPE, required("source", &SOURCE), CACHE]);

static DOCUMENT: Shape = Shape::Object(&[
    TYPE,
    required("source", &SOURCE),
    CACHE,
    nullable("citations", &Shape::Map),
    nullable("context", &Shape::Text),
    nullable("title", &Shape::Text),
]);

static SOURCE: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("base64", &INLINE),
        ("content", &Shape::Map),
        ("file", &Shape::Object(&[TYPE, required("file_id", &Shape::Text)])),
        ("text", &INLINE),
        ("url", &Shape::Object(&[TYPE, required("url", &Shape::Text)])),
    ],
});

static INLINE: Shape =
    Shape::Object(&[TYPE, required("media_type", &Shape::Text), required("data", &Shape::Text)]);

static TOOL_USE: Shape = Shape::Object(&[
    TYPE,
    required("id", &Shape::Text),
    required("name", &Shape::Text),
    required("input", &Shape::Map),
    CACHE,
    optional("caller", &Shape::Map),
    nullable("toolset_name", &Shape::Text),
]);

static TOOL_RESULT: Shape = Shape::Object(&[
    TYPE,
    required("tool_use_id", &Shape::Text),
    optional("content", &Shape::Either(&[Shape::Text, Shape::List(&RESULT_BLOCK)])),
    optional("is_error", &Shape::Flag),
    nullable("toolset_name", &Shape::Text),
    CACHE,
]);

static RESULT_BLOCK: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("document", &DOCUMENT),
        ("image", &IMAGE),
        ("search_result", &Shape::Map),
        ("text", &TEXT),
        ("tool_reference", &Shape::Map),
    ],
});
