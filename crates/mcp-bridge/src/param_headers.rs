//! `x-mcp-header`: arguments that a server wants repeated in `Mcp-Param-*` headers, so that gateways can route without
//! reading bodies (MCP 2026-07-28, basic/transports, "Custom Headers").
//!
//! A tool whose annotations break the rules is left out, as the standard demands. The prefix is ours, so no annotation
//! can set `Authorization` or any other header of the transport.

use std::collections::HashSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

const KEYWORD: &str = "x-mcp-header";

/// The annotations of one tool: where the argument is, and the header that repeats it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ParamHeaders(Vec<(Vec<String>, HeaderName)>);

impl ParamHeaders {
    /// Reads the annotations of an input schema.
    pub(crate) fn read(schema: &Value) -> Result<Self, String> {
        let mut found = Vec::new();
        let mut names = HashSet::new();
        properties(schema, &mut Vec::new(), &mut |path, property, header| {
            found.push((path.to_vec(), annotation(property, header, &mut names)?));
            Ok(())
        })?;
        if occurrences(schema) != found.len() {
            return Err(format!(
                "{KEYWORD} may only annotate properties that are reached through properties"
            ));
        }
        Ok(Self(found))
    }

    /// The headers for a call with these arguments. Absent and null arguments have none.
    pub(crate) fn of(&self, arguments: &Map<String, Value>) -> Vec<(HeaderName, HeaderValue)> {
        self.0.iter().filter_map(|(path, name)| Some((name.clone(), value(at(arguments, path)?)?))).collect()
    }
}

type Visit<'v> = dyn FnMut(&[String], &Value, &Value) -> Result<(), String> + 'v;

fn properties(schema: &Value, path: &mut Vec<String>, visit: &mut Visit<'_>) -> Result<(), String> {
    let Some(Value::Object(members)) = schema.get("properties") else { return Ok(()) };
    for (name, property) in members {
        path.push(name.clone());
        if let Some(header) = property.get(KEYWORD) {
            visit(path, property, header)?;
        }
        properties(property, path, visit)?;
        path.pop();
    }
    Ok(())
}

fn annotation(property: &Value, header: &Value, names: &mut HashSet<String>) -> Result<HeaderName, String> {
    let token = header.as_str().unwrap_or_default().to_ascii_lowercase();
    if token.is_empty() {
        return Err(format!("{KEYWORD} must be a name"));
    }
    let name = HeaderName::from_bytes(format!("mcp-param-{token}").as_bytes())
        .map_err(|_| format!("{KEYWORD} must be an RFC 9110 token"))?;
    if !matches!(property.get("type").and_then(Value::as_str), Some("string" | "integer" | "boolean")) {
        return Err(format!("{KEYWORD} may only annotate a string, an integer or a boolean"));
    }
    if !names.insert(token) {
        return Err(format!("{KEYWORD} stands twice with one name"));
    }
    Ok(name)
}

/// How often the keyword stands anywhere but in instance values.
fn occurrences(schema: &Value) -> usize {
    match schema {
        Value::Object(members) => members
            .iter()
            .map(|(keyword, value)| match keyword.as_str() {
                KEYWORD => 1,
                "default" | "const" | "enum" | "examples" => 0,
                "properties" | "$defs" | "definitions" | "patternProperties" | "dependentSchemas" => {
                    value.as_object().map_or(0, |map| map.values().map(occurrences).sum())
                }
                _ => occurrences(value),
            })
            .sum(),
        Value::Array(items) => items.iter().map(occurrences).sum(),
        _ => 0,
    }
}

fn at<'a>(arguments: &'a Map<String, Value>, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(arguments.get(first)?, |value, name| value.get(name))
}

fn value(argument: &Value) -> Option<HeaderValue> {
    let text = match argument {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    let mut value = self::text(&text)?;
    // An argument may be confidential: it is not to show in anybody's debug output.
    value.set_sensitive(true);
    Some(value)
}

/// `text` as a header, wrapped where it would not come through as it is.
pub(crate) fn text(text: &str) -> Option<HeaderValue> {
    let plain = text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
        && text.trim_matches([' ', '\t']).len() == text.len()
        && !(text.starts_with("=?base64?") && text.ends_with("?="));
    let header = |text: &str| HeaderValue::from_str(text).ok();
    if plain { header(text) } else { header(&format!("=?base64?{}?=", BASE64_STANDARD.encode(text))) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_repeated_and_unsafe_values_wrapped() {
        let schema = json!({"properties": {
            "a": {"type": "string", "x-mcp-header": "Tenant"},
            "b": {"properties": {"c": {"type": "integer", "x-mcp-header": "Authorization"}}},
            "d": {"type": "string", "x-mcp-header": "None"},
            "e": {"type": "boolean", "x-mcp-header": "Sure"},
            "x-mcp-header": {"type": "string"}}});
        let headers = ParamHeaders::read(&schema).unwrap();
        let of = |arguments: Value| headers.of(arguments.as_object().unwrap());
        let plain = of(json!({"a": "acme", "b": {"c": 7}, "d": null}));
        assert_eq!(plain[0], (HeaderName::from_static("mcp-param-tenant"), HeaderValue::from_static("acme")));
        assert_eq!(plain[1].0, "mcp-param-authorization");
        assert_eq!(plain.len(), 2);
        assert_eq!(of(json!({"a": " ü"}))[0].1, "=?base64?IMO8?=");
        for (argument, sent) in [
            ("=?base64?x?=", "=?base64?PT9iYXNlNjQ/eD89?="),
            ("=?base64?x", "=?base64?x"),
            (" a", "=?base64?IGE=?="),
            ("a\r\nb", "=?base64?YQ0KYg==?="),
        ] {
            assert_eq!(of(json!({"a": argument}))[0].1, sent, "{argument:?}");
        }
        assert_eq!(of(json!({"e": true}))[0].1, "true");
    }

    #[test]
    fn broken_annotations_are_refused() {
        for property in [
            json!({"type": "string", "x-mcp-header": ""}),
            json!({"type": "string", "x-mcp-header": 1}),
            json!({"type": "string", "x-mcp-header": "A\r\nX: y"}),
            json!({"type": "string", "x-mcp-header": "a b"}),
            json!({"type": "string", "x-mcp-header": "a:b"}),
            json!({"type": "string", "x-mcp-header": "é"}),
            json!({"type": "number", "x-mcp-header": "A"}),
            json!({"type": "array", "items": {"type": "string", "x-mcp-header": "A"}}),
            json!({"anyOf": [{"type": "string", "x-mcp-header": "A"}]}),
        ] {
            assert!(ParamHeaders::read(&json!({"properties": {"a": property}})).is_err(), "{property}");
        }
        let twice = json!({"properties": {"a": {"type": "string", "x-mcp-header": "A"},
            "b": {"type": "string", "x-mcp-header": "a"}}});
        assert!(ParamHeaders::read(&twice).is_err());
        assert!(ParamHeaders::read(&json!({"x-mcp-header": "A"})).is_err());
    }
}
