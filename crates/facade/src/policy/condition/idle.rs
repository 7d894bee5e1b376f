//! What JSON Schema (draft 2020-12) takes for a note: a condition with it in it would look like one, and not hold.

use serde_json::Value;

/// Keywords whose value is no schema and holds none.
const PLAIN: [&str; 34] = [
    "$anchor",
    "$comment",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$ref",
    "const",
    "default",
    "dependentRequired",
    "deprecated",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "readOnly",
    "required",
    "title",
    "type",
    "uniqueItems",
    "writeOnly",
];
/// Keywords whose members or items are schemas.
const MANY: [&str; 8] = [
    "$defs",
    "allOf",
    "anyOf",
    "dependentSchemas",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "properties",
];
/// Keywords whose value is a schema.
const ONE: [&str; 10] = [
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords that say something only beside another one.
const BESIDE: [(&str, &str); 4] =
    [("else", "if"), ("maxContains", "contains"), ("minContains", "contains"), ("then", "if")];
/// The one draft that schemas are read by: what another one means by a keyword may be nothing here.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What is wrong with the first member of a schema that would not hold.
pub(super) fn member(schema: &Value) -> Option<String> {
    let members = schema.as_object()?;
    if let Some((word, needed)) =
        BESIDE.iter().find(|(word, needed)| members.contains_key(*word) && !members.contains_key(*needed))
    {
        return Some(format!("{word:?} has no effect without {needed:?}"));
    }
    members.iter().find_map(|(word, value)| match word.as_str() {
        "$schema" => (value.as_str()?.trim_end_matches('#') != DRAFT)
            .then(|| format!("\"$schema\" is another draft's; expected {DRAFT}, or none")),
        word if PLAIN.contains(&word) => None,
        word if ONE.contains(&word) => member(value),
        word if MANY.contains(&word) => match value {
            Value::Object(members) => members.values().find_map(member),
            Value::Array(items) => items.iter().find_map(member),
            _ => None,
        },
        word => Some(format!("{word:?} is no keyword of it")),
    })
}
