//! Requests that say the same in two forms, brought to one form. Recorded and own requests both pass through here
//! before they are compared; nothing else is forgiven.

mod anthropic;
mod bedrock;
mod cohere;
mod gemini;
mod ollama;
mod openai;
mod responses;

use serde_json::{Map, Value, json};
use toolgate_llm_providers::Dialect;

/// The list of it, for people. Each line is a function of this module.
pub(crate) const NORMALISATIONS: &[(&str, &str)] = &[
    ("all", "a member that is null, or an empty list of tools or stop texts, is absent"),
    ("all", "numbers are equal by value (1 and 1.0)"),
    ("all", "text is the same as a list of one text part"),
    ("all", "a schema without a type is one of an object; no parameters are an empty object"),
    ("all", "an empty description is none; stream: false is no stream"),
    ("all", "a model that the URL names is not in the body"),
    ("openai", "the role developer is system; system messages in a row are one, their texts apart by a line"),
    ("openai", "an assistant's content that is null, empty or a list of texts is their joined text"),
    ("openai", "image_url as text is its url; detail auto is the default; stop as text is a list of one"),
    ("openai", "a tool message's name, a call's index and empty annotations or refusals say nothing new"),
    (
        "openai",
        "false for strict, logprobs, prefix and include_usage, n: 1 and top_logprobs: 0 are the defaults",
    ),
    ("openai", "reasoning beside reasoning_details says the same again"),
    ("anthropic", "turns of one role in a row are one turn"),
    ("anthropic", "ttl 5m, is_error false, display summarized and type custom are the defaults"),
    ("anthropic", "a document's citations that are off, and null citations of a text, are none"),
    (
        "gemini",
        "snake_case names are camelCase; types of schemas are in small letters, empty lists of them absent",
    ),
    ("gemini", "parametersJsonSchema is parameters; a default stands in the description"),
    ("gemini", "turns of one role in a row are one turn; a turn without a role is the user's"),
    ("gemini", "systemInstruction has no role, a list of parts, and text; thought: false is no thought"),
    ("gemini", "calls and results without ids get made ones; lists of declarations are one list"),
    ("gemini", "fileData without a media type: the provider knows it from the file"),
    ("cohere", "an assistant's content that is null or empty is none; detail auto is the default"),
    ("ollama", "no stream is a stream; no content is an empty one; no options are none"),
    ("ollama", "a call's type and index say nothing new; calls and results without ids or names get them"),
    ("responses", "instructions are a system message at the start; the role developer is system"),
    (
        "responses",
        "input as text is a user's message; a message's or call's id, status and type message say nothing new",
    ),
    ("responses", "store and encrypted reasoning are asked for by rule: the conversation is the caller's"),
    (
        "responses",
        "tool_choice auto, detail auto, text without a format and a format's strict: false are the defaults",
    ),
    ("bedrock", "turns of one role in a row are one turn"),
    ("bedrock", "strict: false and status success are the defaults; no settings are none"),
];

/// Members that hold JSON of the caller's own, in which nothing is touched.
const OPAQUE: [&str; 10] = [
    "parameters",
    "parametersJsonSchema",
    "input_schema",
    "schema",
    "input",
    "args",
    "response",
    "responseSchema",
    "responseJsonSchema",
    "json",
];

pub(crate) fn normal(dialect: Dialect, body: &mut Value) {
    if dialect == Dialect::GeminiGenerate {
        gemini::camel(body);
    }
    drop_nulls(body);
    if dialect == Dialect::OllamaChat && body.get("stream").is_none() {
        body["stream"] = true.into();
    }
    if body["stream"] == false {
        remove(body, "stream");
    }
    for name in ["tools", "stop", "stop_sequences"] {
        drop_empty(body, name);
    }
    match dialect {
        Dialect::OpenAiChat => openai::normal(body),
        Dialect::AnthropicMessages => anthropic::normal(body),
        Dialect::GeminiGenerate => gemini::normal(body),
        Dialect::CohereChat => cohere::normal(body),
        Dialect::OllamaChat => ollama::normal(body),
        Dialect::OpenAiResponses => responses::normal(body),
        Dialect::BedrockConverse => bedrock::normal(body),
        _ => {}
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            for (_, value) in members.iter_mut().filter(|(name, _)| !OPAQUE.contains(&name.as_str())) {
                drop_nulls(value);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn remove(value: &mut Value, name: &str) {
    if let Value::Object(members) = value {
        members.remove(name);
    }
}

/// Removes `name` where it is `default`.
fn drop_default(value: &mut Value, name: &str, default: impl Into<Value>) {
    if value.get(name) == Some(&default.into()) {
        remove(value, name);
    }
}

fn drop_empty(value: &mut Value, name: &str) {
    let is_empty = match value.get(name) {
        Some(Value::Array(values)) => values.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        _ => false,
    };
    if is_empty {
        remove(value, name);
    }
}

fn each<'a>(value: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

/// `"x"` as `[{"type":"text","text":"x"}]`.
fn as_parts(value: &mut Value, name: &str) {
    if let Some(Value::String(text)) = value.get(name) {
        value[name] = json!([{"type": "text", "text": text}]);
    }
}

fn plain_text(part: &Value) -> Option<&str> {
    let is_plain = part.as_object()?.len() == 2 && part["type"] == "text";
    part["text"].as_str().filter(|_| is_plain)
}

/// A list of plain text parts as one text; one that holds anything else stays.
fn as_text(value: &mut Value, name: &str, between: &str) {
    let Some(Value::Array(parts)) = value.get(name) else { return };
    if let Some(texts) = parts.iter().map(plain_text).collect::<Option<Vec<&str>>>() {
        value[name] = texts.join(between).into();
    }
}

fn schema(value: &mut Value, name: &str) {
    let parameters = &mut value[name];
    if parameters.as_object().is_none_or(Map::is_empty) {
        *parameters = json!({"type": "object", "properties": {}});
    } else if parameters.get("type").is_none() {
        parameters["type"] = "object".into();
    }
}

/// Neighbours with the same `role` become one, the lists in `content` joined.
fn merge_turns(body: &mut Value, name: &str, content: &str) {
    let Some(Value::Array(turns)) = body.get_mut(name) else { return };
    let mut merged: Vec<Value> = Vec::new();
    for turn in std::mem::take(turns) {
        let more = turn[content].as_array().cloned();
        match (merged.last_mut(), more) {
            (Some(last), Some(more))
                if last["role"] == turn["role"] && last[content].is_array() && is_plain(&turn) =>
            {
                last[content].as_array_mut().into_iter().for_each(|all| all.extend(more.iter().cloned()));
            }
            _ => merged.push(turn),
        }
    }
    *turns = merged;
}

/// Whether a turn is a role and a content and nothing else.
fn is_plain(turn: &Value) -> bool {
    turn.as_object().is_some_and(|members| members.len() == 2)
}
