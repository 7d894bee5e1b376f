//! JSON Schema in the subset that Gemini takes (`Schema`, "a select subset of an OpenAPI 3.0 schema object").
//!
//! Done once per set of tools, on the schema's text, members in their order. What the subset says in other words is
//! no loss: `$ref` is inlined, `const` becomes an `enum` of one, a `null` alternative becomes `nullable`. What it
//! cannot say is stated in the description, for the model, and reported, for the caller; arguments should be checked
//! against the original schema anyway.
//!
//! There is `parametersJsonSchema` too, which takes any JSON Schema. It is not used: nothing says which keywords of it are read,
//! as there is for answers, so a bound that is ignored could not be told; here each is either said or reported.

mod adapter;
mod alternatives;

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::lossiness::Losses;

/// What Gemini takes as a schema.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schema<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    nullable: bool,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    values: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Schema<'a>>>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    properties: Vec<(Cow<'a, str>, Schema<'a>)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    any_of: Vec<Schema<'a>>,
    /// Keywords that are passed on as they are: bounds and `pattern`.
    #[serde(flatten, serialize_with = "as_object")]
    bounds: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// What the subset cannot say, for the description.
    #[serde(skip)]
    notes: Vec<String>,
}

/// The schema of a tool's arguments; `None` when it has no members, which Gemini says by leaving it out.
pub(super) fn parameters<'a>(schema: &'a RawValue, path: &str, losses: &mut Losses) -> Option<Schema<'a>> {
    let adapted = adapter::Adapter::new(schema, losses).arguments(schema, path);
    (!adapted.properties.is_empty() || !adapted.any_of.is_empty()).then_some(adapted)
}

fn as_object<S: Serializer>(
    members: &[(Cow<'_, str>, impl Serialize)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
}

impl<'a> Schema<'a> {
    fn of(kind: &'static str) -> Self {
        Self { kind: Some(kind.into()), ..Self::default() }
    }

    /// Takes over what `other` says and this does not; whether the two disagree somewhere.
    fn merge(&mut self, other: Self) -> bool {
        let kinds_differ = matches!((&self.kind, &other.kind), (Some(own), Some(theirs)) if own != theirs);
        let values_differ =
            !self.values.is_empty() && !other.values.is_empty() && self.values != other.values;
        let mut disagree = kinds_differ || values_differ;
        self.kind = self.kind.take().or(other.kind);
        self.format = self.format.take().or(other.format);
        self.title = self.title.take().or(other.title);
        self.description = self.description.take().or(other.description);
        self.items = self.items.take().or(other.items);
        self.nullable |= other.nullable;
        self.notes.extend(other.notes);
        if self.values.is_empty() {
            self.values = other.values;
        }
        if self.any_of.is_empty() {
            self.any_of = other.any_of;
        } else {
            disagree |= !other.any_of.is_empty();
        }
        for (name, schema) in other.properties {
            match self.properties.iter().any(|(own, _)| *own == name) {
                true => disagree = true,
                false => self.properties.push((name, schema)),
            }
        }
        for name in other.required {
            if !self.required.contains(&name) {
                self.required.push(name);
            }
        }
        for (name, bound) in other.bounds {
            match self.bounds.iter().any(|(own, _)| *own == name) {
                true => disagree = true,
                false => self.bounds.push((name, bound)),
            }
        }
        disagree
    }

    /// Adds the notes to the description.
    fn describe(&mut self) {
        if self.notes.is_empty() {
            return;
        }
        let notes = std::mem::take(&mut self.notes).join("; ");
        let description = match self.description.take() {
            Some(description) if !description.is_empty() => format!("{description} ({notes})"),
            _ => notes,
        };
        self.description = Some(description.into());
    }
}

#[cfg(test)]
mod tests {
    use toolgate_tool_types::JsonObject;

    use super::*;

    fn adapted(schema: &str) -> (String, Vec<String>) {
        let wrapped = format!(r#"{{"type":"object","properties":{{"x":{schema}}}}}"#);
        let object = JsonObject::parse(&wrapped).unwrap();
        let mut losses = Losses::default();
        let json = serde_json::to_string(&parameters(object.as_raw(), "s", &mut losses).unwrap()).unwrap();
        let inner =
            json.strip_prefix(r#"{"type":"object","properties":{"x":"#).unwrap().strip_suffix("}}").unwrap();
        let losses = losses.into_vec().iter().map(|loss| loss.path.replace("s.properties.x", "x")).collect();
        (inner.to_owned(), losses)
    }

    fn exact(schema: &str, expected: &str) {
        assert_eq!(adapted(schema), (expected.to_owned(), Vec::new()), "{schema}");
    }

    fn lossy(schema: &str, expected: &str, losses: &[&str]) {
        let (json, found) = adapted(schema);
        assert_eq!(json, expected, "{schema}");
        assert_eq!(found, losses, "{schema}");
    }

    #[test]
    fn other_words_are_no_loss() {
        exact(r#"{"type":"string","const":"z"}"#, r#"{"type":"string","enum":["z"]}"#);
        exact(r#"{"const":"z"}"#, r#"{"type":"string","enum":["z"]}"#);
        exact(r#"{"type":["string","null"]}"#, r#"{"type":"string","nullable":true}"#);
        exact(
            r#"{"anyOf":[{"type":"integer"},{"type":"null"}],"title":"T"}"#,
            r#"{"type":"integer","title":"T","nullable":true}"#,
        );
        exact(r#"{"type":["string","integer"]}"#, r#"{"anyOf":[{"type":"string"},{"type":"integer"}]}"#);
        exact(
            r#"{"type":"integer","minimum":1,"maximum":9}"#,
            r#"{"type":"integer","minimum":1,"maximum":9}"#,
        );
        exact(
            r#"{"allOf":[{"type":"object","properties":{"b":{"type":"string"}},"required":["b"]},{"properties":{"a":{"type":"string"}}}]}"#,
            r#"{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"string"}},"required":["b"]}"#,
        );
        exact(r#"{"type":"object","properties":{},"additionalProperties":true}"#, r#"{"type":"object"}"#);
    }

    #[test]
    fn what_cannot_be_said_is_described_and_reported() {
        lossy(
            r#"{"type":"number","description":"D","multipleOf":5,"exclusiveMinimum":0}"#,
            r#"{"type":"number","description":"D (multipleOf: 5; exclusiveMinimum: 0)"}"#,
            &["x.multipleOf", "x.exclusiveMinimum"],
        );
        lossy(
            r#"{"type":"integer","enum":[1,2]}"#,
            r#"{"type":"integer","description":"enum: [1,2]"}"#,
            &["x.enum"],
        );
        lossy(
            r#"{"type":"string","format":"uuid"}"#,
            r#"{"type":"string","description":"format: uuid"}"#,
            &["x.format"],
        );
        lossy(r#"{"type":"array"}"#, r#"{"type":"array","items":{"type":"string"}}"#, &["x.items"]);
        lossy(
            r#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#,
            r#"{"anyOf":[{"type":"string"},{"type":"integer"}]}"#,
            &["x.oneOf"],
        );
        lossy(
            r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a","gone"],"additionalProperties":false}"#,
            r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#,
            &["x.additionalProperties", "x.required"],
        );
        lossy("{}", r#"{"type":"string"}"#, &["x"]);
        lossy(r#"{"type":"string","enum":["","a"]}"#, r#"{"type":"string","enum":["a"]}"#, &["x.enum"]);
        lossy(
            r#"{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}]}"#,
            r#"{"type":"array","items":{"anyOf":[{"type":"string"},{"type":"integer"}]}}"#,
            &["x.prefixItems"],
        );
        for (rest, more) in
            [("{}", ""), (r#"{"not":{}}"#, ""), (r#"{"type":"boolean"}"#, r#",{"type":"boolean"}"#)]
        {
            lossy(
                &format!(r#"{{"items":{rest},"prefixItems":[{{"type":"string"}},{{"type":"integer"}}]}}"#),
                &format!(
                    r#"{{"type":"array","items":{{"anyOf":[{{"type":"string"}},{{"type":"integer"}}{more}]}}}}"#
                ),
                &["x.prefixItems"],
            );
        }
    }

    #[test]
    fn what_is_said_of_another_type_says_nothing() {
        exact(
            r#"{"type":"string","properties":{"a":{"type":"string"}},"required":["a"],"items":{"type":"string"},"minItems":1}"#,
            r#"{"type":"string"}"#,
        );
        exact(
            r#"{"type":"array","items":{"type":"integer","maxLength":3},"pattern":"a"}"#,
            r#"{"type":"array","items":{"type":"integer"}}"#,
        );
        lossy(
            r#"{"type":"integer","enum":["1","2"]}"#,
            r#"{"type":"integer","description":"enum: [\"1\",\"2\"]"}"#,
            &["x.enum"],
        );
    }

    #[test]
    fn alternatives_stand_alone() {
        exact(
            r#"{"anyOf":[{"type":"string"},{"type":"integer","description":"N"},{"type":"null"}],"title":"T","description":"D"}"#,
            r#"{"anyOf":[{"type":"string","title":"T","description":"D","nullable":true},{"type":"integer","title":"T","description":"D (N)","nullable":true}]}"#,
        );
        exact(
            r#"{"type":["array","string","number","null"],"items":{"type":"string"},"minItems":1,"pattern":"a","description":"D"}"#,
            r#"{"anyOf":[{"type":"array","description":"D","nullable":true,"items":{"type":"string"},"minItems":1},{"type":"string","description":"D","nullable":true,"pattern":"a"},{"type":"number","description":"D","nullable":true}]}"#,
        );
        exact(
            r#"{"type":["object","string"],"properties":{"a":{"type":"string"}},"required":["a"]}"#,
            r#"{"anyOf":[{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]},{"type":"string"}]}"#,
        );
        exact(r#"{"type":["string","integer"],"enum":["a","b"]}"#, r#"{"type":"string","enum":["a","b"]}"#);
        exact(
            r#"{"anyOf":[{"anyOf":[{"type":"string"},{"type":"integer"}]},{"type":"boolean"}],"description":"D"}"#,
            r#"{"anyOf":[{"anyOf":[{"type":"string","description":"D"},{"type":"integer","description":"D"}]},{"type":"boolean","description":"D"}]}"#,
        );
        lossy(
            r#"{"type":["array","object"]}"#,
            r#"{"anyOf":[{"type":"array","items":{"type":"string"}},{"type":"object"}]}"#,
            &["x.items"],
        );
        lossy(
            r#"{"anyOf":[{"type":"string","maxLength":3},{"type":"integer"}],"enum":["a"],"minLength":1}"#,
            r#"{"anyOf":[{"type":"string","description":"enum: [\"a\"]; minLength: 1","maxLength":3},{"type":"integer","description":"enum: [\"a\"]; minLength: 1"}]}"#,
            &["x.enum", "x.minLength"],
        );
    }

    #[test]
    fn other_alternatives_are_told() {
        lossy(
            r#"{"anyOf":[{"type":"string"},{"type":"integer"}],"oneOf":[{"type":"boolean"},{"type":"number"}]}"#,
            r#"{"anyOf":[{"type":"string","description":"oneOf: [{\"type\":\"boolean\"},{\"type\":\"number\"}]"},{"type":"integer","description":"oneOf: [{\"type\":\"boolean\"},{\"type\":\"number\"}]"}]}"#,
            &["x.oneOf"],
        );
        for given in [
            r#"{"type":["string","boolean"],"anyOf":[{"type":"string"},{"type":"integer"}]}"#,
            r#"{"anyOf":[{"type":"string"},{"type":"integer"}],"type":["string","boolean"]}"#,
        ] {
            lossy(
                given,
                r#"{"anyOf":[{"type":"string","description":"type: [\"string\",\"boolean\"]"},{"type":"integer","description":"type: [\"string\",\"boolean\"]"}]}"#,
                &["x.type"],
            );
        }
    }

    #[test]
    fn alternatives_beside_one_type_may_be_null_with_it() {
        exact(
            r#"{"type":["string","null"],"anyOf":[{"type":"string","minLength":1},{"type":"string","enum":["a"]}]}"#,
            r#"{"anyOf":[{"type":"string","nullable":true,"minLength":1},{"type":"string","nullable":true,"enum":["a"]}]}"#,
        );
    }

    #[test]
    fn a_format_is_one_of_its_type() {
        exact(r#"{"type":"integer","format":"int64"}"#, r#"{"type":"integer","format":"int64"}"#);
        exact(r#"{"format":"double","type":"number"}"#, r#"{"type":"number","format":"double"}"#);
        // As Google itself writes large numbers.
        lossy(
            r#"{"type":"string","format":"int64"}"#,
            r#"{"type":"string","description":"format: int64"}"#,
            &["x.format"],
        );
    }

    #[test]
    fn arguments_are_an_object_unsaid() {
        for schema in ["{}", r#"{"$schema":"https://json-schema.org/draft/2020-12/schema"}"#] {
            let object = JsonObject::parse(schema).unwrap();
            let mut losses = Losses::default();
            assert!(parameters(object.as_raw(), "s", &mut losses).is_none());
            assert!(losses.into_vec().is_empty(), "{schema}");
        }
    }

    #[test]
    fn references_are_inlined_and_circles_are_cut() {
        let schema = r##"{"type":"object","$defs":{
            "node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"},"to":{"$ref":"#/$defs/leaf"}}},
            "leaf":{"type":"string","description":"L"}},
            "properties":{"n":{"$ref":"#/$defs/node"}}}"##;
        let object = JsonObject::parse(schema).unwrap();
        let mut losses = Losses::default();
        let json = serde_json::to_string(&parameters(object.as_raw(), "s", &mut losses)).unwrap();
        assert_eq!(
            json,
            r#"{"type":"object","properties":{"n":{"type":"object","properties":{"next":{"type":"object"},"to":{"type":"string","description":"L"}}}}}"#
        );
        let paths: Vec<String> = losses.into_vec().into_iter().map(|loss| loss.path).collect();
        assert_eq!(paths, ["s.properties.n.properties.next.$ref"]);
    }

    #[test]
    fn a_hostile_schema_stays_small() {
        let levels: Vec<String> = (0..40)
            .map(|n| {
                format!(
                    r##""d{n}":{{"anyOf":[{{"$ref":"#/$defs/d{m}"}},{{"$ref":"#/$defs/d{m}"}}]}}"##,
                    m = n + 1
                )
            })
            .collect();
        let schema = format!(
            r##"{{"type":"object","$defs":{{{}}},"properties":{{"x":{{"$ref":"#/$defs/d0"}}}}}}"##,
            levels.join(",")
        );
        let object = JsonObject::parse(&schema).unwrap();
        let mut losses = Losses::default();
        let json = serde_json::to_string(&parameters(object.as_raw(), "s", &mut losses)).unwrap();
        assert!(json.len() < 1 << 20, "{}", json.len());
        assert!(!losses.into_vec().is_empty());
    }
}
