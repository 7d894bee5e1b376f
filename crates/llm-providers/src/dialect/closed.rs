//! Whether a schema is one that OpenAI enforces ("Structured outputs", supported schemas, and what its own SDK refuses to send,
//! `toStrictJsonSchema`): every object is closed, all its members are required, each schema says its type, no keyword is one that is
//! not supported, and no pattern one that is not read. It refuses the whole request with any other that is to be enforced.

use serde_json::{Map, Value};
use toolgate_tool_types::JsonObject;

use super::patterns;

/// What is not enforced anywhere in a schema. `uniqueItems` was listed as a keyword of arrays that is not supported, and is
/// still one that pydantic-ai takes for incompatible (`_STRICT_INCOMPATIBLE_KEYS`).
const REFUSED: [&str; 9] =
    ["allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "uniqueItems"];
/// What OpenAI does not enforce besides (`JSON_SCHEMA_UNSUPPORTED_SCHEMA_KEYWORDS` of its SDK): some of it is refused, and of
/// `prefixItems` nothing is read, so that a tuple is an "array schema missing items".
const REFUSED_BY_OPENAI: [&str; 20] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveAnchor",
    "$recursiveRef",
    "additionalItems",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "dependencies",
    "maxContains",
    "maxProperties",
    "minContains",
    "minProperties",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];
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
    /// As OpenAI does.
    Closed,
    /// The same without defaults, as at Azure.
    WithoutDefaults,
    /// Closed objects without bounds, at hosts of other models: of what else OpenAI wants, they say nothing.
    Unbounded,
}

pub(super) fn is_enforced(schema: &JsonObject, strict: Strict) -> bool {
    // "Root objects must not be anyOf and must be an object."
    let is_root = |schema: &Value| {
        schema.get("type").is_some_and(|kind| *kind == "object") && schema.get("anyOf").is_none()
    };
    schema
        .read::<Value>()
        .is_ok_and(|schema| is_root(&schema) && Enforcer { root: &schema, strict }.enforces(&schema))
}

struct Enforcer<'a> {
    root: &'a Value,
    strict: Strict,
}

impl Enforcer<'_> {
    fn enforces(&self, schema: &Value) -> bool {
        let is_openai = self.strict != Strict::Unbounded;
        // A boolean says no type.
        let Value::Object(members) = schema else { return !is_openai };
        is_closed(members)
            && (!is_openai || self.is_typed(members))
            && members.iter().all(|(keyword, value)| self.takes(members, keyword, value))
    }

    /// "schema must have a 'type' key": also beside `const`. "$ref cannot have keywords {'description'}".
    fn is_typed(&self, members: &Map<String, Value>) -> bool {
        if let Some(reference) = members.get("$ref") {
            return members.len() == 1 && self.is_known(reference);
        }
        let has_items = !is(members, "array") || members.contains_key("items");
        has_items && (members.contains_key("type") || members.contains_key("anyOf"))
    }

    fn is_known(&self, reference: &Value) -> bool {
        let pointer = reference.as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.is_some_and(|pointer| self.root.pointer(pointer).is_some())
    }

    fn takes(&self, members: &Map<String, Value>, keyword: &str, value: &Value) -> bool {
        let is_refused = match self.strict {
            Strict::Unbounded => BOUNDS.contains(&keyword),
            Strict::Closed => REFUSED_BY_OPENAI.contains(&keyword),
            Strict::WithoutDefaults => keyword == "default" || REFUSED_BY_OPENAI.contains(&keyword),
        };
        if is_refused || REFUSED.contains(&keyword) {
            return false;
        }
        match (keyword, value) {
            ("properties" | "$defs" | "definitions", Value::Object(schemas)) => {
                schemas.values().all(|schema| self.enforces(schema))
            }
            ("anyOf", Value::Array(schemas)) => schemas.iter().all(|schema| self.enforces(schema)),
            ("items", schema) => self.enforces(schema),
            ("pattern", Value::String(pattern)) => patterns::is_readable(pattern),
            // "'uri' is not a valid format": of a text. Of a number any is taken, such as `uint8`.
            ("format", format) => {
                let is_text = !members.contains_key("type") || is(members, "string");
                !is_text || FORMATS.iter().any(|known| *format == *known)
            }
            _ => true,
        }
    }
}

/// Whether no other members than those that it names can be there, if it is an object, and each of those must be.
fn is_closed(members: &Map<String, Value>) -> bool {
    let no_members = Map::new();
    let properties = members.get("properties").and_then(Value::as_object).unwrap_or(&no_members);
    if !is(members, "object") && properties.is_empty() {
        return true;
    }
    let required = members.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is_named = |name: &Value| name.as_str().is_some_and(|name| properties.contains_key(name));
    members.get("additionalProperties") == Some(&Value::Bool(false))
        && properties.keys().all(|name| required.iter().any(|required| required == name))
        // "Extra required key 'y' supplied."
        && required.iter().all(is_named)
}

/// Whether it says that it is of this type, or may be.
fn is(members: &Map<String, Value>, wanted: &str) -> bool {
    members.get("type").is_some_and(|kind| *kind == wanted || contains(kind, wanted))
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

    /// Each closed, with all members required, and refused with the whole request: "$ref cannot have keywords {'description'}", "schema
    /// must have a 'type' key", "array schema missing items", "Extra required key 'y' supplied".
    #[test]
    fn what_openai_refuses_of_closed_objects_is_found() {
        let is_enforced = |member: &str, strict| {
            let schema = r##"{"type":"object","properties":{"x":MEMBER},"required":["x"],"additionalProperties":false,"$defs":{"X":{"type":"string"}}}"##;
            is_enforced(&JsonObject::parse(&schema.replace("MEMBER", member)).unwrap(), strict)
        };
        for refused in [
            r##"{"$ref":"#/$defs/X","description":"d"}"##,
            r##"{"$ref":"#/$defs/Y"}"##,
            r#"{"$ref":"https://schemas.example/x.json"}"#,
            r#"{"title":"X"}"#,
            r#"{"const":"a"}"#,
            "true",
            r#"{"type":"array"}"#,
            r#"{"type":["array","null"]}"#,
            r#"{"type":"array","items":{}}"#,
            r#"{"type":"array","items":[{"type":"string"}]}"#,
            r#"{"type":"array","prefixItems":[{"type":"string"}]}"#,
            r#"{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"null"}}"#,
            r#"{"type":"object","properties":{},"required":["y"],"additionalProperties":false}"#,
            r#"{"type":"object","properties":{},"patternProperties":{},"additionalProperties":false}"#,
            r#"{"anyOf":[{"type":"string"},{}]}"#,
            r#"{"type":["string","null"],"format":"uri"}"#,
        ] {
            assert!(!is_enforced(refused, Strict::Closed), "{refused}");
        }
        for taken in [
            r##"{"$ref":"#/$defs/X"}"##,
            r##"{"$ref":"#"}"##,
            r##"{"anyOf":[{"$ref":"#/$defs/X"},{"type":"null"}],"description":"d"}"##,
            r#"{"type":"string","const":"a","title":"t","examples":["a"]}"#,
            r#"{"type":["string","null"],"enum":["a",null]}"#,
            r#"{"type":"array","items":{"type":"string"},"minItems":1}"#,
            r#"{"type":"integer","format":"uint8","minimum":0}"#,
        ] {
            assert!(is_enforced(taken, Strict::Closed), "{taken}");
        }
        // Of these others say nothing.
        let tuple = r#"{"type":"array","prefixItems":[{"type":"string"}],"items":false}"#;
        assert!(is_enforced(tuple, Strict::Unbounded));
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
