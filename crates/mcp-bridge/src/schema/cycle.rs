//! References that lead back to themselves without consuming any of the instance, to the same place again and again, or on
//! and on: validating them would never end, double with each of a few lines, or need more stack than a thread has.
//!
//! Only keywords that apply to the very same instance location count (JSON Schema 2020-12 core, section 10.2 and 8.2.3).

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// How deep schemas for one place of an instance may lie in each other. Each is a few calls on the stack, and so again for
/// each of the 127 levels that an instance may have: with eight times as many, a thread runs out of it.
const MAX_CHAIN: usize = 32;
/// How many schemas one place of an instance may be held against. A large honest union has some hundreds.
const MAX_STEPS: usize = 5_000;
/// The most references to a document by its name. They are not followed here: so few of them multiply little.
const MAX_NAMED: usize = 16;
/// How deep it may come to with these, as if each led to what is deepest.
const MAX_NAMED_CHAIN: usize = 64;
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
    walk.everywhere(root)?;
    let deepest = walk.done.values().map(|cost| cost.depth).max().unwrap_or(0);
    if deepest * (walk.named + 1) > MAX_NAMED_CHAIN { Err(too_deep()) } else { Ok(()) }
}

fn too_deep() -> String {
    format!("the schema holds one value against schemas that lie deeper than {MAX_CHAIN} in each other")
}

/// What it takes to hold one place against a schema.
#[derive(Clone, Copy)]
struct Cost {
    /// How many schemas it is held against.
    steps: usize,
    /// How deep they lie in each other.
    depth: usize,
}

impl Cost {
    const NONE: Self = Self { steps: 0, depth: 0 };
    const ONE: Self = Self { steps: 1, depth: 1 };

    fn beside(self, other: Self) -> Self {
        Self { steps: self.steps + other.steps, depth: self.depth.max(other.depth) }
    }
}

struct Walk<'a> {
    root: &'a Value,
    anchors: HashMap<&'a str, &'a Value>,
    /// The schemas that are being followed, by address.
    path: Vec<*const Value>,
    /// The schemas that are known to end.
    done: HashMap<*const Value, Cost>,
    /// References that were not followed.
    named: usize,
}

impl<'a> Walk<'a> {
    /// Starts at each part that holds a reference, as every loop does, or has what is below it looked at once more.
    fn everywhere(&mut self, value: &'a Value) -> Result<(), String> {
        match value {
            Value::Object(members) => {
                if members.keys().any(|keyword| is_reference(keyword) || looks_again(keyword)) {
                    self.follow(value)?;
                }
                members.values().try_for_each(|member| self.everywhere(member))
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.everywhere(item)),
            _ => Ok(()),
        }
    }

    fn follow(&mut self, schema: &'a Value) -> Result<Cost, String> {
        let Value::Object(members) = schema else { return Ok(Cost::ONE) };
        let here: *const Value = schema;
        if self.path.contains(&here) {
            return Err("the schema refers to itself without end".to_owned());
        }
        if let Some(cost) = self.done.get(&here) {
            return Ok(*cost);
        }
        if self.path.len() == MAX_CHAIN {
            return Err(too_deep());
        }
        self.path.push(here);
        let mut below = Cost::NONE;
        for (keyword, value) in members {
            below = below.beside(match (keyword.as_str(), value) {
                (keyword, Value::String(reference)) if is_reference(keyword) => self.refer(reference)?,
                (keyword, value) if ONE.contains(&keyword) => self.follow(value)?,
                (keyword, Value::Array(items)) if LIST.contains(&keyword) => self.follow_all(items.iter())?,
                (keyword, Value::Object(map)) if MAP.contains(&keyword) => self.follow_all(map.values())?,
                _ => Cost::NONE,
            });
        }
        self.path.pop();
        let looks = 1 + members.keys().filter(|keyword| looks_again(keyword)).count();
        let cost = Cost { steps: 1 + looks * below.steps, depth: 1 + below.depth };
        if cost.steps > MAX_STEPS {
            return Err(format!("the schema holds one value against more than {MAX_STEPS} schemas"));
        }
        if cost.depth > MAX_CHAIN {
            return Err(too_deep());
        }
        self.done.insert(here, cost);
        Ok(cost)
    }

    fn follow_all(&mut self, mut schemas: impl Iterator<Item = &'a Value>) -> Result<Cost, String> {
        schemas.try_fold(Cost::NONE, |cost, schema| Ok(cost.beside(self.follow(schema)?)))
    }

    /// What a reference points to; a reference out of the document is refused when the schema is compiled.
    fn refer(&mut self, reference: &str) -> Result<Cost, String> {
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
        Ok(Cost::ONE)
    }
}

fn is_reference(keyword: &str) -> bool {
    matches!(keyword, "$ref" | "$dynamicRef" | "$recursiveRef")
}

/// Whether a keyword asks the schemas beside it for what they have looked at, which they find out by looking again.
fn looks_again(keyword: &str) -> bool {
    matches!(keyword, "unevaluatedProperties" | "unevaluatedItems")
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
            json!({"oneOf": [{"$anchor": "x", "not": {"$ref": "#x"}}]}),
            json!({"dependentSchemas": {"a": {"$ref": "#"}}}),
            json!({"dependencies": {"a": {"$ref": "#"}}}),
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
        assert!(refused(14, pointer).contains("more than 5000 schemas"));
        assert!(refused(14, |depth| format!("#/%24defs/%64{depth}")).contains("more than 5000 schemas"));
        assert!(refused(40, |depth| format!("s#/$defs/d{depth}")).contains("more than 16 references"));
        assert_eq!(refuse(&doubling(8, pointer)), Ok(()));
        let again = |below: Value| json!({"unevaluatedProperties": {}, "allOf": [below]});
        let nested = |depth: usize| (0..depth).fold(json!({}), |below, _| again(below));
        assert!(refuse(&nested(20)).unwrap_err().contains("more than 5000 schemas"));
        assert_eq!(refuse(&nested(8)), Ok(()));
    }

    /// Schemas that lead to the next one, and at last to the items of an instance and the first; in this order, or the last
    /// first.
    fn leading_on(length: usize, last_first: bool, reference: impl Fn(usize) -> String) -> Value {
        let mut schemas: Vec<_> = (0..length)
            .map(|at| (format!("d{at}"), json!({"allOf": [{"$ref": reference(at + 1)}]})))
            .collect();
        schemas.push((format!("d{length}"), json!({"items": {"$ref": reference(0)}})));
        if last_first {
            schemas.reverse();
        }
        let schemas: serde_json::Map<_, _> = schemas.into_iter().collect();
        json!({"$id": "https://a.example/s", "$defs": schemas, "properties": {"a": {"$ref": reference(0)}}})
    }

    #[test]
    fn what_would_need_more_stack_than_there_is_is_refused() {
        for last_first in [false, true] {
            let chain = |length| refuse(&leading_on(length, last_first, |at| format!("#/$defs/d{at}")));
            assert!(chain(20).unwrap_err().contains("deeper than 32"), "{last_first}");
            // Two for each, one for the first reference and one for the end.
            assert_eq!((chain(12), chain(15)), (Ok(()), Ok(())));
            assert!(chain(16).unwrap_err().contains("deeper than 32"), "{last_first}");
        }
        let named = |at| if at % 8 == 0 { format!("s#/$defs/d{at}") } else { format!("#/$defs/d{at}") };
        assert!(refuse(&leading_on(80, false, named)).unwrap_err().contains("deeper than 32"));
    }

    #[test]
    fn references_by_name_count_as_if_each_led_to_the_deepest() {
        let named = |most: usize| json!(vec![json!({"$ref": "s#"}); most]);
        assert_eq!(refuse(&json!({"anyOf": named(16)})), Ok(()));
        assert!(refuse(&json!({"anyOf": named(17)})).unwrap_err().contains("more than 16 references"));
        let mut deepest = leading_on(15, false, |at| format!("#/$defs/d{at}"));
        deepest["properties"]["b"] = json!({"anyOf": named(1)});
        assert_eq!(refuse(&deepest), Ok(()));
        deepest["properties"]["b"] = json!({"anyOf": named(2)});
        assert!(refuse(&deepest).unwrap_err().contains("deeper than 32"));
    }

    /// With the longest chain and the deepest instance, on the stack that a test has as a worker has it.
    #[test]
    fn what_is_let_through_has_stack_enough() {
        let schema = leading_on(14, false, |at| format!("#/$defs/d{at}"));
        let schema = super::super::Schema::of_value(&schema).unwrap();
        let deepest = (0..120).fold(json!([]), |inside, _| json!([inside]));
        assert!(schema.check(&json!({ "a": deepest })).is_ok());
    }

    #[test]
    fn recursion_through_a_property_or_an_item_is_not_a_loop() {
        for schema in [
            json!({"properties": {"child": {"$ref": "#"}}}),
            json!({"prefixItems": [{"$ref": "#"}]}),
            json!({"items": {"$ref": "#"}, "anyOf": [{"$ref": "#/$defs/n"}, {"$ref": "#/$defs/n"}], "$defs": {"n": {}}}),
        ] {
            assert!(refuse(&schema).is_ok(), "{schema}");
        }
    }
}
