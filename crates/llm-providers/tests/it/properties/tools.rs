//! Schemas of arguments that nobody meant, by the keywords that there are and values of every kind.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use toolgate_llm_providers::{ChatRequest, Message, RenderedTools};
use toolgate_tool_types::Tool;

use crate::sample::{encode, provider, tool};

const KEYWORDS: [&str; 32] = [
    "type",
    "properties",
    "required",
    "items",
    "prefixItems",
    "additionalItems",
    "additionalProperties",
    "patternProperties",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "enum",
    "const",
    "pattern",
    "format",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "maxLength",
    "minItems",
    "uniqueItems",
    "description",
    "title",
    "default",
    "$ref",
    "$defs",
    "definitions",
    "nullable",
    "dependentRequired",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        prop::sample::select(vec![
            "string",
            "OBJECT",
            "array",
            "any",
            "a",
            "$b",
            "(?=a)",
            r"\p{L}",
            "^a$",
            r"^\0$",
            "#/$defs/a",
            "#/definitions/b",
        ])
        .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["a", "a", "$b"])),
        Just(json!(["string", "null"])),
    ]
}

/// A schema, or something in the place of one.
fn schema() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(5, 40, 5, |inner| {
        let named =
            prop::collection::vec((prop::sample::select(vec!["a", "b", "$b", "type"]), inner.clone()), 0..4)
                .prop_map(|members| {
                    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
                });
        let value =
            prop_oneof![inner.clone(), named, prop::collection::vec(inner, 0..3).prop_map(Value::from)];
        prop::collection::vec((prop::sample::select(KEYWORDS.to_vec()), value), 0..5).prop_map(object)
    })
}

fn object(members: Vec<(&str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// What Gemini takes as a schema: alternatives alone, or a type and what is of that type ("only allowed for OBJECT type", "items: missing
/// field", "must be the only field set").
fn is_gemini(schema: &Value) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{what}: {schema}"));
    let members = schema.as_object().ok_or("no object")?;
    if let Some(Value::Array(alternatives)) = members.get("anyOf") {
        return match members.len() {
            1 => alternatives.iter().try_for_each(is_gemini),
            _ => wrong("beside alternatives"),
        };
    }
    let Some(Value::String(kind)) = members.get("type") else { return wrong("no type") };
    for (of, keywords) in [
        ("object", &["properties", "required", "minProperties", "maxProperties"] as &[_]),
        ("array", &["items", "minItems", "maxItems"]),
        ("string", &["enum", "pattern", "minLength", "maxLength"]),
    ] {
        if kind != of && keywords.iter().any(|keyword: &&str| members.contains_key(*keyword)) {
            return wrong("of another type");
        }
    }
    let properties = members.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let required = members.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    if !required.iter().all(|name| properties.contains_key(name.as_str().unwrap_or_default())) {
        return wrong("demanded and unknown");
    }
    match members.get("items") {
        Some(items) => is_gemini(items)?,
        None if kind == "array" => return wrong("no items"),
        None => {}
    }
    properties.values().try_for_each(is_gemini)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a server calls a schema, it costs no request: it is one by the metaschema, of an object with properties, and
    /// Claude's keys are plain.
    #[test]
    fn no_schema_costs_a_request(members in prop::collection::vec((prop::sample::select(KEYWORDS.to_vec()), schema()), 0..6)) {
        let given = object(members);
        let request = ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool("t", &given.to_string())]);
        for (id, model, place) in [
            ("openai", "gpt-5.2", "/tools/0/function/parameters"),
            ("anthropic", "claude-opus-4-8", "/tools/0/input_schema"),
            ("bedrock", "us.amazon.nova-pro-v1:0", "/toolConfig/tools/0/toolSpec/inputSchema/json"),
            ("moonshot", "kimi-k2.6", "/tools/0/function/parameters"),
            ("llamacpp", "m", "/tools/0/function/parameters"),
        ] {
            let encoded = encode(id, model, &request).unwrap();
            let body: Value = serde_json::from_slice(&encoded.body).unwrap();
            let told = body.pointer(place).unwrap();
            prop_assert!(jsonschema::draft202012::meta::is_valid(told), "{id}: {told}\n{given}");
            prop_assert_eq!(&told["type"], "object", "{}: {}", id, given);
            prop_assert!(told["properties"].is_object(), "{id}: {told}\n{given}");
            for refused in ["anyOf", "oneOf", "allOf", "enum", "not"] {
                prop_assert!(told.get(refused).is_none(), "{id}: {told}\n{given}");
            }
            let has = |key: &str| told["properties"].get(key).is_some();
            prop_assert!(id != "anthropic" || !has("$b"), "{told}\n{given}");
            prop_assert!(id != "bedrock" || told.get("$defs").is_none(), "{told}\n{given}");
        }
    }

    #[test]
    fn gemini_gets_schemas_of_its_own(members in prop::collection::vec((prop::sample::select(KEYWORDS.to_vec()), schema()), 0..6)) {
        let tools: Arc<[Tool]> = [tool("t", &object(members).to_string())].into();
        let gemini = provider("gemini");
        let rendered = RenderedTools::new(gemini.dialect(), Arc::clone(&tools));
        let request = ChatRequest::new(vec![Message::user("u")]).with_tools(tools);
        let encoded = gemini.encode("gemini-3-flash-preview", &rendered, &request).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        if let Some(parameters) = body["tools"][0]["functionDeclarations"][0].get("parameters") {
            prop_assert_eq!(is_gemini(parameters), Ok(()));
        }
    }
}
