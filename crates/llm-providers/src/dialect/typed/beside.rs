//! What Moonshot takes beside what, in one schema: nothing beside a reference that could differ from what it refers to, a
//! type beside `enum`, little beside a list of types, and every required property by name.
//!
//! It looks at no alternative of `allOf`: what it takes nowhere else is said there, and is the same to the model.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::dialect::extra::object;
use crate::dialect::lenient::Members;

/// A schema's keywords, with their values' JSON text.
pub(super) type Keywords<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// What only describes stays where it is.
const PLAIN: [&str; 2] = ["title", "description"];
/// All that is taken beside a list of types, and that list.
const BESIDE_TYPES: [&str; 4] = ["title", "description", "type", "enum"];

/// Says the same as it is taken: whether something had to change.
pub(super) fn settle(keywords: &mut Keywords<'_>) -> bool {
    if let Some(reference) = get(keywords, "$ref").filter(|value| value.starts_with('"')) {
        let is_taken = keywords.len() == 1 && is_of_definitions(reference);
        return !is_taken && wrap(keywords, |name| name == "$ref");
    }
    let is_typed = type_enum(keywords);
    let is_named = name_required(keywords);
    let is_list = |name: &str| get(keywords, name).is_some_and(|value| value.starts_with('['));
    let is_untyped = get(keywords, "type").is_none() && is_list("enum");
    let is_crowded = is_list("type") && !keywords.iter().all(|(name, _)| BESIDE_TYPES.contains(&&**name));
    let is_wrapped =
        (is_untyped || is_crowded) && wrap(keywords, |name| !PLAIN.contains(&name) && !name.starts_with('$'));
    is_typed || is_named || is_wrapped
}

fn get<'k>(keywords: &'k Keywords<'_>, wanted: &str) -> Option<&'k str> {
    keywords.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value)
}

/// Writes the keyword's value in place of the one that it has, or after all others.
fn set<'a>(keywords: &mut Keywords<'a>, wanted: &'static str, value: String) {
    match keywords.iter_mut().find(|(name, _)| name == wanted) {
        Some((_, before)) => *before = value.into(),
        None => keywords.push((wanted.into(), value.into())),
    }
}

/// "references must start with #/$defs/", or be the whole schema.
fn is_of_definitions(reference: &str) -> bool {
    reference == "\"#\"" || reference.starts_with("\"#/$defs/")
}

/// These keywords as the first alternative of an `allOf`.
fn wrap(keywords: &mut Keywords<'_>, is_inner: impl Fn(&str) -> bool) -> bool {
    let (inner, outer): (Vec<_>, Vec<_>) = keywords.iter().cloned().partition(|(name, _)| is_inner(name));
    let inner = object(&inner);
    let Some(others) = get(&outer, "allOf") else {
        *keywords = outer;
        keywords.insert(0, ("allOf".into(), format!("[{inner}]").into()));
        return true;
    };
    // One that is no list is left to the provider to refuse.
    let Some(others) = others.strip_prefix('[') else { return false };
    let comma = if others.trim_start().starts_with(']') { "" } else { "," };
    let all = format!("[{inner}{comma}{others}");
    *keywords = outer;
    set(keywords, "allOf", all);
    true
}

/// The type that all values of `enum` have.
fn type_enum(keywords: &mut Keywords<'_>) -> bool {
    let Some(place) = keywords.iter().position(|(name, _)| name == "enum") else { return false };
    let values = get(keywords, "enum").filter(|_| get(keywords, "type").is_none());
    let values = values.and_then(|values| serde_json::from_str::<Vec<serde_json::Value>>(values).ok());
    let values = values.unwrap_or_default();
    let mut kinds = values.iter().map(kind);
    let Some(first) = kinds.next().filter(|first| kinds.all(|kind| kind == *first)) else { return false };
    keywords.insert(place, ("type".into(), format!("\"{first}\"").into()));
    true
}

fn kind(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "boolean",
        serde_json::Value::Number(_) => "number",
        serde_json::Value::String(_) => "string",
        serde_json::Value::Array(_) => "array",
        serde_json::Value::Object(_) => "object",
    }
}

/// Required properties that nothing is said of, as any value: unless something is said of all such.
fn name_required(keywords: &mut Keywords<'_>) -> bool {
    let is_open = get(keywords, "additionalProperties").is_none_or(|others| others == "true")
        && get(keywords, "patternProperties").is_none();
    let Some(required) = get(keywords, "required").filter(|_| is_open) else { return false };
    let required: Vec<String> = serde_json::from_str(required).unwrap_or_default();
    let said = get(keywords, "properties").unwrap_or("{}");
    let Ok(Members(properties)) = serde_json::from_str::<Members<'_>>(said) else { return false };
    let mut known: HashSet<&str> = properties.iter().map(|(name, _)| &**name).collect();
    let unknown: Vec<&str> = required.iter().map(|name| &**name).filter(|name| known.insert(name)).collect();
    if unknown.is_empty() {
        return false;
    }
    let said = properties.iter().map(|(name, schema)| (&**name, schema.get()));
    let named = object(&said.chain(unknown.into_iter().map(|name| (name, "{}"))).collect::<Vec<_>>());
    set(keywords, "properties", named);
    true
}
