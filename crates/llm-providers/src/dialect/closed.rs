//! Whether a schema is one that OpenAI enforces ("Structured outputs", supported schemas): every object is closed, all its
//! members are required, no keyword is one that is not supported, and no pattern one that is not read. It refuses the whole request with any other that is to be enforced.

use serde_json::Value;
use toolgate_tool_types::JsonObject;

use super::patterns;

/// What is not enforced anywhere in a schema. `uniqueItems` was listed as a keyword of arrays that is not supported, and is
/// still one that pydantic-ai takes for incompatible (`_STRICT_INCOMPATIBLE_KEYS`).
const REFUSED: [&str; 9] =
    ["allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "uniqueItems"];
const FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
/// What hosts refuse besides that run other models ("minItems is not supported", Groq; "Unsupported JSON schema fields", Cerebras).
const BOUNDS: [&str; 13] = [
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minProperties",
    "maxProperties",
    "pattern",
    "format",
];

/// What a host enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strict {
    Closed,
    /// The same without bounds.
    Unbounded,
}

pub(super) fn is_enforced(schema: &JsonObject, strict: Strict) -> bool {
    // "Root objects must not be anyOf and must be an object."
    let is_root = |schema: &Value| {
        schema.get("type").is_some_and(|kind| *kind == "object") && schema.get("anyOf").is_none()
    };
    schema.read::<Value>().is_ok_and(|schema| is_root(&schema) && closed(&schema, strict))
}

fn closed(schema: &Value, strict: Strict) -> bool {
    let Value::Object(members) = schema else { return true };
    let is_object = schema.get("type").is_some_and(|kind| *kind == "object" || contains(kind, "object"));
    let no_members = serde_json::Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&no_members);
    let is_required = |name: &String| schema.get("required").is_some_and(|names| contains(names, name));
    if (is_object || !properties.is_empty())
        && (schema.get("additionalProperties") != Some(&Value::Bool(false))
            || !properties.keys().all(is_required))
    {
        return false;
    }
    let each = |schema: &Value| closed(schema, strict);
    members.iter().all(|(keyword, value)| match (keyword.as_str(), value) {
        ("properties" | "$defs" | "definitions", Value::Object(schemas)) => schemas.values().all(each),
        ("anyOf", Value::Array(schemas)) => schemas.iter().all(each),
        ("items", schema) => each(schema),
        (keyword, _) if strict == Strict::Unbounded && BOUNDS.contains(&keyword) => false,
        ("pattern", Value::String(pattern)) => patterns::is_readable(pattern),
        ("format", format) => FORMATS.iter().any(|known| *format == *known),
        (keyword, _) => !REFUSED.contains(&keyword),
    })
}

fn contains(list: &Value, wanted: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|item| *item == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_object_or_an_optional_member_anywhere_is_found() {
        let is_closed = |text: &str| is_enforced(&JsonObject::parse(text).unwrap(), Strict::Closed);
        let inner = r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#;
        let within = |place: &str| place.replace("INNER", inner);
        assert!(is_closed(inner));
        for (pattern, is_read) in [("^a+$", true), ("(?=a)", false)] {
            let text = format!(r#"{{"type":"string","pattern":"{pattern}"}}"#);
            assert_eq!(is_closed(&inner.replace(r#"{"type":"string"}"#, &text)), is_read, "{pattern}");
        }
        assert!(is_closed(&within(
            r#"{"type":"object","properties":{"x":{"anyOf":[INNER,{"type":"null"}]},"y":{"type":"string","format":"date"}},"required":["x","y"],"additionalProperties":false}"#
        )));
        for refused in [
            r#"{"oneOf":[INNER]}"#,
            r#"{"type":"string","format":"uri"}"#,
            r#"{"type":"array","items":{"type":"string"},"uniqueItems":true}"#,
            r#"{"type":"array","items":{"not":{"type":"string"}}}"#,
        ] {
            let place = r#"{"type":"object","properties":{"x":MEMBER},"required":["x"],"additionalProperties":false}"#;
            assert!(!is_closed(&within(&place.replace("MEMBER", refused))), "{refused}");
        }
        assert!(!is_closed(&within(r#"{"anyOf":[INNER]}"#)));
        assert!(!is_closed(&inner.replace(r#""type":"object""#, r#""type":["object","null"]"#)));
        assert!(!is_closed(r#"{"type":"object"}"#));
        assert!(!is_closed(&inner.replace(r#""required":["a"],"#, "")));
        assert!(!is_closed(&inner.replace(",\"additionalProperties\":false", "")));
        let open = r#"{"$defs":{"d":{"type":"object"}},"type":"object","properties":{},"additionalProperties":false}"#;
        assert!(!is_closed(open));
    }

    #[test]
    fn a_bound_anywhere_is_found_where_none_is_enforced() {
        let is_enforced = |member: &str, strict| {
            let schema = r#"{"type":"object","properties":{"pattern":MEMBER},"required":["pattern"],"additionalProperties":false}"#;
            is_enforced(&JsonObject::parse(&schema.replace("MEMBER", member)).unwrap(), strict)
        };
        assert!(is_enforced(r#"{"type":"string","enum":["a"]}"#, Strict::Unbounded));
        for bound in [
            r#"{"type":"array","items":{"type":"string"},"minItems":1}"#,
            r#"{"anyOf":[{"type":"integer","maximum":9},{"type":"null"}]}"#,
            r#"{"type":"array","items":{"type":"string","format":"date"}}"#,
        ] {
            assert!(is_enforced(bound, Strict::Closed), "{bound}");
            assert!(!is_enforced(bound, Strict::Unbounded), "{bound}");
        }
    }
}
