//! The request of OpenAI's `POST /v1/responses`, as a table.
//!
//! Source: the official OpenAPI description 2.3.0 (`CreateResponse`), loosened where recorded requests were accepted
//! against it.

use super::shape::{Field, Shape, Tagged, nullable, optional, required};

pub(crate) static REQUEST: Shape = Shape::Object(&[
    // These two may be left to a stored prompt.
    optional("model", &Shape::Text),
    optional("input", &Shape::Either(&[Shape::Text, Shape::List(&ITEM)])),
    optional("background", &Shape::Flag),
    optional("context_management", &Shape::List(&Shape::Map)),
    optional("conversation", &Shape::Either(&[Shape::Text, Shape::Map])),
    optional("include", &Shape::List(&Shape::Text)),
    optional("instructions", &Shape::Text),
    optional("max_output_tokens", &Shape::Integer),
    optional("max_tool_calls", &Shape::Integer),
    optional("metadata", &Shape::MapOf(&Shape::Text)),
    optional("parallel_tool_calls", &Shape::Flag),
    optional("moderation", &Shape::Map),
    optional("previous_response_id", &Shape::Text),
    optional("prompt", &Shape::Map),
    optional("prompt_cache_key", &Shape::Text),
    optional("prompt_cache_options", &Shape::Map),
    optional("prompt_cache_retention", &Shape::Text),
    optional("reasoning", &Shape::Map),
    optional("safety_identifier", &Shape::Text),
    optional("service_tier", &Shape::Text),
    optional("store", &Shape::Flag),
    optional("stream", &Shape::Flag),
    optional("stream_options", &Shape::Map),
    optional("temperature", &Shape::Number),
    optional("text", &Shape::Map),
    optional("tool_choice", &Shape::Either(&[Shape::OneOf(&["none", "auto", "required"]), Shape::Map])),
    optional("tools", &Shape::List(&TOOL)),
    optional("top_logprobs", &Shape::Integer),
    optional("top_p", &Shape::Number),
    optional("truncation", &Shape::Text),
    optional("user", &Shape::Text),
]);

const TYPE: Field = optional("type", &Shape::Text);
const ID: Field = optional("id", &Shape::Text);
const STATUS: Field = optional("status", &Shape::Text);
const BREAKPOINT: Field = optional("prompt_cache_breakpoint", &Shape::Map);

static ITEM: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: Some("message"),
    variants: &[
        ("message", &MESSAGE),
        ("function_call", &CALL),
        ("function_call_output", &OUTPUT),
        ("reasoning", &REASONING),
        // Of tools that a script does not call: taken unread.
        ("item_reference", &Shape::Map),
        ("additional_tools", &Shape::Map),
        ("apply_patch_call", &Shape::Map),
        ("apply_patch_call_output", &Shape::Map),
        ("code_interpreter_call", &Shape::Map),
        ("compaction", &Shape::Map),
        ("compaction_trigger", &Shape::Map),
        ("computer_call", &Shape::Map),
        ("computer_call_output", &Shape::Map),
        ("custom_tool_call", &Shape::Map),
        ("custom_tool_call_output", &Shape::Map),
        ("file_search_call", &Shape::Map),
        ("image_generation_call", &Shape::Map),
        ("local_shell_call", &Shape::Map),
        ("local_shell_call_output", &Shape::Map),
        ("mcp_approval_request", &Shape::Map),
        ("mcp_approval_response", &Shape::Map),
        ("mcp_call", &Shape::Map),
        ("mcp_list_tools", &Shape::Map),
        ("program", &Shape::Map),
        ("program_output", &Shape::Map),
        ("shell_call", &Shape::Map),
        ("shell_call_output", &Shape::Map),
        ("tool_search_call", &Shape::Map),
        ("tool_search_output", &Shape::Map),
        ("web_search_call", &Shape::Map),
    ],
});

static MESSAGE: Shape = Shape::Object(&[
    TYPE,
    ID,
    STATUS,
    required("role", &Shape::OneOf(&["user", "assistant", "system", "developer"])),
    required("content", &CONTENT),
    nullable("phase", &Shape::Text),
]);

static CALL: Shape = Shape::Object(&[
    TYPE,
    ID,
    STATUS,
    required("call_id", &Shape::Text),
    required("name", &Shape::Text),
    required("arguments", &Shape::Text),
    nullable("namespace", &Shape::Text),
    nullable("caller", &Shape::Map),
    // Left by the official client in items that it read.
    nullable("parsed_arguments", &Shape::Any),
]);

static OUTPUT: Shape =
    Shape::Object(&[TYPE, ID, STATUS, required("call_id", &Shape::Text), required("output", &CONTENT)]);

static REASONING: Shape = Shape::Object(&[
    TYPE,
    ID,
    STATUS,
    required("summary", &Shape::List(&Shape::Map)),
    nullable("content", &Shape::List(&Shape::Map)),
    nullable("encrypted_content", &Shape::Text),
]);

static CONTENT: Shape = Shape::Either(&[Shape::Text, Shape::List(&PART)]);

static PART: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("input_text", &Shape::Object(&[TYPE, required("text", &Shape::Text), BREAKPOINT])),
        ("input_image", &IMAGE),
        ("input_file", &FILE),
        ("output_text", &SAID),
        ("refusal", &Shape::Object(&[TYPE, required("refusal", &Shape::Text)])),
    ],
});

static IMAGE: Shape = Shape::Object(&[
    TYPE,
    nullable("image_url", &Shape::Text),
    nullable("file_id", &Shape::Text),
    optional("detail", &Shape::OneOf(&["low", "high", "auto", "original"])),
    BREAKPOINT,
]);

static FILE: Shape = Shape::Object(&[
    TYPE,
    optional("filename", &Shape::Text),
    optional("file_data", &Shape::Text),
    optional("file_url", &Shape::Text),
    nullable("file_id", &Shape::Text),
    BREAKPOINT,
]);

static SAID: Shape = Shape::Object(&[
    TYPE,
    required("text", &Shape::Text),
    optional("annotations", &Shape::List(&Shape::Map)),
    optional("logprobs", &Shape::List(&Shape::Map)),
    nullable("parsed", &Shape::Any),
]);

static TOOL: Shape = Shape::Tagged(Tagged {
    key: "type",
    default: None,
    variants: &[
        ("function", &FUNCTION),
        ("apply_patch", &Shape::Map),
        ("code_interpreter", &Shape::Map),
        ("computer", &Shape::Map),
        ("computer_use_preview", &Shape::Map),
        ("custom", &Shape::Map),
        ("file_search", &Shape::Map),
        ("image_generation", &Shape::Map),
        ("local_shell", &Shape::Map),
        ("mcp", &Shape::Map),
        ("namespace", &Shape::Map),
        ("programmatic_tool_calling", &Shape::Map),
        ("shell", &Shape::Map),
        ("tool_search", &Shape::Map),
        ("web_search", &Shape::Map),
        ("web_search_2025_08_26", &Shape::Map),
        ("web_search_preview", &Shape::Map),
        ("web_search_preview_2025_03_11", &Shape::Map),
    ],
});

static FUNCTION: Shape = Shape::Object(&[
    TYPE,
    required("name", &Shape::Text),
    nullable("description", &Shape::Text),
    nullable("parameters", &Shape::Map),
    nullable("strict", &Shape::Flag),
    optional("defer_loading", &Shape::Flag),
]);
