//! Schemas of answers in the subset that Claude's hosts enforce (Anthropic, "Structured outputs", JSON Schema
//! limitations; the same on Bedrock). Anything else in a schema, and the whole request is refused.
//!
//! What the subset lacks stands in the description, for the model, and is reported, for the caller, who checks the answer
//! against the original schema anyway.

use std::borrow::Cow;
use std::fmt::Display;

use serde_json::value::RawValue;
use toolgate_tool_types::JsonObject;

use super::extra::object;
use super::lenient::Members;
use crate::lossiness::Losses;

/// Deeper than any honest schema: what is below is left to the host to refuse.
const MAX_DEPTH: usize = 64;

const REFUSED: [&str; 24] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "if",
    "then",
    "else",
    "not",
];
const FORMATS: [&str; 10] = [
    "\"date-time\"",
    "\"time\"",
    "\"date\"",
    "\"duration\"",
    "\"email\"",
    "\"hostname\"",
    "\"uri\"",
    "\"ipv4\"",
    "\"ipv6\"",
    "\"uuid\"",
];

const CLOSED: &str = "objects are closed here: they have no other members";

/// The schema as it is enforced; `None` where it is that already.
pub(super) fn schema(wanted: &JsonObject, losses: &mut Losses) -> Option<JsonObject> {
    let mut subset = Subset { losses, depth: 0, is_changed: false };
    let written = subset.schema(wanted.as_raw(), &"options.response_format.schema");
    if subset.is_changed { JsonObject::parse(&written).ok() } else { None }
}

struct Subset<'l> {
    losses: &'l mut Losses,
    depth: usize,
    is_changed: bool,
}

impl Subset<'_> {
    fn schema(&mut self, raw: &RawValue, path: &dyn Display) -> String {
        let read = serde_json::from_str::<Members<'_>>(raw.get());
        let (Ok(Members(members)), true) = (read, self.depth < MAX_DEPTH) else {
            return raw.get().to_owned();
        };
        self.depth += 1;
        let (mut out, mut notes) = (Vec::with_capacity(members.len() + 1), Vec::new());
        for (keyword, value) in &members {
            self.keyword(keyword.clone(), value, path, (&mut out, &mut notes));
        }
        self.depth -= 1;
        let has = |wanted: &str| members.iter().any(|(keyword, _)| keyword == wanted);
        let is_object =
            members.iter().any(|(keyword, value)| keyword == "type" && value.get().contains("\"object\""));
        if (is_object || has("properties"))
            && !out.iter().any(|(keyword, _)| keyword == "additionalProperties")
        {
            if !has("additionalProperties") {
                self.losses.report(format_args!("{path}.additionalProperties"), CLOSED);
            }
            out.push(("additionalProperties".into(), "false".to_owned()));
            self.is_changed = true;
        }
        if !notes.is_empty() {
            describe(&mut out, &notes.join("; "));
        }
        object(&out)
    }

    fn keyword<'a>(
        &mut self,
        keyword: Cow<'a, str>,
        value: &RawValue,
        path: &dyn Display,
        (out, notes): (&mut Vec<(Cow<'a, str>, String)>, &mut Vec<String>),
    ) {
        let place = format!("{path}.{}", crate::error::escaped(&keyword));
        let written = match &*keyword {
            "properties" | "$defs" | "definitions" => self.each_member(value, &place),
            "anyOf" | "allOf" => self.each_item(value, &place),
            "oneOf" => {
                self.losses.report(&place, "exactly one of becomes any of");
                self.is_changed = true;
                out.push(("anyOf".into(), self.each_item(value, &place)));
                return;
            }
            "items" => self.schema(value, &place),
            "additionalProperties" if value.get() == "false" => "false".to_owned(),
            "additionalProperties" => {
                self.losses.report(&place, CLOSED);
                self.is_changed = true;
                return;
            }
            "minItems" if !matches!(value.get(), "0" | "1") => {
                return self.note(&keyword, value, &place, notes);
            }
            "format" if !FORMATS.contains(&value.get()) => return self.note(&keyword, value, &place, notes),
            other if REFUSED.contains(&other) => return self.note(&keyword, value, &place, notes),
            _ => value.get().to_owned(),
        };
        out.push((keyword, written));
    }

    fn each_member(&mut self, value: &RawValue, path: &str) -> String {
        let Ok(Members(members)) = serde_json::from_str(value.get()) else { return value.get().to_owned() };
        let inner = |(name, schema): (Cow<'_, str>, &RawValue)| {
            let place = format!("{path}.{}", crate::error::escaped(&name));
            let written = self.schema(schema, &place);
            (name.into_owned(), written)
        };
        object(&members.into_iter().map(inner).collect::<Vec<_>>())
    }

    fn each_item(&mut self, value: &RawValue, path: &str) -> String {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else {
            return value.get().to_owned();
        };
        let items: Vec<String> = items.into_iter().map(|item| self.schema(item, &path)).collect();
        format!("[{}]", items.join(","))
    }

    fn note(&mut self, keyword: &str, value: &RawValue, place: &str, notes: &mut Vec<String>) {
        self.losses.report(place, "not enforced: told in the description");
        self.is_changed = true;
        notes.push(format!("{keyword}: {}", value.get()));
    }
}

/// Adds a note to the description, or makes one of it.
pub(super) fn describe(out: &mut Vec<(Cow<'_, str>, String)>, note: &str) {
    let known = out.iter_mut().find(|(keyword, _)| keyword == "description");
    let before = known.as_ref().and_then(|(_, text)| serde_json::from_str::<String>(text).ok());
    let text = match before {
        Some(before) if !before.is_empty() => format!("{before} ({note})"),
        _ => note.to_owned(),
    };
    let text = serde_json::to_string(&text).unwrap_or_default();
    match known {
        Some((_, description)) => *description = text,
        None => out.push(("description".into(), text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enforced(wanted: &str) -> (String, Vec<String>) {
        let wanted = JsonObject::parse(wanted).unwrap();
        let mut losses = Losses::default();
        let written = schema(&wanted, &mut losses).unwrap_or(wanted);
        let places = losses.into_vec().into_iter().map(|loss| loss.path);
        let place = |path: String| path.replace("options.response_format.schema.", "");
        (written.as_str().to_owned(), places.map(place).collect())
    }

    #[test]
    fn what_is_enforced_stays() {
        for same in [
            r#"{"type":"object","properties":{"a":{"type":"string","format":"date"}},"required":["a"],"additionalProperties":false}"#,
            r##"{"$defs":{"x":{"enum":["a"]}},"anyOf":[{"$ref":"#/$defs/x"},{"type":"array","items":{"type":"integer"},"minItems":1}]}"##,
        ] {
            assert_eq!(enforced(same), (same.to_owned(), Vec::new()));
        }
    }

    #[test]
    fn objects_are_closed_and_the_rest_is_told() {
        let (written, lost) = enforced(
            r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1,"maximum":9,"description":"N"},"l":{"type":"array","items":{"type":"object","properties":{}},"minItems":2}},"additionalProperties":true}"#,
        );
        assert_eq!(
            written,
            r#"{"type":"object","properties":{"n":{"type":"integer","description":"N (minimum: 1; maximum: 9)"},"l":{"type":"array","items":{"type":"object","properties":{},"additionalProperties":false},"description":"minItems: 2"}},"additionalProperties":false}"#
        );
        assert_eq!(
            lost,
            [
                "properties.n.minimum",
                "properties.n.maximum",
                "properties.l.items.additionalProperties",
                "properties.l.minItems",
                "additionalProperties"
            ]
        );
        let (written, lost) = enforced(r#"{"oneOf":[{"type":"string"},{"type":"string","pattern":"a"}]}"#);
        assert_eq!(written, r#"{"anyOf":[{"type":"string"},{"type":"string","pattern":"a"}]}"#);
        assert_eq!(lost, ["oneOf"]);
    }

    #[test]
    fn what_is_hostile_is_survived() {
        let deep = format!("{}{}{}", r#"{"items":"#.repeat(100), "{}", "}".repeat(100));
        assert_eq!(enforced(&deep).0, deep);
        for odd in
            [r#"{"properties":[1]}"#, r#"{"anyOf":{"a":1}}"#, r#"{"items":true,"description":1,"not":{}}"#]
        {
            let _ = enforced(odd);
        }
    }
}
