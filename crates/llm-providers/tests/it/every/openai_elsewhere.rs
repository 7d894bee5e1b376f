//! OpenAI's models at other hosts, which pass a request on to OpenAI's API or to Azure's, with the limits that these have.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use toolgate_llm_providers::{ChatOptions, ChatRequest, JsonSchema, Message, ResponseFormat};
use toolgate_tool_types::{JsonObject, ToolResult};

use crate::sample::{asks, call, encode, losses, tool};

fn sent(id: &str, model: &str, request: &ChatRequest) -> (Value, Vec<String>) {
    let encoded = encode(id, model, request).unwrap();
    let body = serde_json::from_slice(&encoded.body).unwrap();
    (body, losses(&encoded).into_iter().map(str::to_owned).collect())
}

fn ask(options: ChatOptions) -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")]).with_options(options)
}

fn form(schema: &str) -> ChatOptions {
    let wanted = JsonSchema::new("a", JsonObject::parse(schema).unwrap());
    ChatOptions::default().with_response_format(ResponseFormat::JsonSchema(wanted))
}

/// "'additionalProperties' is required to be supplied and to be false" (OpenRouter, of its provider OpenAI).
#[test]
fn an_open_schema_is_not_enforced_of_openais_models_anywhere() {
    let (open, shut) =
        (r#"{"type":"object"}"#, r#"{"type":"object","properties":{},"additionalProperties":false}"#);
    let chat = "/response_format/json_schema/strict";
    for (id, model, place, open_is_enforced) in [
        ("openrouter", "openai/gpt-5-mini", chat, false),
        ("openrouter_responses", "openai/gpt-5-mini", "/text/format/strict", false),
        ("litellm_proxy", "gpt-4.1", chat, false),
        ("azure_ai", "gpt-4.1", chat, false),
        ("openrouter", "anthropic/claude-sonnet-4.5", chat, true),
        ("openrouter", "openai/gpt-oss-120b", chat, true),
        ("azure_ai", "DeepSeek-V3", chat, true),
    ] {
        for (schema, is_enforced) in [(open, open_is_enforced), (shut, true)] {
            let (body, lost) = sent(id, model, &ask(form(schema)));
            assert_eq!(body.pointer(place), Some(&is_enforced.into()), "{id}/{model}");
            assert_eq!(lost.is_empty(), is_enforced, "{id}/{model}: {lost:?}");
        }
    }
}

/// "Invalid 'stop': array too long. Expected an array with maximum length 4" (OpenAI behind LiteLLM's proxy).
#[test]
fn openais_models_stop_at_four_texts_anywhere() {
    let options = ChatOptions::default().with_stop(["a", "b", "c", "d", "e"]);
    for (id, model, most) in [
        ("litellm_proxy", "gpt-4o", 4),
        ("azure_ai", "gpt-4o", 4),
        ("azure_ai", "DeepSeek-V3", 5),
        ("litellm_proxy", "mistral-large-latest", 5),
    ] {
        let (body, lost) = sent(id, model, &ask(options.clone()));
        assert_eq!((body["stop"].as_array().unwrap().len(), lost.len()), (most, 5 - most), "{id}/{model}");
    }
}

/// Foundry's v1 API is Azure OpenAI's, to which other owners' models have been added.
#[test]
fn openais_models_at_foundry_have_azures_limits() {
    let id = "c".repeat(50);
    let called = call(&id, "t", "{}");
    let mut long = tool("t", r#"{"type":"object","properties":{}}"#);
    long.description = "d".repeat(1025).into();
    let default = r#"{"type":"object","properties":{"n":{"type":"integer","default":1}},"required":["n"],"additionalProperties":false}"#;
    let mut options = form(default);
    options.metadata = BTreeMap::from([(Arc::from("label"), Arc::from("text"))]);
    let history =
        vec![Message::user("u"), asks(&[&called]), Message::tool_result(&called, ToolResult::text("ok"))];
    let request = ChatRequest::new(history).with_tools(vec![long]).with_options(options);
    let limits = ["tools[0].description", "options.metadata", "options.response_format.strict"];
    for (model, is_openais) in [("gpt-4o", true), ("grok-4-fast-reasoning", false)] {
        let (body, lost) = sent("azure_ai", model, &request);
        assert_eq!(lost, if is_openais { limits.to_vec() } else { vec![] }, "{model}");
        let (call_id, answered) =
            (&body["messages"][1]["tool_calls"][0]["id"], &body["messages"][2]["tool_call_id"]);
        assert_eq!((call_id.as_str().unwrap().len() <= 40, call_id), (is_openais, answered), "{model}");
    }
}
