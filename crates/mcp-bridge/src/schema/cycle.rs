//! References that lead back to themselves without consuming any of the instance, or to the same place again and again:
//! validating them would never end, or double with each of a few lines.
//!
//! Only keywords that apply to the very same instance location count (JSON Schema 2020-12 core, section 10.2 and 8.2.3).

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The longest chain of references that is followed.
const MAX_CHAIN: usize = 256;
/// How many schemas one place of an instance may be held against. A large honest union has some hundreds.
const MAX_STEPS: usize = 5_000;
/// The most references to a document by its name. They are not followed here: so few of them multiply little.
const MAX_NAMED: usize = 16;
/// Keywords whose value is a schema for the same instance location.
const ONE: [&str; 4] = ["not", "if", "then", "else"];
/// Keywords whose value is a list of such schemas.
const LIST: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords whose value is a map of such schemas.
const MAP: [&str; 2] = ["dependentSchemas", "dependencies"];

/// Refuses a schema that holds such references. The schema's size has been bounded before.
pub(crate) fn refuse(root: &Value) -> Result<(), String> {
    let mut anchors = HashMap::new();
    anchored(root, &mut anchors);
    let mut walk = Walk { root, anchors, path: Vec::new(), done: HashMap::new(), named: 0 };
    walk.everywhere(root)
}

struct Walk<'a> {
    root: &'a Value,
    anchors: HashMap<&'a str, &'a Value>,
    /// The schemas that are being followed, by address.
    path: Vec<*const Value>,
    /// The schemas that are known to end, and after how many steps.
    done: HashMap<*const Value, usize>,
    /// References that were not followed.
    named: usize,
}

impl<'a> Walk<'a> {
    /// Starts at each part that holds a reference: every loop has one.
    fn everywhere(&mut self, value: &'a Value) -> Result<(), String> {
        match value {
            Value::Object(members) => {
                if members.keys().any(|keyword| is_reference(keyword)) {
                    self.follow(value)?;
                }
                members.values().try_for_each(|member| self.everywhere(member))
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.everywhere(item)),
            _ => Ok(()),
        }
    }

    /// How many schemas a place is held against that is held against this one.
    fn follow(&mut self, schema: &'a Value) -> Result<usize, String> {
        let Value::Object(members) = schema else { return Ok(1) };
        let here: *const Value = schema;
        if self.path.contains(&here) || self.path.len() > MAX_CHAIN {
            return Err("the schema refers to itself without end".to_owned());
        }
        if let Some(steps) = self.done.get(&here) {
            return Ok(*steps);
        }
        self.path.push(here);
        let mut steps = 1;
        for (keyword, value) in members {
            steps += match (keyword.as_str(), value) {
                (keyword, Value::String(reference)) if is_reference(keyword) => self.refer(reference)?,
                (keyword, value) if ONE.contains(&keyword) => self.follow(value)?,
                (keyword, Value::Array(items)) if LIST.contains(&keyword) => self.follow_all(items.iter())?,
                (keyword, Value::Object(map)) if MAP.contains(&keyword) => self.follow_all(map.values())?,
                _ => 0,
            };
        }
        if steps > MAX_STEPS {
            return Err(format!("the schema holds one value against more than {MAX_STEPS} schemas"));
        }
        self.path.pop();
        self.done.insert(here, steps);
        Ok(steps)
    }

    fn follow_all(&mut self, mut schemas: impl Iterator<Item = &'a Value>) -> Result<usize, String> {
        schemas.try_fold(0, |steps, schema| Ok(steps + self.follow(schema)?))
    }

    /// What a reference points to; a reference out of the document is refused when the schema is compiled.
    fn refer(&mut self, reference: &str) -> Result<usize, String> {
        let fragment =
            reference.strip_prefix('#').map(|fragment| percent_decode_str(fragment).decode_utf8_lossy());
        let target = fragment.and_then(|fragment| match &*fragment {
            pointer if pointer.is_empty() || pointer.starts_with('/') => self.root.pointer(pointer),
            anchor => self.anchors.get(anchor).copied(),
        });
        if let Some(target) = target {
            return self.follow(target);
        }
        self.named += 1;
        if self.named > MAX_NAMED {
            return Err(format!(
                "the schema has more than {MAX_NAMED} references to documents by their names"
            ));
        }
        Ok(1)
    }
}

fn is_reference(keyword: &str) -> bool {
    matches!(keyword, "$ref" | "$dynamicRef" | "$recursiveRef")
}

/// Every part that has a name in the document, the first of each name.
fn anchored<'a>(value: &'a Value, anchors: &mut HashMap<&'a str, &'a Value>) {
    match value {
        Value::Object(members) => {
            for keyword in ["$anchor", "$dynamicAnchor"] {
                if let Some(Value::String(anchor)) = members.get(keyword) {
                    anchors.entry(anchor).or_insert(value);
                }
            }
            members.values().for_each(|member| anchored(member, anchors));
        }
        Value::Array(items) => items.iter().for_each(|item| anchored(item, anchors)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn loops_are_refused() {
        for schema in [
            json!({"$ref": "#"}),
            json!({"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"$ref": "#/$defs/b"}}}),
            json!({"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}}),
            json!({"$defs": {"a": {"$anchor": "x", "not": {"$ref": "#x"}}}}),
            json!({"$defs": {"a": {"$dynamicAnchor": "x", "then": {"$dynamicRef": "#x"}}}}),
        ] {
            assert!(refuse(&schema).is_err(), "{schema}");
        }
    }

    /// `depth` schemas, each of which holds a place against the next one twice.
    fn doubling(depth: usize, reference: impl Fn(usize) -> String) -> Value {
        let twice = |next: usize| json!({"allOf": [{"$ref": reference(next)}, {"$ref": reference(next)}]});
        let schemas: serde_json::Map<_, _> =
            (0..depth).map(|depth| (format!("d{depth}"), twice(depth + 1))).collect();
        json!({"$id": "https://a.example/s", "$ref": reference(0), "$defs": schemas})
    }

    #[test]
    fn what_doubles_with_each_line_is_refused() {
        let refused =
            |depth, reference: fn(usize) -> String| refuse(&doubling(depth, reference)).unwrap_err();
        let pointer: fn(usize) -> String = |depth| format!("#/$defs/d{depth}");
        assert!(refused(40, pointer).contains("more than 5000 schemas"));
        assert!(refused(40, |depth| format!("#/%24defs/%64{depth}")).contains("more than 5000 schemas"));
        assert!(refused(40, |depth| format!("s#/$defs/d{depth}")).contains("more than 16 references"));
        assert_eq!(refuse(&doubling(8, pointer)), Ok(()));
    }

    #[test]
    fn recursion_through_a_property_or_an_item_is_not_a_loop() {
        for schema in [
            json!({"properties": {"child": {"$ref": "#"}}}),
            json!({"items": {"$ref": "#"}, "anyOf": [{"$ref": "#/$defs/n"}, {"$ref": "#/$defs/n"}], "$defs": {"n": {}}}),
        ] {
            assert!(refuse(&schema).is_ok(), "{schema}");
        }
    }
}
