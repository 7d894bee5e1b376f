//! Tools as a host takes them.

use serde_json::{Value, json};
use toolgate_llm_providers::{ChatRequest, Message};
use toolgate_tool_types::{JsonObject, Tool};

use crate::sample::{encode, losses};

fn offered(id: &str, description: &str, schema: &str) -> (Value, Vec<String>) {
    let tool = Tool::new("t".parse().unwrap(), description, JsonObject::parse(schema).unwrap());
    let encoded =
        encode(id, "m", &ChatRequest::new(vec![Message::user("u")]).with_tools(vec![tool])).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    (body["tools"][0].clone(), losses(&encoded).into_iter().map(str::to_owned).collect())
}

/// "When using anyOf, type should be defined in anyOf items instead of the parent schema" (Moonshot).
#[test]
fn alternatives_have_their_types_at_moonshot() {
    let given =
        r#"{"type":"object","properties":{"x":{"type":"string","anyOf":[{"minLength":1},{"pattern":"a"}]}}}"#;
    let typed = json!({"anyOf": [{"type": "string", "minLength": 1}, {"type": "string", "pattern": "a"}]});
    for id in ["moonshot", "moonshot_cn", "kimi_coding"] {
        let (tool, lost) = offered(id, "", given);
        assert_eq!((&tool["function"]["parameters"]["properties"]["x"], lost.len()), (&typed, 0), "{id}");
    }
    let (tool, _) = offered("openai", "", given);
    assert_eq!(tool["function"]["parameters"], serde_json::from_str::<Value>(given).unwrap());
}

#[test]
fn a_long_description_is_cut_at_azure() {
    let long = "ä".repeat(1025);
    let schema = r#"{"type":"object","properties":{}}"#;
    for (id, place) in [("azure", "/function/description"), ("azure_responses", "/description")] {
        let (tool, lost) = offered(id, &long, schema);
        let sent = tool.pointer(place).and_then(Value::as_str).unwrap();
        assert_eq!((sent.chars().count(), lost.as_slice()), (1024, &["tools[0].description".to_owned()][..]));
        assert_eq!(offered(id, &long[2..], schema).1, [""; 0]);
    }
    assert_eq!(offered("openai", &long, schema).1, [""; 0]);
}
