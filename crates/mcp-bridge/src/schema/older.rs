//! Schemas that name no draft and are not of 2020-12: servers write words of older drafts (JSON Schema, "Migrating from older
//! drafts"), and in some languages an empty object is `[]`, and what is not there `null`. They are compiled as they are meant, so
//! that no tool is lost for them.

use serde_json::{Map, Value};

type Members = Map<String, Value>;

/// Keywords whose value is schemas by names.
const MAPS: [&str; 5] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value is a schema.
const ONES: [&str; 10] = [
    "items",
    "contains",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "not",
    "if",
    "then",
    "else",
];
/// Keywords for which null is a value.
const NULLABLE: [&str; 3] = ["const", "default", "examples"];

/// The same as 2020-12 says it. What is of a draft that it names keeps the words of that.
pub(super) fn told(schema: &Value) -> Value {
    let mut told = schema.clone();
    let draft = schema.get("$schema").and_then(Value::as_str);
    tell(&mut told, draft.is_some_and(|draft| !draft.contains("2020-12")));
    told
}

fn tell(schema: &mut Value, is_dated: bool) {
    let Some(members) = schema.as_object_mut() else { return };
    members.retain(|keyword, value| match value {
        Value::Null => NULLABLE.contains(&keyword.as_str()),
        Value::Array(items) => !(items.is_empty() && MAPS.contains(&keyword.as_str())),
        _ => true,
    });
    if !is_dated {
        bound(members, "minimum", "exclusiveMinimum");
        bound(members, "maximum", "exclusiveMaximum");
        tuple(members);
        demand(members);
        if members.get("type").and_then(Value::as_str) == Some("any") {
            members.remove("type");
        }
    }
    for (keyword, value) in members {
        let keyword = keyword.as_str();
        match value {
            Value::Object(schemas) if MAPS.contains(&keyword) => {
                schemas.values_mut().for_each(|schema| tell(schema, is_dated));
            }
            Value::Array(schemas) if LISTS.contains(&keyword) => {
                schemas.iter_mut().for_each(|schema| tell(schema, is_dated));
            }
            schema if ONES.contains(&keyword) => tell(schema, is_dated),
            _ => {}
        }
    }
}

/// Draft 4: the bound itself is excluded, or is not.
fn bound(members: &mut Members, bound: &str, excluded: &str) {
    let Some(Value::Bool(is_excluded)) = members.get(excluded).cloned() else { return };
    members.remove(excluded);
    if let Some(bound) = is_excluded.then(|| members.remove(bound)).flatten() {
        members.insert(excluded.to_owned(), bound);
    }
}

/// Until 2019-09: a schema for each of the first items, and one for the others.
fn tuple(members: &mut Members) {
    if !members.get("items").is_some_and(Value::is_array) || members.contains_key("prefixItems") {
        return;
    }
    let others = members.remove("additionalItems");
    let first =
        members.remove("items").filter(|first| first.as_array().is_some_and(|first| !first.is_empty()));
    members.extend(first.map(|first| ("prefixItems".to_owned(), first)));
    members.extend(others.map(|others| ("items".to_owned(), others)));
}

/// Draft 3: a member says itself whether it is demanded.
fn demand(members: &mut Members) {
    if members.get("required").is_some_and(Value::is_boolean) {
        members.remove("required");
    }
    let Some(Value::Object(properties)) = members.get("properties") else { return };
    let is_demanded = |schema: &Value| schema.get("required") == Some(&Value::Bool(true));
    let demanded: Vec<Value> = properties
        .iter()
        .filter(|(_, schema)| is_demanded(schema))
        .map(|(name, _)| name.as_str().into())
        .collect();
    if demanded.is_empty() {
        return;
    }
    if let Value::Array(known) = members.entry("required").or_insert_with(|| Value::Array(Vec::new())) {
        let new: Vec<Value> = demanded.into_iter().filter(|name| !known.contains(name)).collect();
        known.extend(new);
    }
}
