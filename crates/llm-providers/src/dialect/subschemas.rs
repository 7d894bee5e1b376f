//! The schemas within a schema, for those who write it anew.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::extra::object;
use super::lenient::Members;

/// A keyword's value with each schema in it as `write` has it; what holds no schemas is the same.
pub(super) fn within<'a>(
    keyword: &str,
    value: &'a RawValue,
    path: &str,
    write: impl FnMut(&'a RawValue, &str) -> String,
) -> String {
    match keyword {
        "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions" => {
            each_member(value, path, write)
        }
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => each_item(value, path, write),
        "items" | "additionalProperties" | "contains" | "propertyNames" | "not" | "if" | "then" | "else" => {
            let mut write = write;
            write(value, path)
        }
        _ => value.get().to_owned(),
    }
}

/// Schemas by names.
pub(super) fn each_member<'a>(
    value: &'a RawValue,
    path: &str,
    mut write: impl FnMut(&'a RawValue, &str) -> String,
) -> String {
    let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(value.get()) else {
        return value.get().to_owned();
    };
    let written: Vec<(Cow<'_, str>, String)> = members
        .into_iter()
        .map(|(name, schema)| {
            let place = format!("{path}.{}", crate::error::escaped(&name));
            (name, write(schema, &place))
        })
        .collect();
    object(&written)
}

/// A list of schemas.
pub(super) fn each_item<'a>(
    value: &'a RawValue,
    path: &str,
    mut write: impl FnMut(&'a RawValue, &str) -> String,
) -> String {
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else {
        return value.get().to_owned();
    };
    let written: Vec<String> = items.into_iter().map(|schema| write(schema, path)).collect();
    format!("[{}]", written.join(","))
}
