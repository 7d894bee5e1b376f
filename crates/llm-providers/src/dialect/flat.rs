//! Schemas of arguments without alternatives at their top. OpenAI, Anthropic and Gemini refuse those, and with one tool
//! the whole request: one server's schema would silence all others.
//!
//! The members of all alternatives become members of the one object. What that does not say stands in the description,
//! for the model, and is reported, for the caller; arguments are to be checked against the original schema anyway.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::value::RawValue;
use toolgate_tool_types::{JsonObject, Tool};

use super::extra::object;
use super::lenient::Members;
use crate::lossiness::Losses;

/// "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level" (OpenAI).
const REFUSED: [&str; 5] = ["anyOf", "oneOf", "allOf", "enum", "not"];
/// What a part of an `allOf` may say that the one object says too.
const JOINED: [&str; 5] = ["type", "title", "description", "properties", "required"];
/// The longest that is told in a description.
pub(super) const MAX_TOLD: usize = 2000;
/// More alternatives than any honest schema has.
const MAX_PARTS: usize = 256;
/// More references to references than any honest schema has.
const MAX_REFERENCES: usize = 8;

type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// The tools as every dialect can say them: the same ones where nothing is to be changed.
pub(super) fn tools(tools: &Arc<[Tool]>, losses: &mut Losses) -> Arc<[Tool]> {
    let changed: Vec<Option<Tool>> =
        tools.iter().enumerate().map(|(index, tool)| flat(tool, index, losses)).collect();
    if changed.iter().all(Option::is_none) {
        return Arc::clone(tools);
    }
    tools.iter().zip(changed).map(|(tool, changed)| changed.unwrap_or_else(|| tool.clone())).collect()
}

fn flat(tool: &Tool, index: usize, losses: &mut Losses) -> Option<Tool> {
    let given = read(tool.input_schema.as_raw())?;
    let referred = referred(&given, index, losses);
    let is_changed = referred.is_some();
    let root = referred.unwrap_or(given);
    let (refused, mut kept): (Vec<_>, Vec<_>) =
        root.iter().cloned().partition(|(keyword, _)| REFUSED.contains(&&**keyword));
    if refused.is_empty() && !is_changed {
        return None;
    }
    let mut all = Joined::of(&root);
    let mut told = Vec::new();
    for (keyword, value) in refused {
        if !all.join(&keyword, value) {
            let path = format_args!("tools[{index}].input_schema.{keyword}");
            losses.report(path, "not taken at the top of a schema: told in the tool's description");
            told.push((keyword, value.get()));
        }
    }
    let is_other = |keyword: &str, value: &RawValue| keyword == "type" && value.get() != "\"object\"";
    kept.retain(|(keyword, value)| {
        !matches!(&**keyword, "properties" | "required") && !is_other(keyword, value)
    });
    let mut members: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        kept.into_iter().map(|(keyword, value)| (keyword, value.get().into())).collect();
    if !members.iter().any(|(keyword, _)| keyword == "type") {
        members.insert(0, ("type".into(), "\"object\"".into()));
    }
    members.extend(all.into_members());
    let description =
        if told.is_empty() { Arc::clone(&tool.description) } else { described(tool, &object(&told)) };
    let mut changed = tool.clone();
    (changed.description, changed.input_schema) = (description, JsonObject::parse(&object(&members)).ok()?);
    Some(changed)
}

/// The tool's description with what its schema does not say.
pub(super) fn described(tool: &Tool, told: &str) -> Arc<str> {
    match (tool.description.is_empty(), told.len()) {
        (_, MAX_TOLD..) => Arc::clone(&tool.description),
        (true, _) => format!("Arguments also meet {told}").into(),
        (false, _) => format!("{}\n\nArguments also meet {told}", tool.description).into(),
    }
}

fn read(raw: &RawValue) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    serde_json::from_str(raw.get()).ok().map(|Members(members)| members)
}

/// The members of what a schema refers to as a whole, as `zod-to-json-schema` writes one with a name, and its own: Moonshot wants none
/// beside, and others look no further.
fn referred<'a>(given: &[Member<'a>], index: usize, losses: &mut Losses) -> Option<Vec<Member<'a>>> {
    let mut reference = member(given, "$ref")?;
    let definitions = definitions(given);
    let mut members: Vec<Member<'a>> = given.to_vec();
    for _ in 0..MAX_REFERENCES {
        members.retain(|(keyword, _)| keyword != "$ref");
        let pointer = serde_json::from_str::<String>(reference.get()).unwrap_or_default();
        let Some(found) = definitions.get(&pointer).and_then(|raw| read(raw)) else { break };
        // What was filled in says nothing.
        members.retain(|(keyword, value)| {
            value.get() != "{}" || keyword != "properties" || member(&found, "properties").is_none()
        });
        let own: HashSet<Cow<'a, str>> = members.iter().map(|(keyword, _)| keyword.clone()).collect();
        members.extend(found.into_iter().filter(|(keyword, _)| !own.contains(keyword)));
        match member(&members, "$ref") {
            Some(next) => reference = next,
            None => return Some(members),
        }
    }
    members.retain(|(keyword, _)| keyword != "$ref");
    losses.report(
        format_args!("tools[{index}].input_schema.$ref"),
        "circular or unknown: any object is asked for",
    );
    Some(members)
}

/// By their pointers.
fn definitions<'a>(root: &[Member<'a>]) -> HashMap<String, &'a RawValue> {
    let mut definitions = HashMap::new();
    for place in ["$defs", "definitions"] {
        for (name, schema) in member(root, place).and_then(read).unwrap_or_default() {
            definitions.insert(format!("#/{place}/{name}"), schema);
        }
    }
    definitions
}

fn member<'a>(members: &[(Cow<'_, str>, &'a RawValue)], wanted: &str) -> Option<&'a RawValue> {
    members.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value)
}

/// The members of all parts.
struct Joined<'a> {
    definitions: HashMap<String, &'a RawValue>,
    /// The schemas of each, and what joins them.
    properties: Vec<(Cow<'a, str>, Vec<&'a str>, &'static str)>,
    /// Where each property is in that list.
    places: HashMap<Cow<'a, str>, usize>,
    required: Vec<String>,
}

impl<'a> Joined<'a> {
    /// What the schema says beside its alternatives.
    fn of(root: &[(Cow<'a, str>, &'a RawValue)]) -> Self {
        let definitions = definitions(root);
        let (properties, places) = (Vec::new(), HashMap::new());
        let mut all = Self { definitions, properties, places, required: Vec::new() };
        all.required = all.add(root, "allOf");
        all
    }

    /// Adds the parts of a keyword; whether that says all of it.
    fn join(&mut self, keyword: &str, value: &'a RawValue) -> bool {
        let parts = serde_json::from_str::<Vec<&RawValue>>(value.get()).unwrap_or_default();
        let is_whole = parts.len() <= MAX_PARTS;
        let parts: Vec<_> = parts.into_iter().take(MAX_PARTS).map(|part| self.resolved(part)).collect();
        match keyword {
            "allOf" => self.join_all(&parts) && is_whole,
            "anyOf" | "oneOf" => {
                let demanded: Vec<HashSet<String>> =
                    parts.iter().map(|part| self.add(part, "anyOf").into_iter().collect()).collect();
                let by_all = demanded.iter().cloned().reduce(|all, next| &all & &next).unwrap_or_default();
                // In an order that is always the same.
                self.required.extend(by_all.into_iter().collect::<BTreeSet<_>>());
                false
            }
            _ => false,
        }
    }

    fn join_all(&mut self, parts: &[Vec<(Cow<'a, str>, &'a RawValue)>]) -> bool {
        let (mut all_said, mut many) = (true, self.properties.len());
        for part in parts {
            all_said &= part.iter().all(|(keyword, _)| JOINED.contains(&&**keyword));
            many += member(part, "properties").and_then(read).map_or(0, |properties| properties.len());
            let demanded = self.add(part, "allOf");
            self.required.extend(demanded);
        }
        all_said && many == self.properties.len()
    }

    /// Adds the properties of a part, and returns the names of those that it demands.
    fn add(&mut self, part: &[(Cow<'a, str>, &'a RawValue)], joint: &'static str) -> Vec<String> {
        for (name, schema) in member(part, "properties").and_then(read).unwrap_or_default() {
            let place = *self.places.entry(name.clone()).or_insert(self.properties.len());
            match self.properties.get_mut(place) {
                None => self.properties.push((name, vec![schema.get()], joint)),
                Some((_, schemas, _)) if schemas.contains(&schema.get()) => {}
                Some((_, schemas, joined)) => {
                    schemas.push(schema.get());
                    *joined = joint;
                }
            }
        }
        let required = member(part, "required").map(RawValue::get).unwrap_or_default();
        serde_json::from_str(required).unwrap_or_default()
    }

    fn into_members(mut self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        let whole = |(name, schemas, joint): (Cow<'a, str>, Vec<&str>, &str)| match &*schemas {
            [only] => (name, (*only).to_owned()),
            several => (name, format!("{{\"{joint}\":[{}]}}", several.join(","))),
        };
        let properties: Vec<(Cow<'a, str>, String)> = self.properties.into_iter().map(whole).collect();
        let mut seen = HashSet::new();
        self.required.retain(|name| seen.insert(name.clone()));
        let is_any = !self.required.is_empty();
        let required = is_any.then(|| serde_json::to_string(&self.required).ok()).flatten();
        let properties = ("properties".into(), object(&properties).into());
        std::iter::once(properties).chain(required.map(|names| ("required".into(), names.into())))
    }

    /// The members of a part, or of the definition that it refers to.
    fn resolved(&self, part: &'a RawValue) -> Vec<(Cow<'a, str>, &'a RawValue)> {
        let mut members = read(part).unwrap_or_default();
        for _ in 0..MAX_REFERENCES {
            let reference = member(&members, "$ref").map(RawValue::get).unwrap_or_default();
            let reference = serde_json::from_str::<String>(reference).unwrap_or_default();
            let Some(found) = self.definitions.get(&reference).and_then(|raw| read(raw)) else { break };
            members = found;
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flattened(schema: &str) -> (String, String, Vec<String>) {
        let schema = JsonObject::parse(schema).unwrap();
        let given: Arc<[Tool]> = [Tool::new("t".parse().unwrap(), "", schema)].into();
        let mut losses = Losses::default();
        let flat = tools(&given, &mut losses);
        let losses = losses.into_vec().into_iter().map(|loss| loss.path).collect();
        (flat[0].input_schema.as_str().to_owned(), flat[0].description.to_string(), losses)
    }

    #[test]
    fn what_has_no_alternatives_is_the_same() {
        let schema = r#"{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}}}"#;
        let given: Arc<[Tool]> =
            [Tool::new("t".parse().unwrap(), "", JsonObject::parse(schema).unwrap())].into();
        assert!(Arc::ptr_eq(&given, &tools(&given, &mut Losses::default())));
    }

    #[test]
    fn alternatives_become_one_object_and_are_told() {
        let (schema, told, losses) = flattened(
            r##"{"$defs":{"B":{"properties":{"kind":{"const":"b"},"b":{"type":"integer"}},"required":["kind","b"]}},
            "oneOf":[{"properties":{"kind":{"const":"a"},"a":{"type":"string"}},"required":["kind"]},{"$ref":"#/$defs/B"}]}"##,
        );
        let value: serde_json::Value = serde_json::from_str(&schema).unwrap();
        assert_eq!((&value["type"], value.get("oneOf")), (&"object".into(), None));
        let kind = serde_json::json!({"anyOf": [{"const": "a"}, {"const": "b"}]});
        assert_eq!(value["properties"]["kind"], kind);
        assert_eq!(value["properties"]["b"]["type"], "integer");
        assert_eq!(value["required"], serde_json::json!(["kind"]));
        assert!(told.starts_with(r#"Arguments also meet {"oneOf":[{"properties""#), "{told}");
        assert_eq!(losses, ["tools[0].input_schema.oneOf"]);
    }

    #[test]
    fn a_schema_says_what_it_refers_to_as_a_whole() {
        // As `zod-to-json-schema` writes one, and what is filled in.
        let (schema, told, losses) = flattened(
            r##"{"$ref":"#/definitions/Args","definitions":{"Args":{"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false}},"properties":{}}"##,
        );
        assert_eq!(
            schema,
            r#"{"definitions":{"Args":{"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false}},"type":"object","additionalProperties":false,"properties":{"a":{}},"required":["a"]}"#
        );
        assert_eq!((told.as_str(), losses.len()), ("", 0));
        for unknown in [
            r##"{"$ref":"#/$defs/A","$defs":{"A":{"$ref":"#/$defs/A"}}}"##,
            r##"{"$ref":"#"}"##,
            r#"{"$ref":1,"type":"string"}"#,
        ] {
            let (schema, _, losses) = flattened(unknown);
            assert!(!schema.starts_with(r#"{"$ref"#) && schema.contains(r#""properties":{}"#), "{schema}");
            assert_eq!(losses, ["tools[0].input_schema.$ref"]);
        }
    }

    #[test]
    fn parts_that_are_all_joined_are_no_loss() {
        let (schema, told, losses) = flattened(
            r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"allOf":[{"type":"object","properties":{"b":{}},"required":["b"]}]}"#,
        );
        assert_eq!(
            schema,
            r#"{"type":"object","properties":{"a":{"type":"string"},"b":{}},"required":["a","b"]}"#
        );
        assert_eq!((told.as_str(), losses.len()), ("", 0));
    }

    #[test]
    fn what_is_hostile_is_survived() {
        for schema in [
            r##"{"$defs":{"A":{"$ref":"#/$defs/A"}},"anyOf":[{"$ref":"#/$defs/A"}]}"##,
            r#"{"anyOf":{}}"#,
            r#"{"anyOf":[1,null,{"properties":[]}]}"#,
            r#"{"not":{},"enum":[1]}"#,
        ] {
            let (flat, _, losses) = flattened(schema);
            assert!(!flat.contains("\"anyOf\":") && !losses.is_empty(), "{flat}");
        }
        // Enough that comparing all with all would be felt.
        let many: Vec<String> = (0..50_000).map(|n| format!("\"p{n}\":{{}}")).collect();
        let wide = format!(r#"{{"anyOf":[{{"properties":{{{}}}}}]}}"#, many.join(","));
        assert!(flattened(&wide).0.contains("\"p49999\":{}"));
        let parts: Vec<String> =
            (0..1000).map(|n| format!(r#"{{"properties":{{"x":{{"const":{n}}}}}}}"#)).collect();
        let (flat, _, losses) = flattened(&format!(r#"{{"allOf":[{}]}}"#, parts.join(",")));
        assert!(flat.contains("255") && !flat.contains("256") && losses.len() == 1);
        let long = format!(r#"{{"anyOf":[{{"title":"{}"}}]}}"#, "x".repeat(4000));
        assert_eq!(flattened(&long).1, "");
    }
}
