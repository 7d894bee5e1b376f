//! JSON Schemas of an untrusted server: bounded, compiled once, never fetched from anywhere.
//!
//! JSON Schema 2020-12 unless the schema declares another dialect (MCP 2026-07-28, basic, "JSON Schema Usage"). One that is
//! none of it is taken as it is meant, where that is plain.
//! Patterns run on a linear-time engine, so a hostile one costs no more than its length.

mod cycle;
mod look_ahead;
mod older;
#[cfg(test)]
mod suite;

use std::fmt;

use jsonschema::PatternOptions;
use serde_json::Value;
use toolgate_tool_types::JsonObject;

use crate::text::escaped;

/// The largest schema, in bytes: large honest ones have some ten thousand.
const MAX_BYTES: usize = 256 << 10;
/// The deepest nesting of objects and arrays: beyond it, compiling and validating would recurse too far.
const MAX_DEPTH: usize = 64;
/// The most objects and arrays in one schema.
const MAX_NODES: usize = 10_000;
/// The largest compiled pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;

/// A compiled schema.
pub(crate) struct Schema(jsonschema::Validator);

/// Where a value does not fit its schema, and what the schema wants there. Holds nothing of the value.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) pointer: String,
    pub(crate) reason: String,
}

impl Schema {
    /// Compiles `text`, or says why it is not used.
    pub(crate) fn compile(text: &JsonObject) -> Result<Self, String> {
        if text.as_str().len() > MAX_BYTES {
            return Err(format!("the schema is larger than {} KiB", MAX_BYTES >> 10));
        }
        let schema: Value = text.read().map_err(|error| format!("the schema is not readable: {error}"))?;
        Self::of_value(&schema)
    }

    fn of_value(schema: &Value) -> Result<Self, String> {
        let mut left = MAX_NODES;
        bounded(schema, MAX_DEPTH, &mut left)?;
        Self::build(schema).or_else(|refused| match older::told(schema) {
            told if told == *schema => Err(refused),
            told => Self::build(&told).map_err(|_| refused),
        })
    }

    fn build(schema: &Value) -> Result<Self, String> {
        cycle::refuse(schema)?;
        let mut options = options();
        if look_ahead::are_in(schema) {
            options = options.with_keyword("pattern", |_, value, _| look_ahead::pattern(value, compiled));
        }
        options.build(schema).map(Self).map_err(|error| {
            let at = match error.instance_path().as_str() {
                "" => String::new(),
                place => format!(" at {}", escaped(place)),
            };
            format!("the schema does not compile{at}: {}", escaped(&error.to_string()))
        })
    }

    /// Compiles the schema of a tool's arguments, which must be an object's.
    pub(crate) fn of_arguments(text: &JsonObject) -> Result<Self, String> {
        #[derive(serde::Deserialize)]
        struct Root {
            r#type: Option<Value>,
        }
        let root: Root = text.read().map_err(|error| error.to_string())?;
        if root.r#type.as_ref().and_then(Value::as_str) != Some("object") {
            return Err("expected an input schema of type \"object\"".to_owned());
        }
        Self::compile(text)
    }

    /// The first place where `value` does not fit.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Violation> {
        self.0.validate(value).map_err(|error| Violation {
            pointer: escaped(error.instance_path().as_str()),
            reason: escaped(&error.masked().to_string()),
        })
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

fn options<'a>() -> jsonschema::ValidationOptions<'a> {
    let patterns = PatternOptions::regex().size_limit(MAX_PATTERN);
    jsonschema::options().offline().with_pattern_options(patterns)
}

fn compiled(schema: &Value) -> Result<jsonschema::Validator, jsonschema::ValidationError<'static>> {
    options().build(schema).map_err(jsonschema::ValidationError::to_owned)
}

fn bounded(value: &Value, depth: usize, left: &mut usize) -> Result<(), String> {
    let children: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Object(members) => Box::new(members.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => return Ok(()),
    };
    let Some(depth) = depth.checked_sub(1) else {
        return Err(format!("the schema is nested deeper than {MAX_DEPTH}"));
    };
    *left = left.checked_sub(1).ok_or_else(|| format!("the schema has more than {MAX_NODES} parts"))?;
    for child in children {
        bounded(child, depth, left)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compile(text: &str) -> Result<Schema, String> {
        Schema::of_arguments(&JsonObject::parse(text).unwrap())
    }

    fn nested(depth: usize) -> String {
        let open = r#"{"type":"object","properties":{"a":"#.repeat(depth);
        format!("{open}{{}}{}", "}}".repeat(depth))
    }

    #[test]
    fn hostile_schemas_are_refused_with_the_reason() {
        for (schema, reason) in [
            ("{}".to_owned(), "type \"object\""),
            (r#"{"type":"object","properties":5}"#.to_owned(), "compile"),
            (r#"{"type":"object","properties":{"a":{"pattern":"("}}}"#.to_owned(), "compile"),
            (
                r#"{"type":"object","properties":{"a":{"$ref":"http://169.254.169.254/"}}}"#.to_owned(),
                "compile",
            ),
            (r#"{"type":"object","properties":{"a":{"$ref":"file:///etc/passwd"}}}"#.to_owned(), "compile"),
            (r#"{"type":"object","$schema":"https://evil.example/dialect"}"#.to_owned(), "compile"),
            (nested(40), "deeper"),
            (format!(r#"{{"type":"object","description":"{}"}}"#, "x".repeat(1 << 20)), "larger"),
            (format!(r#"{{"type":"object","enum":[{}[]]}}"#, "[],".repeat(20_000)), "parts"),
        ] {
            let refused = compile(&schema).unwrap_err();
            assert!(refused.contains(reason), "{refused} for {}", &schema[..schema.len().min(80)]);
        }
    }

    #[test]
    fn what_does_not_compile_is_named_with_its_place() {
        for (schema, place) in [
            (
                r#"{"type":"object","properties":{"ttl":{"minimum":"1"}}}"#,
                "at /properties/ttl/minimum: \"1\" is not of type \"number\"",
            ),
            (r#"{"type":"object","required":"a"}"#, "at /required: \"a\" is not of type \"array\""),
            (r#"{"type":"object","properties":{"a":{"type":"text"}}}"#, "at /properties/a/type: \"text\""),
            (r#"{"type":"object","properties":{"\u001b":{"type":1}}}"#, "at /properties/\\u{1b}/type: "),
        ] {
            let refused = compile(schema).unwrap_err();
            assert!(refused.contains(place), "{refused}");
        }
    }

    /// MB-12: as servers write them that name no draft.
    #[test]
    fn words_of_older_drafts_hold() {
        let schema = compile(
            r##"{"type":"object","required":true,"properties":{
                "above":{"type":"number","minimum":1,"exclusiveMinimum":true},
                "from":{"type":"number","minimum":1,"exclusiveMinimum":false},
                "below":{"anyOf":[{"maximum":9,"exclusiveMaximum":true}]},
                "pair":{"items":[{"type":"string"},{"type":"any"}],"additionalItems":false},
                "list":{"type":"array","items":[],"additionalItems":{"type":"integer"}},
                "demanded":{"type":"string","required":true},
                "exclusiveMinimum":{"enum":[{"exclusiveMinimum":true}]},
                "nothing":{"const":null}}}"##,
        )
        .unwrap();
        let good = json!({"above": 1.5, "from": 1, "below": 8, "pair": ["a", 1], "list": [1], "demanded": "",
            "exclusiveMinimum": {"exclusiveMinimum": true}, "nothing": null});
        assert!(schema.check(&good).is_ok());
        for (name, bad) in [
            ("above", json!(1)),
            ("from", json!(0)),
            ("below", json!(9)),
            ("pair", json!([1])),
            ("pair", json!(["a", 1, 1])),
            ("list", json!(["a"])),
            ("exclusiveMinimum", json!({})),
            ("nothing", json!(0)),
        ] {
            let mut value = good.clone();
            value[name] = bad;
            assert!(schema.check(&value).is_err(), "{name}");
        }
        assert!(schema.check(&json!({})).is_err(), "demanded");
    }

    #[test]
    fn what_is_nothing_in_other_languages_is_nothing() {
        let schema = compile(
            r#"{"type":"object","title":null,"properties":{"a":{"type":"string","enum":null,"description":null,
                "default":null}},"required":null,"additionalProperties":null,"$defs":[]}"#,
        );
        assert!(schema.unwrap().check(&json!({"a": 1})).is_err());
        assert!(compile(r#"{"type":"object","properties":[]}"#).unwrap().check(&json!({"a": 1})).is_ok());
        assert!(compile(r#"{"type":"object","properties":[1]}"#).is_err());
    }

    #[test]
    fn a_draft_that_is_named_is_held_to() {
        let draft4 = r#""$schema":"http://json-schema.org/draft-04/schema#""#;
        let schema = compile(&format!(
            r#"{{{draft4},"type":"object","properties":{{"a":{{"minimum":1,"exclusiveMinimum":true}}}},"required":null}}"#
        ));
        assert!(schema.unwrap().check(&json!({"a": 1})).is_err());
        let draft7 = draft4.replace("04", "07");
        assert!(
            compile(&format!(r#"{{{draft7},"type":"object","minimum":1,"exclusiveMinimum":true}}"#)).is_err()
        );
    }

    #[test]
    fn a_violation_names_the_place_and_not_the_value() {
        let schema = compile(r#"{"type":"object","properties":{"n":{"type":"integer"}}}"#).unwrap();
        let violation = schema.check(&serde_json::json!({"n": "canary"})).unwrap_err();
        assert_eq!(violation.pointer, "/n");
        assert!(
            violation.reason.contains("integer") && !violation.reason.contains("canary"),
            "{violation:?}"
        );
    }

    /// MB-13: as zod writes an e-mail address and a host name, and as people write passwords; in linear time.
    #[test]
    fn a_pattern_may_look_ahead_from_its_beginning() {
        let email = r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$";
        let host = r"^(?=.{1,253}\.?$)[a-z0-9](?:[-0-9a-z]{0,61}[0-9a-z])?(?:\.[a-z0-9]+)*\.?$";
        let password = r"^(?=.*\d)(?=.*[a-z)(|]).{8,}$";
        for dialect in
            ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"]
        {
            let schema = json!({"$schema": dialect, "type": "object", "properties": {
                "to": {"type": "array", "items": {"type": "string", "pattern": email}},
                "host": {"pattern": host}, "password": {"pattern": password}, "n": {"pattern": r"^\d+$"},
                "pattern": {"type": "string"}, "as_it_is": {"enum": [{"pattern": email}, 1]},
            }});
            let schema = Schema::of_value(&schema).unwrap();
            let long = "a".repeat(254);
            for good in [
                json!({"to": ["a.b@example.com"], "host": "a.example", "password": "secret 12", "n": "12"}),
                json!({"host": 7, "pattern": "x", "as_it_is": {"pattern": email}}),
            ] {
                assert!(schema.check(&good).is_ok(), "{good}");
            }
            for (bad, at) in [
                (json!({"to": ["a@b.example", ".a@example.com"]}), "/to/1"),
                (json!({"to": ["a..b@example.com"]}), "/to/0"),
                (json!({"to": ["nobody"]}), "/to/0"),
                (json!({"host": long}), "/host"),
                (json!({"host": "-a"}), "/host"),
                (json!({"password": "secret no digit"}), "/password"),
                (json!({"password": "s1"}), "/password"),
                (json!({"n": "x"}), "/n"),
            ] {
                let violation = schema.check(&bad).unwrap_err();
                assert_eq!(violation.pointer, at, "{bad}: {}", violation.reason);
                assert!(violation.reason.starts_with("value does not match \"^"), "{}", violation.reason);
            }
        }
        for elsewhere in
            [r"^a(?!b)", r"(?=a)b", r"^(?!a)b|c", r"^(?!a)*b", r"^(?!a(b", r"^(?=a)\1", r"^(?!a)b)"]
        {
            let schema = json!({"type": "object", "properties": {"a": {"pattern": elsewhere}}});
            assert!(Schema::of_value(&schema).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn a_recursive_schema_that_eats_its_input_is_fine() {
        let tree = r##"{"type":"object","properties":{"child":{"$ref":"#"},"n":{"$ref":"#/$defs/n"}},"$defs":{"n":{"type":"integer"}}}"##;
        let schema = compile(tree).unwrap();
        assert!(schema.check(&serde_json::json!({"child": {"child": {"n": 1}}})).is_ok());
        assert_eq!(schema.check(&serde_json::json!({"child": {"n": "x"}})).unwrap_err().pointer, "/child/n");
    }
}
