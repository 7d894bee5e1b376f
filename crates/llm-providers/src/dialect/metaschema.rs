//! Schemas of arguments that are schemas. OpenAI, Anthropic and others hold them against the metaschema of JSON Schema 2020-12, and refuse
//! the whole request for one tool that breaks it ("JSON schema is invalid. It must match JSON Schema draft 2020-12", "'object' is not
//! of type 'object', 'boolean'"). Servers of MCP write older drafts, and what is none.
//!
//! What an older draft says is told in the words of 2020-12: tuples (`items` as a list, `additionalItems`), bounds that exclude
//! (`exclusiveMinimum` as a yes), members that demand themselves (`required` as a yes). What is no schema in any is left out, and
//! reported.

mod fit;
mod older;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;
use toolgate_tool_types::{JsonObject, Tool};

use self::fit::Fit;
use self::older::Older;
use super::extra::object;
use super::lenient::Members;
use crate::lossiness::Losses;

/// Deeper than any honest schema: what is below is left to the provider to refuse.
const MAX_DEPTH: usize = 64;

type Read<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;
type Written<'a> = Vec<(Cow<'a, str>, String)>;

/// The tools with schemas that are some: the same ones where nothing is to be changed.
pub(super) fn tools(tools: &Arc<[Tool]>, losses: &mut Losses) -> Arc<[Tool]> {
    let changed: Vec<Option<JsonObject>> = tools
        .iter()
        .enumerate()
        .map(|(index, tool)| schema(&tool.input_schema, &format!("tools[{index}].input_schema"), losses))
        .collect();
    if changed.iter().all(Option::is_none) {
        return Arc::clone(tools);
    }
    let told = |(tool, changed): (&Tool, Option<JsonObject>)| {
        let mut tool = tool.clone();
        if let Some(changed) = changed {
            tool.input_schema = changed;
        }
        tool
    };
    tools.iter().zip(changed).map(told).collect()
}

fn schema(given: &JsonObject, path: &str, losses: &mut Losses) -> Option<JsonObject> {
    let mut walk = Walk { losses, depth: 0, is_changed: false, is_older: false };
    let written = walk.schema(given.as_raw(), path);
    if !walk.is_changed {
        return None;
    }
    // What repeats a member, and is no object, stays as it is.
    let written = JsonObject::parse(&written).ok()?;
    if walk.is_older { Some(undated(written)) } else { Some(written) }
}

/// Without the draft that it was written in.
fn undated(schema: JsonObject) -> JsonObject {
    let Ok(Members(mut members)) = serde_json::from_str(schema.as_str()) else { return schema };
    members.retain(|(keyword, _)| keyword != "$schema");
    let members: Vec<(&str, &str)> = members.iter().map(|(name, value)| (&**name, value.get())).collect();
    JsonObject::parse(&object(&members)).unwrap_or(schema)
}

struct Walk<'l> {
    losses: &'l mut Losses,
    depth: usize,
    is_changed: bool,
    /// Whether anything is of an older draft.
    is_older: bool,
}

impl Walk<'_> {
    fn schema(&mut self, raw: &RawValue, path: &str) -> String {
        let read = serde_json::from_str::<Members<'_>>(raw.get());
        let (Ok(Members(read)), true) = (read, self.depth < MAX_DEPTH) else {
            return raw.get().to_owned();
        };
        self.depth += 1;
        let mut written = Vec::with_capacity(read.len() + 1);
        for (keyword, value) in &read {
            let place = format!("{path}.{}", crate::error::escaped(keyword));
            if !self.older(&read, keyword, value, &place, &mut written) {
                self.current(keyword.clone(), value, &place, &mut written);
            }
        }
        older::demand(&read, &mut written);
        self.depth -= 1;
        object(&written)
    }

    /// Writes what a keyword says in an older draft; whether it is of one.
    fn older<'a>(
        &mut self,
        read: &Read<'_>,
        keyword: &str,
        value: &RawValue,
        place: &str,
        written: &mut Written<'a>,
    ) -> bool {
        let Some(older) = Older::of(read, keyword, value) else { return false };
        (self.is_changed, self.is_older) = (true, true);
        written.extend(match older {
            Older::Silent => None,
            Older::Is(keyword, told) => Some((keyword.into(), told)),
            Older::Tuple => self.list(value, place).map(|list| ("prefixItems".into(), list)),
            Older::Rest => Some(("items".into(), self.schema(value, place))),
        });
        true
    }

    /// Writes a keyword of 2020-12 that has a value of its kind.
    fn current<'a>(
        &mut self,
        keyword: Cow<'a, str>,
        value: &RawValue,
        place: &str,
        written: &mut Written<'a>,
    ) {
        let kept = match Fit::of(&keyword, value) {
            Fit::As => Some(value.get().to_owned()),
            Fit::Told(told) => {
                self.is_changed = true;
                Some(told)
            }
            Fit::Schema => Some(self.schema(value, place)),
            Fit::Schemas => self.list(value, place),
            Fit::Members => Some(self.members(value, place)),
            Fit::Silent => None,
            Fit::Not => {
                self.losses.report(place, "no JSON Schema: left out");
                None
            }
        };
        match kept {
            Some(kept) => written.push((keyword, kept)),
            None => self.is_changed = true,
        }
    }

    /// The schemas of a list, if it has any; what is none in it is left out.
    fn list(&mut self, value: &RawValue, path: &str) -> Option<String> {
        let read: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
        let mut written = Vec::with_capacity(read.len());
        for (place, raw) in read.into_iter().enumerate() {
            written.extend(self.member(raw, &format!("{path}[{place}]")));
        }
        (!written.is_empty()).then(|| format!("[{}]", written.join(",")))
    }

    /// The same of members with names of their own.
    fn members(&mut self, value: &RawValue, path: &str) -> String {
        let Ok(Members(read)) = serde_json::from_str(value.get()) else { return value.get().to_owned() };
        let mut written = Vec::with_capacity(read.len());
        for (name, raw) in read {
            let place = format!("{path}.{}", crate::error::escaped(&name));
            written.extend(self.member(raw, &place).map(|schema| (name, schema)));
        }
        object(&written)
    }

    fn member(&mut self, raw: &RawValue, path: &str) -> Option<String> {
        if fit::is_schema(raw) {
            return Some(self.schema(raw, path));
        }
        self.losses.report(path, "no JSON Schema: left out");
        self.is_changed = true;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (String, Vec<String>) {
        let given = JsonObject::parse(text).unwrap();
        let mut losses = Losses::default();
        let told = schema(&given, "s", &mut losses).unwrap_or(given);
        (told.as_str().to_owned(), losses.into_vec().into_iter().map(|loss| loss.path).collect())
    }

    fn is_valid(text: &str) -> bool {
        let schema: serde_json::Value = serde_json::from_str(text).unwrap();
        jsonschema::draft202012::meta::is_valid(&schema)
    }

    #[test]
    fn an_older_draft_is_told_in_the_words_of_2020_12() {
        for (given, expected) in [
            (
                r#"{"properties":{"p":{"type":"array","minItems":2,"items":[{"type":"number"},{"type":"string"}]}}}"#,
                r#"{"properties":{"p":{"type":"array","minItems":2,"prefixItems":[{"type":"number"},{"type":"string"}]}}}"#,
            ),
            // As `kintone` writes one.
            (
                r##"{"properties":{"q":{"type":"array","items":[{"type":"object"}],"additionalItems":{"type":"string"}}}}"##,
                r##"{"properties":{"q":{"type":"array","prefixItems":[{"type":"object"}],"items":{"type":"string"}}}}"##,
            ),
            (
                r#"{"items":[{},{"items":[{}]}],"additionalItems":false}"#,
                r#"{"prefixItems":[{},{"prefixItems":[{}]}],"maxItems":2}"#,
            ),
            (
                r#"{"$schema":"http://json-schema.org/draft-07/schema#","items":[],"additionalItems":true}"#,
                "{}",
            ),
            (
                r#"{"properties":{"n":{"minimum":0,"exclusiveMinimum":true,"maximum":9,"exclusiveMaximum":false}}}"#,
                r#"{"properties":{"n":{"exclusiveMinimum":0,"maximum":9}}}"#,
            ),
            (
                r#"{"properties":{"a":{"type":"string","required":true},"b":{"required":false},"c":{}},"required":["c","c"]}"#,
                r#"{"properties":{"a":{"type":"string"},"b":{},"c":{}},"required":["c","a"]}"#,
            ),
            (r#"{"properties":{"a":{"required":true}}}"#, r#"{"properties":{"a":{}},"required":["a"]}"#),
            (
                r#"{"type":"OBJECT","properties":{"a":{"type":["String","NULL","string"]}}}"#,
                r#"{"type":"object","properties":{"a":{"type":["string","null"]}}}"#,
            ),
            (r#"{"type":"object","properties":[],"anyOf":[]}"#, r#"{"type":"object"}"#),
        ] {
            assert_eq!(told(given), (expected.to_owned(), Vec::new()));
            assert!(!is_valid(given) && is_valid(expected), "{given}");
        }
    }

    #[test]
    fn what_is_no_schema_is_left_out_and_reported() {
        for (given, expected, lost) in [
            // As `pencil` wrote one.
            (
                r#"{"properties":{"parents":{"type":"array"},"type":"object"},"type":"object"}"#,
                r#"{"properties":{"parents":{"type":"array"}},"type":"object"}"#,
                vec!["s.properties.type"],
            ),
            (
                r#"{"properties":{"a":{"type":"any","title":1}}}"#,
                r#"{"properties":{"a":{}}}"#,
                vec!["s.properties.a.type", "s.properties.a.title"],
            ),
            (r#"{"type":["string","any"]}"#, "{}", vec!["s.type"]),
            (
                r#"{"anyOf":[{"minLength":-1},"string"],"enum":"a","required":"a","multipleOf":0,"maximum":"9"}"#,
                r#"{"anyOf":[{}]}"#,
                vec![
                    "s.anyOf[0].minLength",
                    "s.anyOf[1]",
                    "s.enum",
                    "s.required",
                    "s.multipleOf",
                    "s.maximum",
                ],
            ),
            (
                r#"{"additionalProperties":"no","examples":{}}"#,
                "{}",
                vec!["s.additionalProperties", "s.examples"],
            ),
        ] {
            assert!(!is_valid(given) && is_valid(expected), "{given}");
            assert_eq!(told(given), (expected.to_owned(), lost.into_iter().map(str::to_owned).collect()));
        }
    }

    #[test]
    fn what_is_a_schema_is_the_same() {
        let deep = format!("{}{}{}", r#"{"items":"#.repeat(100), "{}", "}".repeat(100));
        for same in [
            r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"items":{"type":"array","prefixItems":[{"type":"number"}],"items":false},"required":{"const":true},"e":{"exclusiveMinimum":0,"minimum":-1.5e3,"maxLength":3.0}},"additionalProperties":{"$ref":"#/$defs/x"},"$defs":{"x":true},"x-google":[1]}"##,
            r#"{"properties":null,"required":null,"default":{"type":"any"},"enum":[{"type":"any"}],"const":{"items":[]}}"#,
            &deep,
        ] {
            assert_eq!(told(same), (same.to_owned(), Vec::new()));
        }
        let tool = Tool::new("t".parse().unwrap(), "", JsonObject::parse(&deep).unwrap());
        let given: Arc<[Tool]> = [tool].into();
        assert!(Arc::ptr_eq(&given, &tools(&given, &mut Losses::default())));
    }

    #[test]
    fn what_is_a_schema_and_refused_is_told_otherwise() {
        // As Claude Code's tools have one.
        assert_eq!(told(r#"{"pattern":"^[^\\0]*\\\\0\\01$"}"#).0, r#"{"pattern":"^[^\\x00]*\\\\0\\01$"}"#);
        assert_eq!(told(r#"{"enum":null,"const":null}"#), (r#"{"const":null}"#.to_owned(), Vec::new()));
        assert_eq!(told(r#"{"enum":[]}"#), ("{}".to_owned(), vec!["s.enum".to_owned()]));
        let dated = r#"{"$schema":"http://json-schema.org/draft-07/schema#","type":"STRING"}"#;
        assert_eq!(told(dated).0, dated.replace("STRING", "string"));
    }

    #[test]
    fn what_is_hostile_is_survived() {
        for odd in [
            r#"{"items":[1,[]],"prefixItems":{},"properties":{"a":{"required":true}}}"#,
            r#"{"exclusiveMinimum":true,"minimum":"x","exclusiveMaximum":true,"type":7,"required":[1]}"#,
            r#"{"items":[{}],"additionalItems":7,"type":[],"required":true}"#,
        ] {
            let (written, _) = told(odd);
            assert!(serde_json::from_str::<serde_json::Value>(&written).is_ok(), "{written}");
        }
    }
}
