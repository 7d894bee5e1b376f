//! What older drafts say in words of their own (JSON Schema, "Migrating from older drafts").

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Read, Written};
use crate::dialect::lenient::Members;

/// What a keyword of an older draft becomes.
pub(super) enum Older {
    /// Nothing: it says so elsewhere, or says nothing.
    Silent,
    /// Another keyword, or the same with another value.
    Is(&'static str, String),
    /// The schemas of a tuple's items.
    Tuple,
    /// The schema of all items behind a tuple.
    Rest,
}

impl Older {
    /// By the keyword and its value; `None` where it is none of an older draft.
    pub(super) fn of(read: &Read<'_>, keyword: &str, value: &RawValue) -> Option<Self> {
        let number = |name| find(read, name).filter(|bound| bound.get().parse::<f64>().is_ok());
        let excluded = |keyword, name| match number(name) {
            Some(bound) => Self::Is(keyword, bound.get().to_owned()),
            None => Self::Silent,
        };
        Some(match (keyword, value.get()) {
            ("items", "[]") => Self::Silent,
            ("items", _) if tuple(read).is_some() => Self::Tuple,
            ("additionalItems", "false") => match (tuple(read), find(read, "maxItems")) {
                (Some(items), None) => Self::Is("maxItems", items.to_string()),
                _ => Self::Silent,
            },
            ("additionalItems", more) if more.starts_with('{') && tuple(read).is_some() => Self::Rest,
            ("additionalItems", _) => Self::Silent,
            ("exclusiveMinimum", "true") => excluded("exclusiveMinimum", "minimum"),
            ("exclusiveMaximum", "true") => excluded("exclusiveMaximum", "maximum"),
            ("minimum", _) if is_true(read, "exclusiveMinimum") => Self::Silent,
            ("maximum", _) if is_true(read, "exclusiveMaximum") => Self::Silent,
            ("required", "true") | ("required" | "exclusiveMinimum" | "exclusiveMaximum", "false") => {
                Self::Silent
            }
            _ => return None,
        })
    }
}

/// How many items a tuple of an older draft has, if there is one.
fn tuple(read: &Read<'_>) -> Option<usize> {
    let items = find(read, "items").filter(|_| find(read, "prefixItems").is_none())?;
    let items: Vec<&RawValue> = serde_json::from_str(items.get()).ok()?;
    Some(items.len()).filter(|items| *items > 0)
}

fn find<'a>(read: &Read<'a>, wanted: &str) -> Option<&'a RawValue> {
    read.iter().find(|(keyword, _)| keyword == wanted).map(|(_, value)| *value)
}

fn is_true(read: &Read<'_>, wanted: &str) -> bool {
    find(read, wanted).is_some_and(|value| value.get() == "true")
}

/// Adds the members that demand themselves to those that are demanded.
pub(super) fn demand(read: &Read<'_>, written: &mut Written<'_>) {
    let Some(properties) = find(read, "properties") else { return };
    let Ok(Members(properties)) = serde_json::from_str(properties.get()) else { return };
    let demands_itself = |schema: &RawValue| {
        serde_json::from_str::<Members<'_>>(schema.get())
            .is_ok_and(|Members(read)| is_true(&read, "required"))
    };
    let named: Vec<Cow<'_, str>> =
        properties.into_iter().filter(|(_, schema)| demands_itself(schema)).map(|(name, _)| name).collect();
    if named.is_empty() {
        return;
    }
    let known = written.iter().position(|(keyword, _)| keyword == "required");
    let list = known.and_then(|place| written.get(place)).map(|(_, list)| list.as_str()).unwrap_or("[]");
    let mut all: Vec<Cow<'_, str>> = serde_json::from_str(list).unwrap_or_default();
    for name in named {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    let all = serde_json::to_string(&all).unwrap_or_default();
    match known.and_then(|place| written.get_mut(place)) {
        Some((_, list)) => *list = all,
        None => written.push(("required".into(), all)),
    }
}
