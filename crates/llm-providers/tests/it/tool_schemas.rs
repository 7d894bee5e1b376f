//! Schemas of arguments as servers of MCP write them, which cost every request where a provider refuses one of them.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatRequest, Message};

use crate::sample::{encode, losses, tool};

/// As they came from servers: tuples, bounds and members of older drafts, types in capitals, lists that PHP writes for objects, and what
/// is a schema in no draft; with how much of it is lost.
const ODD: [(&str, usize); 6] = [
    (
        r#"{"type":"object","properties":{"range":{"type":"array","items":[{"type":"number"},{"type":"number"}],"additionalItems":false}}}"#,
        0,
    ),
    (r#"{"type":"object","properties":{"n":{"type":"integer","minimum":0,"exclusiveMinimum":true}}}"#, 0),
    (
        r#"{"type":"object","properties":{"a":{"type":"string","required":true},"b":{"type":"STRING","required":false}}}"#,
        0,
    ),
    (r#"{"type":"OBJECT","properties":[],"required":{}}"#, 1),
    (r#"{"type":"object","properties":{"parents":{"type":"array"},"type":"object"}}"#, 1),
    (
        r#"{"type":"object","properties":{"x":{"type":"any","enum":{"a":1},"anyOf":[]}},"required":["x","x"]}"#,
        2,
    ),
];

#[test]
fn schemas_of_all_drafts_and_of_none_are_told_in_the_latest() {
    for (schema, lost) in ODD {
        let request = ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", schema)]);
        for (provider, model, place) in [
            ("openai", "gpt-5.2", "/tools/0/function/parameters"),
            ("openai_responses", "gpt-5.2", "/tools/0/parameters"),
            ("anthropic", "claude-opus-4-8", "/tools/0/input_schema"),
            ("bedrock", "us.anthropic.claude-opus-4-8", "/toolConfig/tools/0/toolSpec/inputSchema/json"),
            ("ollama", "qwen3", "/tools/0/function/parameters"),
        ] {
            let encoded = encode(provider, model, &request).unwrap();
            let body: Value = serde_json::from_slice(&encoded.body).unwrap();
            let told = body.pointer(place).unwrap();
            assert!(jsonschema::draft202012::meta::is_valid(told), "{provider}: {told}");
            let found =
                encoded.lossiness.iter().filter(|loss| loss.what == "no JSON Schema: left out").count();
            assert_eq!(found, lost, "{provider}: {told}");
        }
    }
}

/// "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'"
#[test]
fn a_claude_is_told_of_arguments_that_it_takes_by_no_name() {
    let schema = r#"{"type":"object","properties":{"$top":{"type":"integer"},"q":{"type":"object","properties":{"$in":{}}}},"required":["$top","q"]}"#;
    let request = ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", schema)]);
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a";
    for (provider, model, is_told) in [
        ("anthropic", "claude-opus-4-8", true),
        ("vertex_ai_anthropic", "claude-sonnet-4-5@20250929", true),
        ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", true),
        ("bedrock", arn, true),
        ("bedrock_anthropic", "anything", true),
        ("openrouter", "anthropic/claude-sonnet-4.5", true),
        ("databricks", "databricks-Claude-sonnet-4", true),
        ("bedrock", "amazon.nova-pro-v1:0", false),
        ("openrouter", "openai/gpt-5.2", false),
        ("deepseek_anthropic", "deepseek-v4-pro", false),
    ] {
        let encoded = encode(provider, model, &request).unwrap();
        let body = String::from_utf8(encoded.body.to_vec()).unwrap();
        let told = r#"Does t\n\nArguments also meet {\"properties\":{\"$top\":{\"type\":\"integer\"}},\"required\":[\"$top\"]}"#;
        assert_eq!(body.contains(told), is_told, "{provider}: {body}");
        assert_eq!(body.contains(r#""$top":"#), !is_told, "{provider}: {body}");
        assert!(body.contains(r#""$in":"#), "{provider}: {body}");
        let is_lost = losses(&encoded).contains(&"tools[0].input_schema.properties.$top");
        assert_eq!(is_lost, is_told, "{provider}");
    }
}

/// "JSON schema conversion failed: Pattern must start with '^' and end with '$'" (llama.cpp), "JSON Schema not supported: could not understand
/// the instance" (Fireworks).
#[test]
fn a_server_that_makes_a_grammar_is_told_what_it_can_make_one_of() {
    let schema =
        r#"{"type":"object","properties":{"s":{"type":"string","pattern":"\\S"},"v":{"description":"V"}}}"#;
    let request = ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", schema)]);
    for (provider, is_typed, is_lost) in [
        ("llamacpp", true, true),
        ("lmstudio", true, true),
        ("fireworks", true, false),
        ("openai", false, false),
    ] {
        let encoded = encode(provider, "m", &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let members = &body["tools"][0]["function"]["parameters"]["properties"];
        assert_eq!(members["v"].get("type").is_some(), is_typed, "{provider}: {members}");
        assert_eq!(members["s"].get("pattern").is_none(), is_lost, "{provider}: {members}");
        assert_eq!(losses(&encoded) == ["tools[0].input_schema.properties.s.pattern"], is_lost, "{provider}");
    }
}

/// "Invalid JSON schema: regex lookaround is not supported. Found at $.properties.email.pattern." (OpenAI), which is how Zod writes it.
#[test]
fn an_openai_model_is_told_of_patterns_that_it_does_not_read() {
    let pattern = r"^(?!\.)[a-z]+@[a-z]+$";
    let schema = json!({"type": "object", "properties": {
        "email": {"type": "string", "format": "email", "pattern": pattern},
        "pattern": {"type": "string", "pattern": "^[a-z]+$"},
    }});
    let request = ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", &schema.to_string())]);
    for (provider, model, is_told) in [
        ("openai", "gpt-5.5", true),
        ("azure", "my-deployment", true),
        ("openai_responses", "gpt-5.5", true),
        ("openrouter", "openai/gpt-5.5", true),
        ("openrouter", "openai/gpt-oss-120b", false),
        ("anthropic", "claude-opus-4-8", false),
    ] {
        let encoded = encode(provider, model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let tool = &body["tools"][0];
        let parameters = [&tool["function"]["parameters"], &tool["parameters"], &tool["input_schema"]];
        let parameters = parameters.into_iter().find(|parameters| parameters.is_object()).unwrap();
        let email = &parameters["properties"]["email"];
        assert_eq!(email.get("pattern").is_none(), is_told, "{provider}/{model}");
        let told = format!("pattern: {}", json!(pattern));
        assert_eq!(email["description"] == told, is_told, "{provider}/{model}: {email}");
        assert_eq!(parameters["properties"]["pattern"]["pattern"], "^[a-z]+$");
        let lost = losses(&encoded);
        assert_eq!(lost == ["tools[0].input_schema.properties.email.pattern"], is_told, "{provider}/{model}");
    }
}

/// "#/toolConfig/tools/0/toolSpec/inputSchema/json: extraneous key [$defs] is not permitted"
#[test]
fn nova_gets_no_definitions() {
    let schema = r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string"}},"$schema":"http://json-schema.org/draft-07/schema#"}"##;
    let request =
        ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", schema)]).with_strict(true);
    for (model, is_inlined) in [
        ("us.amazon.nova-pro-v1:0", true),
        ("us.amazon.nova-2-lite-v1:0", true),
        ("us.anthropic.claude-opus-4-8", false),
    ] {
        let encoded = encode("bedrock", model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let told = &body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"];
        let inlined = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        let given: Value = serde_json::from_str(schema).unwrap();
        assert_eq!(*told, if is_inlined { inlined } else { given }, "{model}");
    }
}

/// "tools.function.parameters is not a valid moonshot flavored json schema, details: <At path 'properties.view': type is not defined>"
#[test]
fn kimi_gets_schemas_of_its_flavour_behind_gateways() {
    let schema = r#"{"type":["object","null"],"properties":{"view":{"enum":["text","raw"]}}}"#;
    let request =
        ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", schema)]).with_strict(true);
    for (provider, model, is_typed) in [
        ("moonshot", "kimi-k2.6", true),
        ("opencode_zen", "kimi-k2.6", true),
        ("openrouter", "moonshotai/kimi-k2.6", true),
        ("openrouter", "z-ai/glm-4.6", false),
        ("groq", "moonshotai/kimi-k2-instruct-0905", false),
    ] {
        let encoded = encode(provider, model, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        let parameters = &body["tools"][0]["function"]["parameters"];
        assert_eq!(parameters["properties"]["view"].get("type").is_some(), is_typed, "{provider}/{model}");
        // "schema must be a JSON Schema of 'type: "object"'" (OpenAI, DeepSeek)
        assert_eq!(parameters["type"], "object", "{provider}/{model}");
    }
}
