//! Schemas of arguments with what JSON Schema leaves out and providers demand: `properties` of the arguments, `items` of
//! every array. With one tool that lacks them OpenAI refuses the whole request ("object schema missing properties", "array
//! schema missing items"), and servers of MCP leave them out all the time.
//!
//! Nothing else is said by it: no properties and items of any kind are what their absence means, and arguments are an object, whatever
//! their type is said to be. A keyword whose value is
//! null, as programs write a list that is none, says nothing and is left out. A schema that is `true` or `false`, as Go's
//! `interface{}` becomes one, is the object that says the same: Fireworks fails at it. Half a character in a text is replaced.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;
use toolgate_tool_types::{JsonObject, Tool};

use super::extra::object;
use super::lenient::Members;
use super::surrogates;

/// Deeper than any honest schema: what is below is left to the provider to refuse.
const MAX_DEPTH: usize = 64;
/// Keywords of which null is a value like any other.
const TAKES_NULL: [&str; 5] = ["default", "const", "enum", "example", "examples"];

/// The tools with whole schemas: the same ones where nothing is missing.
pub(super) fn tools(tools: &Arc<[Tool]>) -> Arc<[Tool]> {
    let filled: Vec<Option<JsonObject>> =
        tools.iter().map(|tool| arguments(tool.input_schema.as_raw())).collect();
    if filled.iter().all(Option::is_none) {
        return Arc::clone(tools);
    }
    let whole = |(tool, filled): (&Tool, Option<JsonObject>)| {
        let mut tool = tool.clone();
        if let Some(filled) = filled {
            tool.input_schema = filled;
        }
        tool
    };
    tools.iter().zip(filled).map(whole).collect()
}

fn arguments(raw: &RawValue) -> Option<JsonObject> {
    if let Cow::Owned(mended) = surrogates::mended(raw.get()) {
        let mended = JsonObject::parse(&mended).ok()?;
        return arguments(mended.as_raw()).or(Some(mended));
    }
    let mut members = members(raw, 0)?;
    let mut is_changed = members.is_changed;
    // "schema must be a JSON Schema of 'type: \"object\"'"
    for (_, kind) in members.members.iter_mut().filter(|(keyword, _)| keyword == "type") {
        is_changed |= kind != "\"object\"";
        *kind = Cow::Borrowed("\"object\"");
    }
    if !members.has("properties") {
        members.add("properties", "{}");
        is_changed = true;
    }
    // What repeats a member, and is no object, stays as it is.
    if is_changed { JsonObject::parse(&members.into_json()).ok() } else { None }
}

/// A schema's members as they are to be written.
struct Filled<'a> {
    members: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    is_changed: bool,
}

impl Filled<'_> {
    fn has(&self, wanted: &str) -> bool {
        self.members.iter().any(|(keyword, _)| keyword == wanted)
    }

    fn add(&mut self, keyword: &'static str, value: &'static str) {
        self.members.push((keyword.into(), value.into()));
        self.is_changed = true;
    }

    fn into_json(self) -> String {
        object(&self.members)
    }
}

/// The members of the schema, if it has any that can be read.
fn members(raw: &RawValue, depth: usize) -> Option<Filled<'_>> {
    if depth == MAX_DEPTH {
        return None;
    }
    let Members(read) = serde_json::from_str(raw.get()).ok()?;
    let mut filled = Filled { members: Vec::with_capacity(read.len() + 1), is_changed: false };
    let mut is_array = false;
    for (keyword, value) in read {
        if value.get() == "null" && !TAKES_NULL.contains(&&*keyword) {
            filled.is_changed = true;
            continue;
        }
        is_array |= keyword == "type" && value.get().contains("\"array\"");
        let written = within(&keyword, value, depth + 1);
        filled.is_changed |= written.is_some();
        filled.members.push((keyword, written.map_or(Cow::Borrowed(value.get()), Cow::Owned)));
    }
    if is_array && !filled.has("items") {
        filled.add("items", "{}");
    }
    Some(filled)
}

/// The value of a keyword, where something in it was missing.
fn within(keyword: &str, value: &RawValue, depth: usize) -> Option<String> {
    match keyword {
        "properties" | "$defs" | "definitions" | "patternProperties" | "dependentSchemas" => {
            let Members(schemas) = serde_json::from_str(value.get()).ok()?;
            let mut is_changed = false;
            let mut written = Vec::with_capacity(schemas.len());
            for (name, schema) in schemas {
                let filled = member(schema, depth);
                is_changed |= filled.is_some();
                written.push((name, filled.map_or(Cow::Borrowed(schema.get()), Cow::Owned)));
            }
            is_changed.then(|| object(&written))
        }
        "items" | "prefixItems" | "anyOf" | "oneOf" | "allOf" if value.get().starts_with('[') => {
            let schemas: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            let filled: Vec<Option<String>> = schemas.iter().map(|schema| member(schema, depth)).collect();
            if filled.iter().all(Option::is_none) {
                return None;
            }
            let each = schemas.iter().zip(&filled);
            let each = each.map(|(schema, filled)| filled.as_deref().unwrap_or(schema.get()));
            Some(format!("[{}]", each.collect::<Vec<_>>().join(",")))
        }
        "items" => member(value, depth),
        "additionalProperties"
        | "not"
        | "if"
        | "then"
        | "else"
        | "contains"
        | "propertyNames"
        | "additionalItems"
        | "unevaluatedItems"
        | "unevaluatedProperties" => whole(value, depth),
        _ => None,
    }
}

/// The schema of a value, where something was missing in it, or where it was no object.
fn member(raw: &RawValue, depth: usize) -> Option<String> {
    match raw.get() {
        "true" => Some("{}".to_owned()),
        "false" => Some(r#"{"not":{}}"#.to_owned()),
        _ => whole(raw, depth),
    }
}

/// The schema, where something was missing in it.
fn whole(raw: &RawValue, depth: usize) -> Option<String> {
    members(raw, depth).filter(|members| members.is_changed).map(Filled::into_json)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(schema: &str) -> String {
        let schema = JsonObject::parse(schema).unwrap();
        let given: Arc<[Tool]> = [Tool::new("t".parse().unwrap(), "", schema)].into();
        tools(&given)[0].input_schema.as_str().to_owned()
    }

    #[test]
    fn a_whole_schema_is_the_same() {
        let schema = r#"{"type":"object","properties":{"a":{"type":"array","items":{"type":"string"}},"b":{"default":null,"enum":["x",null]}}}"#;
        let given: Arc<[Tool]> =
            [Tool::new("t".parse().unwrap(), "", JsonObject::parse(schema).unwrap())].into();
        assert!(Arc::ptr_eq(&given, &tools(&given)));
    }

    #[test]
    fn what_is_missing_is_said() {
        for (schema, whole) in [
            (r#"{"type":"object"}"#, r#"{"type":"object","properties":{}}"#),
            (
                r#"{"type":"object","properties":null,"required":null}"#,
                r#"{"type":"object","properties":{}}"#,
            ),
            (
                r#"{"properties":{"a":{"description":"\ud83d"}}}"#,
                r#"{"properties":{"a":{"description":"\ufffd"}}}"#,
            ),
            (
                r#"{"type":"object","properties":{"a":{"type":"array","description":"A"}}}"#,
                r#"{"type":"object","properties":{"a":{"type":"array","description":"A","items":{}}}}"#,
            ),
            (
                r#"{"type":"object","properties":{"a":{"type":["string","array"]}},"required":["a"]}"#,
                r#"{"type":"object","properties":{"a":{"type":["string","array"],"items":{}}},"required":["a"]}"#,
            ),
            (
                r#"{"properties":{"a":{"anyOf":[{"type":"null"},{"type":"array","items":{"type":"array"}}]}}}"#,
                r#"{"properties":{"a":{"anyOf":[{"type":"null"},{"type":"array","items":{"type":"array","items":{}}}]}}}"#,
            ),
            (
                r#"{"properties":{"a":{"additionalProperties":{"type":"array"}}},"$defs":{"x":{"type":"array"}}}"#,
                r#"{"properties":{"a":{"additionalProperties":{"type":"array","items":{}}}},"$defs":{"x":{"type":"array","items":{}}}}"#,
            ),
            (
                r#"{"properties":{"a":true,"b":false,"c":{"anyOf":[true],"items":true}},"additionalProperties":false}"#,
                r#"{"properties":{"a":{},"b":{"not":{}},"c":{"anyOf":[{}],"items":{}}},"additionalProperties":false}"#,
            ),
        ] {
            assert_eq!(filled(schema), whole, "{schema}");
        }
    }

    #[test]
    fn a_property_of_a_keywords_name_is_none() {
        let schema = r#"{"properties":{"properties":{"type":"string"},"items":{"type":"string"}}}"#;
        assert_eq!(filled(schema), schema);
        let named = r#"{"properties":{"type":{"enum":["array"]}}}"#;
        assert_eq!(filled(named), named);
    }

    #[test]
    fn what_is_hostile_is_survived() {
        for schema in [
            r#"{"properties":[{"type":"array"}]}"#,
            r#"{"properties":{"a":true,"b":[],"c":1},"items":7,"anyOf":{"type":"array"}}"#,
            &format!(
                r#"{{"properties":{{}},"items":{}{{}}{}}}"#,
                r#"{"items":"#.repeat(100),
                "}".repeat(100)
            ),
        ] {
            let _ = filled(schema);
        }
    }
}
