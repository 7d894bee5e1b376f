//! Schemas of answers in the subset that Claude's hosts enforce (Anthropic, "Structured outputs", JSON Schema
//! limitations; the same on Bedrock). Anything else in a schema, and the whole request is refused.
//!
//! What the subset lacks stands in the description, for the model, and is reported, for the caller, who checks the answer
//! against the original schema anyway.

mod combined;

use std::borrow::Cow;
use std::fmt::Display;

use serde_json::value::RawValue;
use toolgate_tool_types::{JsonError, JsonObject};

use super::extra::object;
use super::lenient::Members;
use super::references::References;
use super::subschemas;
use crate::lossiness::Losses;

/// Deeper than any honest schema: what is below is left to the host to refuse.
const MAX_DEPTH: usize = 64;
/// More than any honest schema says again, in bytes: a few lines of JSON can ask for billions.
const MAX_REPEATED: usize = 1 << 20;

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
const CUT: &str = "circular or unknown: no such object can be asked for";
/// Keywords whose schemas are written.
const WRITTEN: [&str; 7] = ["properties", "$defs", "definitions", "anyOf", "oneOf", "allOf", "items"];

/// Members of a schema: as they were, and as they are written.
type Read<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;
type Written<'a> = Vec<(Cow<'a, str>, String)>;

/// The schema as it is enforced; `None` where it is that already. What is written and no object is an error: the schema as it was would
/// be refused, or pass for what the losses tell.
pub(super) fn schema(wanted: &JsonObject, losses: &mut Losses) -> Result<Option<JsonObject>, JsonError> {
    let references = References::of(wanted.as_raw(), &WRITTEN);
    let mut subset = Subset { losses, references, depth: 0, left: MAX_REPEATED, is_changed: false };
    let written = subset.schema(wanted.as_raw(), &"options.response_format.schema");
    if subset.is_changed { JsonObject::parse(&written).map(Some) } else { Ok(None) }
}

struct Subset<'a, 'l> {
    losses: &'l mut Losses,
    references: References<'a>,
    depth: usize,
    /// How much of the schema may be said again.
    left: usize,
    is_changed: bool,
}

impl<'a> Subset<'a, '_> {
    fn schema(&mut self, raw: &'a RawValue, path: &dyn Display) -> String {
        match serde_json::from_str(raw.get()) {
            Ok(Members(read)) if self.depth < MAX_DEPTH => self.members(read, path),
            _ => raw.get().to_owned(),
        }
    }

    fn members(&mut self, members: Read<'a>, path: &dyn Display) -> String {
        self.depth += 1;
        let has = |wanted: &str| members.iter().any(|(keyword, _)| keyword == wanted);
        let (mut out, mut notes): (Written<'_>, Vec<String>) =
            (Vec::with_capacity(members.len() + 1), Vec::new());
        for (keyword, value) in &members {
            let place = format!("{path}.{}", crate::error::escaped(keyword));
            match &**keyword {
                // It would be a second `anyOf`.
                "oneOf" if has("anyOf") => self.note(keyword, value, &place, &mut notes),
                "$ref" if self.references.target(value).is_none() => {
                    self.losses.report(&place, CUT);
                    self.is_changed = true;
                    notes.push(format!("$ref: {}", value.get()));
                    if !has("type") {
                        out.push(("type".into(), "\"object\"".to_owned()));
                    }
                }
                _ => self.keyword(keyword.clone(), value, &place, (&mut out, &mut notes)),
            }
        }
        self.depth -= 1;
        let is_object = out.iter().any(|(keyword, value)| keyword == "type" && value.contains("\"object\""));
        if (is_object || has("properties"))
            && !out.iter().any(|(keyword, _)| keyword == "additionalProperties")
        {
            // Of what is cut it is told already.
            if !has("additionalProperties") && (has("type") || has("properties")) {
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

    fn keyword(
        &mut self,
        keyword: Cow<'a, str>,
        value: &'a RawValue,
        place: &str,
        (out, notes): (&mut Written<'a>, &mut Vec<String>),
    ) {
        let written = match &*keyword {
            "properties" | "$defs" | "definitions" => {
                subschemas::each_member(value, place, |schema, place| self.schema(schema, &place))
            }
            "anyOf" => self.alternatives(value, place),
            "allOf" => self.parts(value, place),
            "oneOf" => {
                self.losses.report(place, "exactly one of becomes any of");
                self.is_changed = true;
                out.push(("anyOf".into(), self.alternatives(value, place)));
                return;
            }
            "items" => self.schema(value, &place),
            "additionalProperties" if value.get() == "false" => "false".to_owned(),
            "additionalProperties" => {
                self.losses.report(place, CLOSED);
                self.is_changed = true;
                return;
            }
            "minItems" if !matches!(value.get(), "0" | "1") => {
                return self.note(&keyword, value, place, notes);
            }
            "format" if !FORMATS.contains(&value.get()) => return self.note(&keyword, value, place, notes),
            other if REFUSED.contains(&other) => return self.note(&keyword, value, place, notes),
            _ => value.get().to_owned(),
        };
        out.push((keyword, written));
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
        let written = schema(&wanted, &mut losses).unwrap().unwrap_or(wanted);
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

    /// "Circular reference detected in schema definitions … not supported": the answer can be no deeper.
    #[test]
    fn circles_are_cut() {
        let (written, lost) = enforced(
            r##"{"type":"object","properties":{"n":{"$ref":"#/$defs/N"}},"required":["n"],"additionalProperties":false,
            "$defs":{"N":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/N"},{"type":"null"}]},"l":{"type":"array","items":{"$ref":"#/$defs/M"}}},"additionalProperties":false},
            "M":{"type":"object","properties":{"n":{"$ref":"#/$defs/N","description":"D"}},"additionalProperties":false}}}"##,
        );
        assert_eq!(
            written,
            r##"{"type":"object","properties":{"n":{"$ref":"#/$defs/N"}},"required":["n"],"additionalProperties":false,"$defs":{"N":{"type":"object","properties":{"next":{"anyOf":[{"type":"null"}]},"l":{"type":"array","items":{"$ref":"#/$defs/M"}}},"additionalProperties":false},"M":{"type":"object","properties":{"n":{"type":"object","description":"D ($ref: \"#/$defs/N\")","additionalProperties":false}},"additionalProperties":false}}}"##
        );
        assert_eq!(lost, ["$defs.N.properties.next.anyOf.$ref", "$defs.M.properties.n.$ref"]);
        let (written, lost) = enforced(
            r##"{"type":"object","properties":{"x":{"$ref":"#"},"y":{"$ref":"other.json"}},"additionalProperties":false}"##,
        );
        assert!(!written.contains("\"$ref\":"), "{written}");
        assert_eq!(lost, ["properties.x.$ref", "properties.y.$ref"]);
        // It is named twice, and goes round nowhere.
        let same =
            r##"{"$defs":{"x":{"type":"string"}},"anyOf":[{"$ref":"#/$defs/x"},{"$ref":"#/$defs/x"}]}"##;
        assert_eq!(enforced(same), (same.to_owned(), Vec::new()));
    }

    /// "`allOf` with `$ref` not supported"
    #[test]
    fn a_reference_among_parts_says_what_it_refers_to() {
        let (written, lost) = enforced(
            r##"{"type":"object","properties":{"c":{"allOf":[{"$ref":"#/$defs/C"}],"description":"D"},"o":{"allOf":[{"$ref":"#/$defs/P","properties":{"b":{"type":"string"}}}]}},"additionalProperties":false,
            "$defs":{"C":{"$ref":"#/$defs/E","title":"C"},"E":{"enum":["a"],"title":"E"},"P":{"type":"object","properties":{"a":{"$ref":"#/$defs/C"}},"additionalProperties":false}}}"##,
        );
        assert!(
            written.starts_with(
                r##"{"type":"object","properties":{"c":{"allOf":[{"enum":["a"],"title":"C"}],"description":"D"},"o":{"allOf":[{"properties":{"b":{"type":"string"}},"additionalProperties":false},{"type":"object","properties":{"a":{"$ref":"#/$defs/C"}},"additionalProperties":false}]}},"##
            ),
            "{written}"
        );
        assert_eq!(lost, ["properties.o.allOf.additionalProperties"]);
    }

    /// A second list would be a second `anyOf`.
    #[test]
    fn other_alternatives_are_told() {
        let (written, lost) =
            enforced(r#"{"oneOf":[{"type":"integer"}],"anyOf":[{"type":"string"}],"maxItems":3}"#);
        assert_eq!(
            written,
            r#"{"anyOf":[{"type":"string"}],"description":"oneOf: [{\"type\":\"integer\"}]; maxItems: 3"}"#
        );
        assert_eq!(lost, ["oneOf", "maxItems"]);
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
        let level = |n: usize| {
            let next = format!(r##"{{"$ref":"#/$defs/d{}"}}"##, n + 1);
            format!(r##""d{n}":{{"allOf":[{next},{next}]}},"##)
        };
        let levels: String = (0..40).map(level).collect();
        let bomb = format!(r##"{{"$defs":{{{levels}"d40":{{}}}},"allOf":[{{"$ref":"#/$defs/d0"}}]}}"##);
        let bomb = enforced(&bomb).0;
        assert!(bomb.len() < 1 << 22, "{}", bomb.len());
    }
}
