//! The request of Bedrock's `Converse` and `ConverseStream`, as a table. The model stands in the path.
//!
//! Source: AWS's own model of the service (`bedrock-runtime`, 2023-09-30). Unions are objects of which one member is there.

use super::shape::{Field, Shape, optional, required};

pub(crate) static REQUEST: Shape = Shape::Object(&[
    optional("messages", &Shape::List(&MESSAGE)),
    optional("system", &Shape::List(&SYSTEM)),
    optional("inferenceConfig", &INFERENCE),
    optional("toolConfig", &TOOLS),
    optional("guardrailConfig", &Shape::Map),
    optional("additionalModelRequestFields", &Shape::Any),
    optional("promptVariables", &Shape::Map),
    optional("additionalModelResponseFieldPaths", &Shape::List(&Shape::Text)),
    optional("requestMetadata", &Shape::MapOf(&Shape::Text)),
    optional("performanceConfig", &Shape::Map),
    optional("serviceTier", &Shape::Map),
    optional("outputConfig", &Shape::Map),
]);

static MESSAGE: Shape = Shape::Object(&[
    required("role", &Shape::OneOf(&["user", "assistant", "system"])),
    required("content", &Shape::List(&CONTENT)),
]);

static CONTENT: Shape = Shape::Object(&[
    optional("text", &Shape::Text),
    optional("image", &IMAGE),
    optional("document", &DOCUMENT),
    optional("video", &VIDEO),
    optional("audio", &AUDIO),
    optional("toolUse", &TOOL_USE),
    optional("toolResult", &TOOL_RESULT),
    optional("guardContent", &Shape::Map),
    CACHE_POINT,
    optional("reasoningContent", &REASONING),
    optional("citationsContent", &Shape::Map),
    optional("searchResult", &Shape::Map),
    optional("toolAddition", &Shape::Map),
    optional("toolRemoval", &Shape::Map),
]);

const CACHE_POINT: Field = optional(
    "cachePoint",
    &Shape::Object(&[
        required("type", &Shape::OneOf(&["default"])),
        optional("ttl", &Shape::OneOf(&["5m", "1h"])),
    ]),
);

static SYSTEM: Shape =
    Shape::Object(&[optional("text", &Shape::Text), optional("guardContent", &Shape::Map), CACHE_POINT]);

const SOURCE: Field = required(
    "source",
    &Shape::Object(&[
        optional("bytes", &Shape::Text),
        optional("s3Location", &Shape::Map),
        optional("text", &Shape::Text),
        optional("content", &Shape::List(&Shape::Map)),
    ]),
);

static IMAGE: Shape =
    Shape::Object(&[required("format", &Shape::OneOf(&["png", "jpeg", "gif", "webp"])), SOURCE]);

static DOCUMENT: Shape = Shape::Object(&[
    optional("format", &Shape::OneOf(&["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"])),
    required("name", &Shape::Text),
    SOURCE,
    optional("context", &Shape::Text),
    optional("citations", &Shape::Object(&[required("enabled", &Shape::Flag)])),
]);

static VIDEO: Shape = Shape::Object(&[required("format", &Shape::Text), SOURCE]);
static AUDIO: Shape = Shape::Object(&[required("format", &Shape::Text), SOURCE]);

static TOOL_USE: Shape = Shape::Object(&[
    required("toolUseId", &Shape::Text),
    required("name", &Shape::Text),
    required("input", &Shape::Map),
    optional("type", &Shape::OneOf(&["server_tool_use"])),
]);

static TOOL_RESULT: Shape = Shape::Object(&[
    required("toolUseId", &Shape::Text),
    required("content", &Shape::List(&RESULT)),
    optional("status", &Shape::OneOf(&["success", "error"])),
    optional("type", &Shape::Text),
]);

static RESULT: Shape = Shape::Object(&[
    optional("json", &Shape::Any),
    optional("text", &Shape::Text),
    optional("image", &IMAGE),
    optional("document", &DOCUMENT),
    optional("video", &VIDEO),
    optional("searchResult", &Shape::Map),
]);

static REASONING: Shape = Shape::Object(&[
    optional(
        "reasoningText",
        &Shape::Object(&[required("text", &Shape::Text), optional("signature", &Shape::Text)]),
    ),
    optional("redactedContent", &Shape::Text),
]);

static INFERENCE: Shape = Shape::Object(&[
    optional("maxTokens", &Shape::Integer),
    optional("temperature", &Shape::Number),
    optional("topP", &Shape::Number),
    optional("stopSequences", &Shape::List(&Shape::Text)),
]);

static TOOLS: Shape = Shape::Object(&[
    required("tools", &Shape::List(&TOOL)),
    optional(
        "toolChoice",
        &Shape::Object(&[
            optional("auto", &Shape::Object(&[])),
            optional("any", &Shape::Object(&[])),
            optional("tool", &Shape::Object(&[required("name", &Shape::Text)])),
        ]),
    ),
]);

static TOOL: Shape = Shape::Object(&[
    optional(
        "toolSpec",
        &Shape::Object(&[
            required("name", &Shape::Text),
            optional("description", &Shape::Text),
            required("inputSchema", &Shape::Object(&[required("json", &Shape::Map)])),
            optional("strict", &Shape::Flag),
        ]),
    ),
    optional("systemTool", &Shape::Object(&[required("name", &Shape::Text)])),
    CACHE_POINT,
]);
