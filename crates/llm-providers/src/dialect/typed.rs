//! Schemas whose alternatives have their types themselves, and whose tuples are told as JSON Schema tells them since 2020-12.
//!
//! Moonshot refuses others, and with one tool's all: "when using anyOf, type should be defined in anyOf items instead of the
//! parent schema" ("Moonshot Flavored JSON Schema", and what its own `walle` checks). What they say stays the same.

mod beside;

use std::borrow::Cow;

use serde_json::value::RawValue;
use toolgate_tool_types::JsonObject;

use super::extra::object;
use super::lenient::Members;

/// Deeper than any honest schema: what is below is left to the provider to refuse.
const MAX_DEPTH: usize = 64;
const MAPS: [&str; 5] = ["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"];
/// Not those of `allOf`, which it does not look at.
const LISTS: [&str; 3] = ["anyOf", "oneOf", "prefixItems"];
const SINGLE: [&str; 8] =
    ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];

/// The schema of arguments, where something in it was to be told otherwise.
pub(super) fn schema(schema: &JsonObject) -> Option<JsonObject> {
    JsonObject::parse(&typed(schema.as_raw(), None, 0)?).ok()
}

/// The schema, of the type that is said of all alternatives; `None` where it stays as it is.
fn typed(raw: &RawValue, kind: Option<&str>, depth: usize) -> Option<String> {
    let Members(read) = serde_json::from_str(raw.get()).ok().filter(|_| depth < MAX_DEPTH)?;
    let find =
        |wanted: &str| read.iter().find(|(keyword, _)| keyword == wanted).map(|(_, value)| value.get());
    let (own, is_list) = (find("type"), |wanted| find(wanted).is_some_and(|value| value.starts_with('[')));
    // A list of types is not one that an alternative could be given.
    let handed = own.or(kind).filter(|kind| kind.starts_with('"') && is_list("anyOf"));
    let mut is_changed = handed.is_some() && own.is_some();
    let mut out: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::with_capacity(read.len() + 1);
    if let (Some(kind), None, None) = (kind, own, handed) {
        out.push(("type".into(), kind.into()));
        is_changed = true;
    }
    let is_tuple = is_list("items") && find("prefixItems").is_none();
    for (keyword, value) in &read {
        let keyword = &**keyword;
        if keyword == "type" && handed.is_some() {
            continue;
        }
        let kind = handed.filter(|_| keyword == "anyOf");
        let is_tuple = is_tuple && keyword == "items";
        let written = match keyword {
            _ if is_tuple || LISTS.contains(&keyword) => list(value, kind, depth),
            _ if MAPS.contains(&keyword) => map(value, depth),
            _ if SINGLE.contains(&keyword) => typed(value, None, depth + 1),
            _ => None,
        };
        is_changed |= written.is_some() || is_tuple;
        let name = if is_tuple { "prefixItems" } else { keyword };
        out.push((name.to_owned().into(), written.map_or(Cow::Borrowed(value.get()), Cow::Owned)));
    }
    is_changed |= beside::settle(&mut out);
    is_changed.then(|| object(&out))
}

fn list(value: &RawValue, kind: Option<&str>, depth: usize) -> Option<String> {
    let schemas: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
    let written: Vec<Option<String>> = schemas.iter().map(|schema| typed(schema, kind, depth + 1)).collect();
    if written.iter().all(Option::is_none) {
        return None;
    }
    let each = schemas.iter().zip(&written);
    let each = each.map(|(schema, written)| written.as_deref().unwrap_or(schema.get()));
    Some(format!("[{}]", each.collect::<Vec<_>>().join(",")))
}

fn map(value: &RawValue, depth: usize) -> Option<String> {
    let Members(schemas) = serde_json::from_str(value.get()).ok()?;
    let mut is_changed = false;
    let mut written = Vec::with_capacity(schemas.len());
    for (name, schema) in schemas {
        let changed = typed(schema, None, depth + 1);
        is_changed |= changed.is_some();
        written.push((name, changed.map_or(Cow::Borrowed(schema.get()), Cow::Owned)));
    }
    is_changed.then(|| object(&written))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let given = JsonObject::parse(text).unwrap();
        schema(&given).unwrap_or(given).as_str().to_owned()
    }

    #[test]
    fn alternatives_have_the_type_and_tuples_their_name() {
        for (given, expected) in [
            (
                r#"{"type":"object","properties":{"x":{"type":"object","anyOf":[{"required":["a"]},{"type":"object","required":["b"]}],"title":"X"}}}"#,
                r#"{"type":"object","properties":{"x":{"anyOf":[{"type":"object","required":["a"],"properties":{"a":{}}},{"type":"object","required":["b"],"properties":{"b":{}}}],"title":"X"}}}"#,
            ),
            (
                r#"{"properties":{"x":{"type":"string","anyOf":[{"anyOf":[{"minLength":1},{"pattern":"a"}]}]}}}"#,
                r#"{"properties":{"x":{"anyOf":[{"anyOf":[{"type":"string","minLength":1},{"type":"string","pattern":"a"}]}]}}}"#,
            ),
            (
                r#"{"properties":{"x":{"type":"array","items":[{"type":"string"},{}]}}}"#,
                r#"{"properties":{"x":{"type":"array","prefixItems":[{"type":"string"},{}]}}}"#,
            ),
        ] {
            assert_eq!(told(given), expected);
            assert_eq!(told(expected), expected);
        }
    }

    #[test]
    fn what_is_not_taken_beside_others_is_said_apart() {
        for (given, expected) in [
            (
                r##"{"properties":{"x":{"description":"d","$ref":"#/$defs/X"},"y":{"$ref":"#/definitions/Y"}}}"##,
                r##"{"properties":{"x":{"allOf":[{"$ref":"#/$defs/X"}],"description":"d"},"y":{"allOf":[{"$ref":"#/definitions/Y"}]}}}"##,
            ),
            (
                r##"{"properties":{"x":{"$ref":"#/$defs/X","allOf":[{"minLength":1}]},"y":{"$ref":"#/$defs/Y","allOf":[]}}}"##,
                r##"{"properties":{"x":{"allOf":[{"$ref":"#/$defs/X"},{"minLength":1}]},"y":{"allOf":[{"$ref":"#/$defs/Y"}]}}}"##,
            ),
            (
                r#"{"properties":{"x":{"type":["string","null"],"description":"d","minLength":1}}}"#,
                r#"{"properties":{"x":{"allOf":[{"type":["string","null"],"minLength":1}],"description":"d"}}}"#,
            ),
            (
                r#"{"properties":{"x":{"enum":["a","b"]},"y":{"title":"Y","enum":["a",null]},"z":{"enum":[1,2.5]}}}"#,
                r#"{"properties":{"x":{"type":"string","enum":["a","b"]},"y":{"allOf":[{"enum":["a",null]}],"title":"Y"},"z":{"type":"number","enum":[1,2.5]}}}"#,
            ),
            (
                r#"{"properties":{"a":{"type":"string"}},"required":["a","b","b"]}"#,
                r#"{"properties":{"a":{"type":"string"},"b":{}},"required":["a","b","b"]}"#,
            ),
        ] {
            assert_eq!(told(given), expected);
            assert_eq!(told(expected), expected);
        }
    }

    #[test]
    fn what_is_right_or_hostile_stays() {
        let deep = format!("{}{}{}", r#"{"items":"#.repeat(100), "{}", "}".repeat(100));
        for same in [
            r#"{"type":"object","properties":{"anyOf":{"type":"string"}}}"#,
            r##"{"properties":{"x":{"$ref":"#/$defs/X"},"y":{"$ref":"#"}},"$defs":{"X":{"type":["string","null"],"description":"d"}}}"##,
            r#"{"properties":{"x":{"enum":7},"y":{"$ref":8}},"required":{}}"#,
            r#"{"required":["a"],"additionalProperties":false}"#,
            r#"{"required":["a"],"patternProperties":{"a":{"type":"string"}}}"#,
            r#"{"properties":[{"anyOf":1}],"anyOf":{"type":"x"},"items":7}"#,
            &deep,
        ] {
            assert_eq!(told(same), same);
        }
    }
}
