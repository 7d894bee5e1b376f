//! References that lead back to themselves without consuming any of the instance: validating them would never end.
//!
//! Only keywords that apply to the very same instance location count (JSON Schema 2020-12 core, section 10.2 and 8.2.3).

use std::collections::HashSet;

use serde_json::Value;

/// The longest chain of references that is followed.
const MAX_CHAIN: usize = 256;
/// Keywords whose value is a schema for the same instance location.
const ONE: [&str; 4] = ["not", "if", "then", "else"];
/// Keywords whose value is a list of such schemas.
const LIST: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords whose value is a map of such schemas.
const MAP: [&str; 2] = ["dependentSchemas", "dependencies"];

/// Refuses a schema that holds such a loop. The schema's size has been bounded before.
pub(crate) fn refuse(root: &Value) -> Result<(), String> {
    let mut walk = Walk { root, path: Vec::new(), done: HashSet::new() };
    walk.everywhere(root)
}

struct Walk<'a> {
    root: &'a Value,
    /// The schemas that are being followed, by address.
    path: Vec<*const Value>,
    /// The schemas that are known to end.
    done: HashSet<*const Value>,
}

impl<'a> Walk<'a> {
    /// Starts at each part that holds a reference: every loop has one.
    fn everywhere(&mut self, value: &'a Value) -> Result<(), String> {
        match value {
            Value::Object(members) => {
                if members.contains_key("$ref") || members.contains_key("$dynamicRef") {
                    self.follow(value)?;
                }
                members.values().try_for_each(|member| self.everywhere(member))
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.everywhere(item)),
            _ => Ok(()),
        }
    }

    fn follow(&mut self, schema: &'a Value) -> Result<(), String> {
        let Value::Object(members) = schema else { return Ok(()) };
        let here: *const Value = schema;
        if self.path.contains(&here) || self.path.len() > MAX_CHAIN {
            return Err("the schema refers to itself without end".to_owned());
        }
        if self.done.contains(&here) {
            return Ok(());
        }
        self.path.push(here);
        for (keyword, value) in members {
            match (keyword.as_str(), value) {
                ("$ref" | "$dynamicRef", Value::String(reference)) => {
                    if let Some(target) = self.target(reference) {
                        self.follow(target)?;
                    }
                }
                (keyword, value) if ONE.contains(&keyword) => self.follow(value)?,
                (keyword, Value::Array(items)) if LIST.contains(&keyword) => {
                    items.iter().try_for_each(|item| self.follow(item))?;
                }
                (keyword, Value::Object(map)) if MAP.contains(&keyword) => {
                    map.values().try_for_each(|item| self.follow(item))?;
                }
                _ => {}
            }
        }
        self.path.pop();
        self.done.insert(here);
        Ok(())
    }

    /// What a reference within the document points to; a reference out of it is refused when the schema is compiled.
    fn target(&self, reference: &str) -> Option<&'a Value> {
        let fragment = reference.strip_prefix('#')?;
        if fragment.is_empty() || fragment.starts_with('/') {
            return self.root.pointer(&fragment.replace("%24", "$").replace("%25", "%"));
        }
        anchored(self.root, fragment)
    }
}

fn anchored<'a>(value: &'a Value, anchor: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => {
            let named = |keyword| members.get(keyword).and_then(Value::as_str) == Some(anchor);
            if named("$anchor") || named("$dynamicAnchor") {
                return Some(value);
            }
            members.values().find_map(|member| anchored(member, anchor))
        }
        Value::Array(items) => items.iter().find_map(|item| anchored(item, anchor)),
        _ => None,
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
