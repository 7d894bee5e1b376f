//! The request of Gemini's `models.generateContent`, as a table.
//!
//! Source: Google's own description of `v1beta` (January 2026), with the fields that recorded requests used since.
//! Names are in `lowerCamelCase`; the reader takes `snake_case` as well, as the protobuf JSON mapping asks.

use super::shape::{Shape, optional};

pub(crate) static REQUEST: Shape = Shape::Object(&[
    optional("model", &Shape::Text),
    optional("contents", &Shape::List(&CONTENT)),
    optional("systemInstruction", &CONTENT),
    optional("tools", &Shape::List(&TOOL)),
    optional("toolConfig", &TOOL_CONFIG),
    optional("safetySettings", &Shape::List(&SAFETY_SETTING)),
    optional("generationConfig", &GENERATION_CONFIG),
    optional("cachedContent", &Shape::Text),
    optional("serviceTier", &Shape::Text),
    optional("store", &Shape::Flag),
]);

pub(crate) static CONTENT: Shape =
    Shape::Object(&[optional("parts", &Shape::List(&PART)), optional("role", &Shape::Text)]);

static PART: Shape = Shape::Object(&[
    optional("text", &Shape::Text),
    optional("inlineData", &BLOB),
    optional("functionCall", &FUNCTION_CALL),
    optional("functionResponse", &FUNCTION_RESPONSE),
    optional("fileData", &FILE_DATA),
    optional("executableCode", &Shape::Map),
    optional("codeExecutionResult", &Shape::Map),
    optional("toolCall", &Shape::Map),
    optional("toolResponse", &Shape::Map),
    optional("videoMetadata", &Shape::Map),
    optional("thought", &Shape::Flag),
    optional("thoughtSignature", &Shape::Text),
    optional("partMetadata", &Shape::Map),
    optional("mediaResolution", &Shape::Map),
]);

static BLOB: Shape = Shape::Object(&[optional("mimeType", &Shape::Text), optional("data", &Shape::Text)]);

static FILE_DATA: Shape =
    Shape::Object(&[optional("mimeType", &Shape::Text), optional("fileUri", &Shape::Text)]);

static FUNCTION_CALL: Shape = Shape::Object(&[
    optional("id", &Shape::Text),
    optional("name", &Shape::Text),
    optional("args", &Shape::Map),
]);

static FUNCTION_RESPONSE: Shape = Shape::Object(&[
    optional("id", &Shape::Text),
    optional("name", &Shape::Text),
    optional("response", &Shape::Map),
    optional("parts", &Shape::List(&Shape::Map)),
    optional("willContinue", &Shape::Flag),
    optional("scheduling", &Shape::OneOf(&["SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"])),
]);

static TOOL: Shape = Shape::Object(&[
    optional("functionDeclarations", &Shape::List(&FUNCTION_DECLARATION)),
    optional("googleSearchRetrieval", &Shape::Map),
    optional("codeExecution", &Shape::Map),
    optional("googleSearch", &Shape::Map),
    optional("computerUse", &Shape::Map),
    optional("urlContext", &Shape::Map),
    optional("fileSearch", &Shape::Map),
    optional("mcpServers", &Shape::List(&Shape::Map)),
    optional("googleMaps", &Shape::Map),
]);

static FUNCTION_DECLARATION: Shape = Shape::Object(&[
    optional("name", &Shape::Text),
    optional("description", &Shape::Text),
    optional("parameters", &SCHEMA),
    optional("parametersJsonSchema", &Shape::Any),
    optional("response", &SCHEMA),
    optional("responseJsonSchema", &Shape::Any),
    optional("behavior", &Shape::OneOf(&["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"])),
]);

/// A subset of OpenAPI 3.0 schemas: no `$ref`, no `additionalProperties`, no `oneOf`, no `const`.
static SCHEMA: Shape = Shape::Object(&[
    optional(
        "type",
        &Shape::OneOf(&[
            "TYPE_UNSPECIFIED",
            "STRING",
            "NUMBER",
            "INTEGER",
            "BOOLEAN",
            "ARRAY",
            "OBJECT",
            "NULL",
        ]),
    ),
    optional("format", &Shape::Text),
    optional("title", &Shape::Text),
    optional("description", &Shape::Text),
    optional("nullable", &Shape::Flag),
    optional("enum", &Shape::List(&Shape::Text)),
    optional("items", &SCHEMA),
    optional("maxItems", &Shape::Integer),
    optional("minItems", &Shape::Integer),
    optional("properties", &Shape::MapOf(&SCHEMA)),
    optional("required", &Shape::List(&Shape::Text)),
    optional("minProperties", &Shape::Integer),
    optional("maxProperties", &Shape::Integer),
    optional("minimum", &Shape::Number),
    optional("maximum", &Shape::Number),
    optional("minLength", &Shape::Integer),
    optional("maxLength", &Shape::Integer),
    optional("pattern", &Shape::Text),
    optional("example", &Shape::Any),
    optional("anyOf", &Shape::List(&SCHEMA)),
    optional("propertyOrdering", &Shape::List(&Shape::Text)),
    optional("default", &Shape::Any),
]);

static TOOL_CONFIG: Shape = Shape::Object(&[
    optional(
        "functionCallingConfig",
        &Shape::Object(&[
            optional("mode", &Shape::OneOf(&["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"])),
            optional("allowedFunctionNames", &Shape::List(&Shape::Text)),
        ]),
    ),
    optional("retrievalConfig", &Shape::Map),
    optional("includeServerSideToolInvocations", &Shape::Flag),
]);

static SAFETY_SETTING: Shape = Shape::Object(&[
    optional(
        "category",
        &Shape::OneOf(&[
            "HARM_CATEGORY_UNSPECIFIED",
            "HARM_CATEGORY_HARASSMENT",
            "HARM_CATEGORY_HATE_SPEECH",
            "HARM_CATEGORY_SEXUALLY_EXPLICIT",
            "HARM_CATEGORY_DANGEROUS_CONTENT",
            "HARM_CATEGORY_CIVIC_INTEGRITY",
        ]),
    ),
    optional(
        "threshold",
        &Shape::OneOf(&[
            "HARM_BLOCK_THRESHOLD_UNSPECIFIED",
            "BLOCK_LOW_AND_ABOVE",
            "BLOCK_MEDIUM_AND_ABOVE",
            "BLOCK_ONLY_HIGH",
            "BLOCK_NONE",
            "OFF",
        ]),
    ),
]);

static GENERATION_CONFIG: Shape = Shape::Object(&[
    optional("candidateCount", &Shape::Integer),
    optional("stopSequences", &Shape::List(&Shape::Text)),
    optional("maxOutputTokens", &Shape::Integer),
    optional("temperature", &Shape::Number),
    optional("topP", &Shape::Number),
    optional("topK", &Shape::Number),
    optional("seed", &Shape::Integer),
    optional("responseMimeType", &Shape::Text),
    optional("responseSchema", &SCHEMA),
    optional("responseJsonSchema", &Shape::Any),
    optional("presencePenalty", &Shape::Number),
    optional("frequencyPenalty", &Shape::Number),
    optional("responseLogprobs", &Shape::Flag),
    optional("logprobs", &Shape::Integer),
    optional("enableEnhancedCivicAnswers", &Shape::Flag),
    optional("responseModalities", &Shape::List(&Shape::Text)),
    optional("speechConfig", &Shape::Map),
    optional("thinkingConfig", &THINKING_CONFIG),
    optional("imageConfig", &Shape::Map),
    optional("mediaResolution", &Shape::Text),
]);

static THINKING_CONFIG: Shape = Shape::Object(&[
    optional("includeThoughts", &Shape::Flag),
    optional("thinkingBudget", &Shape::Integer),
    optional(
        "thinkingLevel",
        &Shape::OneOf(&["THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH"]),
    ),
]);
