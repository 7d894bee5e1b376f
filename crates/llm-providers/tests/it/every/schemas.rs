//! Schemas of answers and of tools, as each provider takes them.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatOptions, ChatRequest, JsonSchema, Message, ResponseFormat};
use toolgate_tool_types::JsonObject;

use crate::sample::{encode, encoded, losses, tool};

fn ask(options: ChatOptions) -> ChatRequest {
    ChatRequest::new(vec![Message::user("u")]).with_options(options)
}

fn lost(id: &str, model: &str, options: ChatOptions) -> Vec<String> {
    let encoded = encode(id, model, &ask(options)).unwrap();
    losses(&encoded).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_schema_that_openai_would_refuse_to_enforce_is_not_enforced() {
    let form =
        |schema: &str| ResponseFormat::JsonSchema(JsonSchema::new("a", JsonObject::parse(schema).unwrap()));
    let open = ChatOptions::default().with_response_format(form(r#"{"type":"object"}"#));
    let shut = form(r#"{"type":"object","properties":{},"additionalProperties":false}"#);
    for (id, place) in [
        ("openai", "/response_format/json_schema/strict"),
        ("azure", "/response_format/json_schema/strict"),
        ("openai_responses", "/text/format/strict"),
    ] {
        assert_eq!(lost(id, "gpt-4.1", open.clone()), ["options.response_format.strict"], "{id}");
        assert_eq!(encoded(id, "gpt-4.1", &ask(open.clone())).pointer(place), Some(&json!(false)), "{id}");
        let request = ask(ChatOptions::default().with_response_format(shut.clone()));
        assert_eq!(encoded(id, "gpt-4.1", &request).pointer(place), Some(&json!(true)), "{id}");
    }
    assert_eq!(lost("fireworks", "m", open), [""; 0]);
}

/// "'default' is not permitted within a property definition" (Azure): OpenAI's own API takes it.
#[test]
fn a_schema_with_a_default_is_not_enforced_at_azure() {
    let schema = r#"{"type":"object","properties":{"n":{"anyOf":[{"type":"integer","default":1},{"type":"null"}]}},"required":["n"],"additionalProperties":false}"#;
    let form = ResponseFormat::JsonSchema(JsonSchema::new("a", JsonObject::parse(schema).unwrap()));
    let options = ChatOptions::default().with_response_format(form);
    for (id, is_enforced) in
        [("azure", false), ("azure_responses", false), ("openai", true), ("openai_responses", true)]
    {
        let lost = lost(id, "gpt-4.1", options.clone());
        assert_eq!(lost, if is_enforced { vec![] } else { vec!["options.response_format.strict"] }, "{id}");
    }
}

/// What Claude's hosts do not enforce is told, and objects are closed: anything else they refuse.
#[test]
fn a_schema_of_an_answer_is_what_the_host_enforces() {
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"]}"#;
    let form = ResponseFormat::JsonSchema(JsonSchema::new("a", JsonObject::parse(schema).unwrap()));
    let request = ask(ChatOptions::default().with_response_format(form));
    let told = json!({"type": "object", "properties": {"n": {"type": "integer", "description": "minimum: 1"}},
        "required": ["n"], "additionalProperties": false});
    let path = "options.response_format.schema";
    let lost = [format!("{path}.properties.n.minimum"), format!("{path}.additionalProperties")];
    for (id, model) in [
        ("anthropic", "claude-opus-4-8"),
        ("vertex_ai_anthropic", "claude-sonnet-4-5"),
        ("bedrock_anthropic", "anthropic.claude-sonnet-4-5"),
    ] {
        let encoded = encode(id, model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body["output_config"]["format"]["schema"], told, "{id}");
        assert_eq!(losses(&encoded), lost, "{id}");
    }
    let whole = encoded("openai", "gpt-4.1", &request);
    assert_eq!(
        whole["response_format"]["json_schema"]["schema"],
        serde_json::from_str::<Value>(schema).unwrap()
    );
}

/// Alternatives at the top of one tool's schema would cost all tools the request.
#[test]
fn schemas_of_tools_are_objects_everywhere() {
    let union = r#"{"anyOf":[{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]},{"type":"object","properties":{"name":{"type":"string"}}}]}"#;
    let request = ask(ChatOptions::default()).with_tools(vec![tool("find", union)]);
    for (id, model, place) in [
        ("openai", "gpt-4.1", "/tools/0/function/parameters"),
        ("mistral", "m", "/tools/0/function/parameters"),
        ("openai_responses", "gpt-4.1", "/tools/0/parameters"),
        ("anthropic", "claude-sonnet-4-5", "/tools/0/input_schema"),
        ("bedrock", "m", "/toolConfig/tools/0/toolSpec/inputSchema/json"),
        ("gemini", "gemini-2.5-flash", "/tools/0/functionDeclarations/0/parameters"),
        ("cohere", "m", "/tools/0/function/parameters"),
        ("ollama", "m", "/tools/0/function/parameters"),
        ("gigachat", "m", "/functions/0/parameters"),
    ] {
        let encoded = encode(id, model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let object = json!({"id": {"type": "string"}, "name": {"type": "string"}});
        let schema = body.pointer(place).unwrap();
        assert_eq!((&schema["type"], &schema["properties"]), (&json!("object"), &object), "{id}");
        assert!(body.to_string().contains("Arguments also meet"), "{id}");
        assert_eq!(losses(&encoded), ["tools[0].input_schema.anyOf"], "{id}");
    }
}
