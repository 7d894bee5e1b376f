//! A schema for an answer (`GenerationConfig.responseJsonSchema`): any JSON Schema, of which a part is read.
//!
//! What is not read is reported, for the caller, who checks the answer anyway. What stands beside a reference would be refused,
//! with the whole request, and is left out: "If `$ref` is set on a sub-schema, no other properties, except for those starting as a
//! `$`, may be set."

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::dialect::extra::object;
use crate::dialect::lenient::Members;
use crate::dialect::subschemas;
use crate::lossiness::Losses;

/// Deeper than any honest schema: what is below is not looked at.
const MAX_DEPTH: usize = 64;

/// "Only the following properties are supported", and those that say nothing which an answer must meet.
const READ: [&str; 22] = [
    "$id",
    "$anchor",
    "$ref",
    "$schema",
    "$comment",
    "type",
    "format",
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "enum",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "required",
    "propertyOrdering",
];

/// The schema as it is sent.
pub(super) fn schema<'a>(wanted: &'a RawValue, losses: &mut Losses) -> Cow<'a, RawValue> {
    let mut walk = Walk { losses, depth: 0, is_changed: false };
    let written = walk.schema(wanted, "options.response_format.schema");
    match RawValue::from_string(written) {
        Ok(changed) if walk.is_changed => Cow::Owned(changed),
        _ => Cow::Borrowed(wanted),
    }
}

struct Walk<'l> {
    losses: &'l mut Losses,
    depth: usize,
    is_changed: bool,
}

impl Walk<'_> {
    fn schema(&mut self, raw: &RawValue, path: &str) -> String {
        let read = serde_json::from_str::<Members<'_>>(raw.get());
        let (Ok(Members(members)), true) = (read, self.depth < MAX_DEPTH) else {
            return raw.get().to_owned();
        };
        self.depth += 1;
        let is_reference = members.iter().any(|(keyword, _)| keyword == "$ref");
        let mut out = Vec::with_capacity(members.len());
        for (keyword, value) in members {
            let place = format!("{path}.{}", crate::error::escaped(&keyword));
            if is_reference && !keyword.starts_with('$') {
                self.losses.report(place, "left out: a reference stands alone here");
                self.is_changed = true;
                continue;
            }
            let written = self.keyword(&keyword, value, &place);
            out.push((keyword, written));
        }
        self.depth -= 1;
        object(&out)
    }

    fn keyword(&mut self, keyword: &str, value: &RawValue, place: &str) -> String {
        match keyword {
            "properties"
            | "$defs"
            | "definitions"
            | "anyOf"
            | "prefixItems"
            | "items"
            | "additionalProperties" => {}
            "oneOf" => self.losses.report(place, "exactly one of becomes any of"),
            known if READ.contains(&known) => return value.get().to_owned(),
            _ => {
                self.losses.report(place, "not enforced by this API");
                return value.get().to_owned();
            }
        }
        subschemas::within(keyword, value, place, |schema, place| self.schema(schema, place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(wanted: &str) -> (String, Vec<String>) {
        let mut losses = Losses::default();
        let wanted: Box<RawValue> = serde_json::from_str(wanted).unwrap();
        let sent = schema(&wanted, &mut losses).get().to_owned();
        let paths = losses.into_vec().into_iter().map(|loss| loss.path);
        (sent, paths.map(|path| path.replace("options.response_format.schema.", "")).collect())
    }

    #[test]
    fn what_is_ignored_is_told_by_its_place() {
        let whole = r##"{"type":"object","properties":{"pattern":{"type":"integer","minimum":1},"n":{"$ref":"#/$defs/n"}},
            "$defs":{"n":{"enum":["a"],"description":"d"}},"required":["n"],"additionalProperties":false}"##;
        assert_eq!(sent(whole), (whole.to_owned(), Vec::new()));
        let lax = r#"{"type":"object","properties":{"a":{"type":"string","pattern":"x"},"b":{"type":"array","items":{"const":1}}},
            "oneOf":[{"not":{}}],"minProperties":1}"#;
        let told =
            ["properties.a.pattern", "properties.b.items.const", "oneOf", "oneOf.not", "minProperties"];
        assert_eq!(sent(lax), (lax.to_owned(), told.map(str::to_owned).into()));
        let deep = format!("{}{{\"not\":{{}}}}{}", r#"{"items":"#.repeat(100), "}".repeat(100));
        assert_eq!(sent(&deep), (deep.clone(), Vec::new()));
    }

    #[test]
    fn a_reference_stands_alone() {
        let beside = r##"{"type":"object","properties":{"n":{"description":"d","$ref":"#/$defs/n"},"m":{"anyOf":[{"$ref":"#/$defs/n","default":1},{"type":"null"}]}},"$defs":{"n":{"type":"string"}}}"##;
        let alone = r##"{"type":"object","properties":{"n":{"$ref":"#/$defs/n"},"m":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"$defs":{"n":{"type":"string"}}}"##;
        let told = ["properties.n.description", "properties.m.anyOf.default"];
        assert_eq!(sent(beside), (alone.to_owned(), told.map(str::to_owned).into()));
    }
}
