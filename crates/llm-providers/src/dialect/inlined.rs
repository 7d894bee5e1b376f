//! Schemas of arguments without definitions. Amazon Nova takes `type`, `properties` and `required` of them, and refuses every request for
//! one other than a few it lets pass ("extraneous key [$defs] is not permitted"): what refers to a definition says what that says.
//!
//! Nothing is lost by it, but where definitions go round in circles.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;
use toolgate_tool_types::JsonObject;

use super::extra::object;
use super::lenient::{Members, Text};
use super::subschemas;
use crate::lossiness::Losses;

/// Deeper than any honest schema.
const MAX_DEPTH: usize = 64;
/// More schemas than any honest tool has, definitions repeated: a few lines of JSON can ask for billions.
const MAX_SCHEMAS: usize = 2000;
/// Definitions, and words about the schema itself.
const OUTER: [&str; 6] = ["$defs", "definitions", "$schema", "$id", "$comment", "$anchor"];

/// The schema without definitions, where it has any.
pub(super) fn schema(given: &JsonObject, path: &str, losses: &mut Losses) -> Option<JsonObject> {
    let Members(root) = serde_json::from_str(given.as_str()).ok()?;
    if !root.iter().any(|(keyword, _)| OUTER.contains(&&**keyword)) {
        return None;
    }
    let mut definitions = HashMap::new();
    for (place, value) in root.iter().filter(|(place, _)| matches!(&**place, "$defs" | "definitions")) {
        let Ok(Members(read)) = serde_json::from_str::<Members<'_>>(value.get()) else { continue };
        for (name, schema) in read {
            // RFC 6901.
            let name = name.replace('~', "~0").replace('/', "~1");
            definitions.insert(format!("#/{place}/{name}"), schema);
        }
    }
    let mut inliner = Inliner { definitions, losses, open: Vec::new(), depth: 0, left: MAX_SCHEMAS };
    JsonObject::parse(&inliner.schema(given.as_raw(), path)).ok()
}

struct Inliner<'a, 'l> {
    definitions: HashMap<String, &'a RawValue>,
    losses: &'l mut Losses,
    /// References that are being inlined: one that comes again is a circle.
    open: Vec<String>,
    depth: usize,
    left: usize,
}

impl<'a> Inliner<'a, '_> {
    fn schema(&mut self, raw: &'a RawValue, path: &str) -> String {
        match serde_json::from_str(raw.get()) {
            Ok(Members(read)) => object(&self.members(read, path)),
            Err(_) => raw.get().to_owned(),
        }
    }

    fn members(
        &mut self,
        read: Vec<(Cow<'a, str>, &'a RawValue)>,
        path: &str,
    ) -> Vec<(Cow<'a, str>, String)> {
        if self.depth == MAX_DEPTH || self.left == 0 {
            self.losses.report(path, "nested too deeply or too large: any object is asked for");
            return vec![("type".into(), "\"object\"".to_owned())];
        }
        (self.depth, self.left) = (self.depth + 1, self.left - 1);
        let (mut written, mut referred) = (Vec::with_capacity(read.len()), Vec::new());
        for (keyword, value) in read {
            let place = format!("{path}.{}", crate::error::escaped(&keyword));
            match &*keyword {
                "$ref" => referred = self.reference(value, &place),
                outer if OUTER.contains(&outer) => {}
                _ => {
                    let write = |schema, place: &str| self.schema(schema, place);
                    let value = subschemas::within(&keyword, value, &place, write);
                    written.push((keyword, value));
                }
            }
        }
        // What stands beside a reference says more of this place.
        referred.retain(|(keyword, _)| !written.iter().any(|(own, _)| own == keyword));
        written.extend(referred);
        self.depth -= 1;
        written
    }

    fn reference(&mut self, value: &'a RawValue, path: &str) -> Vec<(Cow<'a, str>, String)> {
        let pointer = serde_json::from_str::<Text<'_>>(value.get()).map(Text::into_cow).unwrap_or_default();
        let known = if self.open.iter().any(|open| *open == pointer) {
            None
        } else {
            self.definitions.get(&*pointer).copied()
        };
        let read = known.and_then(|schema| serde_json::from_str::<Members<'_>>(schema.get()).ok());
        let Some(Members(read)) = read else {
            self.losses.report(path, "circular or unknown: any object is asked for");
            return vec![("type".into(), "\"object\"".to_owned())];
        };
        self.open.push(pointer.into_owned());
        let members = self.members(read, path);
        self.open.pop();
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inlined(given: &str) -> Option<(String, Vec<String>)> {
        let given = JsonObject::parse(given).unwrap();
        let mut losses = Losses::default();
        let written = schema(&given, "s", &mut losses)?;
        Some((written.as_str().to_owned(), losses.into_vec().into_iter().map(|loss| loss.path).collect()))
    }

    #[test]
    fn what_has_no_definitions_is_the_same() {
        for same in
            ["{}", r#"{"type":"object","properties":{"$defs":{},"$id":{}},"additionalProperties":false}"#]
        {
            assert_eq!(inlined(same), None);
        }
    }

    #[test]
    fn a_reference_says_what_it_refers_to() {
        let (written, lost) = inlined(
            r##"{"$schema":"s","type":"object","properties":{"a":{"$ref":"#/$defs/A","description":"own"},"l":{"type":"array","items":{"$ref":"#/definitions/b~1b"}}},
            "$defs":{"A":{"type":"object","description":"A","properties":{"b":{"anyOf":[{"$ref":"#/definitions/b~1b"},{"type":"null"}]}}}},
            "definitions":{"b/b":{"enum":["$ref"]}}}"##,
        )
        .unwrap();
        assert_eq!(
            written,
            r#"{"type":"object","properties":{"a":{"description":"own","type":"object","properties":{"b":{"anyOf":[{"enum":["$ref"]},{"type":"null"}]}}},"l":{"type":"array","items":{"enum":["$ref"]}}}}"#
        );
        assert_eq!(lost, [""; 0]);
    }

    #[test]
    fn what_is_hostile_is_survived() {
        let (written, lost) = inlined(
            r##"{"properties":{"n":{"$ref":"#/$defs/N"},"x":{"$ref":"other"}},"$defs":{"N":{"properties":{"n":{"$ref":"#/$defs/N"}}}}}"##,
        )
        .unwrap();
        assert_eq!(
            written,
            r#"{"properties":{"n":{"properties":{"n":{"type":"object"}}},"x":{"type":"object"}}}"#
        );
        assert_eq!(lost, ["s.properties.n.$ref.properties.n.$ref", "s.properties.x.$ref"]);
        let levels: Vec<String> = (0..40)
            .map(|n| {
                format!(
                    r##""d{n}":{{"anyOf":[{{"$ref":"#/$defs/d{m}"}},{{"$ref":"#/$defs/d{m}"}}]}}"##,
                    m = n + 1
                )
            })
            .collect();
        let bomb =
            format!(r##"{{"$defs":{{{}}},"properties":{{"x":{{"$ref":"#/$defs/d0"}}}}}}"##, levels.join(","));
        let (written, lost) = inlined(&bomb).unwrap();
        assert!(written.len() < 1 << 20 && !lost.is_empty(), "{}", written.len());
    }
}
