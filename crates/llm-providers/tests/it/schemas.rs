//! The providers' own schemas of requests, for every request that a test builds.
//!
//! They lie in the folder that `TOOLGATE_SCHEMAS` names (default: `../shared/schemas` beside the workspace). Published
//! schemas are read as their providers mean them: `oneOf` as `anyOf`, `nullable` as a type, and without examples,
//! discriminators and defaults, in which they contradict themselves.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// A schema: the dialect, the providers that it is of (all where none is named), the file and the type in it.
type Row = (&'static str, &'static [&'static str], &'static str, &'static str);

const ROWS: &[Row] = &[
    ("openai_chat", &["openai", "azure"], "openai.openapi.yaml", "CreateChatCompletionRequest"),
    ("openai_chat", &["mistral"], "mistral.openapi.yaml", "ChatCompletionRequest"),
    ("mistral_chat", &["mistral"], "mistral.openapi.yaml", "ChatCompletionRequest"),
    ("openai_chat", &["groq"], "groq.openapi.tryagi.yaml", "CreateChatCompletionRequest"),
    ("openai_chat", &["openrouter"], "openrouter.openapi.yaml", "ChatRequest"),
    ("openai_chat", &["together"], "together.openapi.yaml", "ChatCompletionRequest"),
    ("openai_chat", &["cerebras"], "cerebras-chat-create.schema.json", ""),
    ("openai_chat", &["perplexity"], "perplexity-chat-create.schema.json", ""),
    ("openai_responses", &["openai", "azure"], "openai.openapi.yaml", "CreateResponse"),
    ("anthropic_messages", &["anthropic"], "anthropic-beta-message-create.schema.json", ""),
    ("gemini_generate", &["gemini"], "gemini.openapi.json", "GenerateContentRequest"),
    ("ollama_chat", &[], "ollama.openapi.yaml", "ChatRequest"),
    ("embeddings", &["openai", "azure"], "openai.openapi.yaml", "CreateEmbeddingRequest"),
    ("embeddings", &["mistral"], "mistral.openapi.yaml", "EmbeddingRequest"),
    ("embeddings", &["groq"], "groq.openapi.tryagi.yaml", "CreateEmbeddingRequest"),
    ("embeddings", &["together"], "together.openapi.yaml", "EmbeddingsRequest"),
    ("embeddings", &["ollama"], "ollama.openapi.yaml", "EmbedRequest"),
    ("embeddings", &["gemini"], "gemini.openapi.json", "BatchEmbedContentsRequest"),
];

/// What a schema says and its provider does not: the file, the place, and why.
const TOO_STRICT: &[(&str, &str, &str)] = &[
    ("groq.openapi.tryagi.yaml", "stream_options", "accepted, and absent from the schema"),
    ("anthropic-beta-message-create.schema.json", "temperature", "older models take it; the SDK left it out"),
    ("anthropic-beta-message-create.schema.json", "top_p", "as temperature"),
    ("anthropic-beta-message-create.schema.json", "top_k", "as temperature"),
];

fn folder() -> PathBuf {
    match std::env::var_os("TOOLGATE_SCHEMAS") {
        Some(folder) => folder.into(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/schemas"),
    }
}

/// Whether the schemas are on this machine.
pub(crate) fn are_there() -> bool {
    folder().is_dir()
}

/// Whether `body` is a request by the provider's own schema; also when there is none, or the folder is missing.
pub(crate) fn check(dialect: &str, provider: &str, body: &Value) -> Result<(), String> {
    let fits = |(of, providers, ..): &&Row| {
        *of == dialect && (providers.is_empty() || providers.contains(&provider))
    };
    let Some((_, _, file, name)) = ROWS.iter().find(fits) else { return Ok(()) };
    let mut body = body.clone();
    if let Value::Object(members) = &mut body {
        if dialect == "gemini_generate" {
            // It stands in the URL.
            members.entry("model").or_insert_with(|| "models/m".into());
        }
        for (_, place, _) in TOO_STRICT.iter().filter(|(of, ..)| of == file) {
            members.remove(*place);
        }
    }
    static COMPILED: Mutex<BTreeMap<(&str, &str), Option<Validator>>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(schema) = compiled.entry((file, name)).or_insert_with(|| compile(file, name)) else {
        return Ok(());
    };
    let wrong: Vec<String> =
        schema.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if wrong.is_empty() { Ok(()) } else { Err(format!("{file} {name}: {}", wrong.join("; "))) }
}

/// `None`, said aloud, where the file is missing.
fn compile(file: &str, name: &str) -> Option<Validator> {
    let path = folder().join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not validated: no schema at {}; set TOOLGATE_SCHEMAS", path.display());
        return None;
    };
    let mut schema: Value = match file.ends_with(".json") {
        true => serde_json::from_str(&text).unwrap(),
        false => serde_saphyr::from_str_with_options(
            &components(&text),
            serde_saphyr::options! { budget: None, strict_booleans: true },
        )
        .unwrap_or_else(|error| panic!("{file}: {error}")),
    };
    mend(&mut schema);
    if file.starts_with("anthropic") {
        close(&mut schema);
    }
    if file.starts_with("together") {
        // It demands the index that a streamed reply's calls have, for which a plain one has no use.
        let required = &mut schema["components"]["schemas"]["ToolChoice"]["required"];
        required.as_array_mut().into_iter().for_each(|names| names.retain(|name| name != "index"));
        // A choice of a tool has the type of a call there.
        let request = &mut schema["components"]["schemas"]["ChatCompletionRequest"]["properties"];
        request["tool_choice"] = true.into();
    }
    if !name.is_empty() {
        schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": schema["components"]});
    }
    Some(
        jsonschema::validator_for(&schema)
            .unwrap_or_else(|error| panic!("{file}: {}: {error}", error.instance_path())),
    )
}

/// The part of an OpenAPI document that has the schemas: the rest of it is long.
fn components(text: &str) -> String {
    let own = |line: &&str| line.is_empty() || line.starts_with([' ', '#', '\t']);
    let mut lines = text.lines().skip_while(|line| *line != "components:");
    let head = lines.next().unwrap_or_default();
    std::iter::once(head).chain(lines.take_while(own)).flat_map(|line| [line, "\n"]).collect()
}

fn mend(schema: &mut Value) {
    match schema {
        Value::Array(values) => values.iter_mut().for_each(mend),
        Value::Object(members) => {
            members.values_mut().for_each(mend);
            mend_members(members);
        }
        _ => {}
    }
}

/// A member of `properties` may have any of these names: it is told from a keyword by its value.
fn mend_members(members: &mut Map<String, Value>) {
    if members.get("oneOf").is_some_and(Value::is_array)
        && let Some(alternatives) = members.remove("oneOf")
    {
        members.insert("anyOf".to_owned(), alternatives);
    }
    if members.get("discriminator").is_some_and(|value| value.get("propertyName").is_some()) {
        members.remove("discriminator");
    }
    // Of an older draft.
    members.remove("$recursiveAnchor");
    members.remove("$recursiveRef");
    if let Some(Value::Array(values)) = members.get_mut("enum")
        && values.contains(&"TYPE_UNSPECIFIED".into())
    {
        // Gemini takes, and its documentation shows, the types in small letters too.
        let small: Vec<Value> =
            values.iter().filter_map(Value::as_str).map(|value| value.to_ascii_lowercase().into()).collect();
        values.extend(small);
    }
    for bound in ["exclusiveMinimum", "exclusiveMaximum"] {
        if members.get(bound).is_some_and(Value::is_boolean) {
            members.remove(bound);
        }
    }
    if members.get("nullable") == Some(&true.into()) {
        let inner = Value::Object(std::mem::take(members));
        members.insert("anyOf".to_owned(), json!([{"type": "null"}, inner]));
    }
}

/// Unknown members fail.
fn close(schema: &mut Value) {
    match schema {
        Value::Array(values) => values.iter_mut().for_each(close),
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let kind = &members.get("properties").unwrap_or(&Value::Null)["type"]["const"];
            // A block says what it is; a schema of a tool's input is for anyone to add to.
            let is_block = kind.is_string() && *kind != "object";
            let is_open = members.get("additionalProperties").is_none() || is_block;
            if members.get("type") == Some(&"object".into()) && members.contains_key("properties") && is_open
            {
                members.remove("additionalProperties");
                members.insert("unevaluatedProperties".to_owned(), false.into());
            }
        }
        _ => {}
    }
}

#[test]
fn a_slip_in_a_request_is_found() {
    let good = json!({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "text", "text": "u"}]}]});
    check("anthropic_messages", "anthropic", &good).unwrap();
    let gemini = json!({"contents": [{"role": "user", "parts": [{"text": "u"}]}]});
    check("gemini_generate", "gemini", &gemini).unwrap();
    if !folder().is_dir() {
        return;
    }
    for (dialect, providers, file, name) in ROWS {
        let provider = providers.first().copied().unwrap_or("any");
        let slip = json!({"model": 1, "messages": "u", "contents": "u", "input": 1});
        assert!(check(dialect, provider, &slip).is_err(), "{file} {name} takes anything");
    }
    let mut slip = good.clone();
    slip["messages"][0]["content"][0]["cache_contrl"] = json!({"type": "ephemeral"});
    assert!(check("anthropic_messages", "anthropic", &slip).is_err());
}
