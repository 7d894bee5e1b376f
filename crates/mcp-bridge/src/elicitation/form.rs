//! The answer to a form: filled up with defaults (SEP-1034) and checked against the form's schema.

use serde_json::{Map, Value};
use toolgate_tool_types::JsonObject;

use crate::schema::Schema;

/// `content` with the defaults of `schema` for what is missing, if the whole fits.
pub(super) fn filled(schema: &JsonObject, content: &JsonObject) -> Result<Value, String> {
    let fields: Value = schema.read().map_err(|error| error.to_string())?;
    let mut content: Map<String, Value> = content.read().map_err(|error| error.to_string())?;
    for (name, field) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Some(default) = field.get("default") {
            content.entry(name).or_insert_with(|| default.clone());
        }
    }
    let content = Value::Object(content);
    Schema::compile(schema)?.check(&content).map_err(|violation| {
        format!("the answer does not fit the form at {:?}: {}", violation.pointer, violation.reason)
    })?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_fill_gaps_only_and_the_whole_must_fit() {
        let schema = JsonObject::parse(
            r#"{"type":"object","properties":{"a":{"type":"string","default":"x"},"n":{"type":"integer","default":1}},"required":["n"]}"#,
        )
        .unwrap();
        let fill = |text| filled(&schema, &JsonObject::parse(text).unwrap());
        assert_eq!(fill("{}"), Ok(json!({"a": "x", "n": 1})));
        assert_eq!(fill(r#"{"a":"y"}"#), Ok(json!({"a": "y", "n": 1})));
        assert!(fill(r#"{"n":"canary"}"#).unwrap_err().contains("/n"));
    }
}
