//! Texts with placeholders that are filled from what the client sent.
//!
//! - `{result:/calculation/total}`: a value inside the latest tool result, by JSON Pointer (RFC 6901);
//! - `{result:}`: the whole of it;
//! - `{result.get_customer_info:/name}`: the same of the latest result of that tool;
//! - `|2` before the closing brace: with two decimals;
//! - `{customer}`: what the group of that name in the rule's pattern captured.
//!
//! A value that is not there reads `(missing …)` in the text, so that a wrong result shows.

use std::fmt::Write as _;

use regex::Captures;
use serde_json::{Map, Value};

use super::canonical::ToolResult;

/// Where placeholders take their values.
pub(crate) struct Sources<'a> {
    pub(crate) captures: Option<Captures<'a>>,
    /// Since the user last spoke, oldest first.
    pub(crate) results: Vec<&'a ToolResult>,
}

impl Sources<'_> {
    pub(crate) fn fill(&self, template: &str) -> String {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, opened)) = rest.split_once('{') {
            text.push_str(before);
            let Some((placeholder, after)) = opened.split_once('}') else {
                text.push('{');
                rest = opened;
                continue;
            };
            text.push_str(&self.value(placeholder).unwrap_or_else(|| format!("(missing {placeholder})")));
            rest = after;
        }
        text.push_str(rest);
        text
    }

    /// Fills every string inside `arguments`.
    pub(crate) fn fill_all(&self, arguments: &Map<String, Value>) -> Map<String, Value> {
        arguments.iter().map(|(name, value)| (name.clone(), self.fill_value(value))).collect()
    }

    fn fill_value(&self, value: &Value) -> Value {
        match value {
            Value::String(template) => Value::String(self.fill(template)),
            Value::Array(list) => list.iter().map(|value| self.fill_value(value)).collect(),
            Value::Object(map) => Value::Object(self.fill_all(map)),
            other => other.clone(),
        }
    }

    fn value(&self, placeholder: &str) -> Option<String> {
        let Some((source, pointer)) = placeholder.split_once(':') else {
            let captured = self.captures.as_ref()?.name(placeholder)?;
            return Some(captured.as_str().to_owned());
        };
        let (pointer, decimals) = match pointer.split_once('|') {
            Some((pointer, decimals)) => (pointer, Some(decimals.parse().ok()?)),
            None => (pointer, None),
        };
        let value = self.result(source)?.content.pointer(pointer)?;
        Some(written(value, decimals))
    }

    fn result(&self, source: &str) -> Option<&ToolResult> {
        match source.strip_prefix("result")?.strip_prefix('.') {
            Some(tool) => self.results.iter().rfind(|result| result.tool == tool).copied(),
            None => self.results.last().copied(),
        }
    }
}

/// A whole number without decimals, whatever its JSON said; other values as JSON, strings bare.
fn written(value: &Value, decimals: Option<usize>) -> String {
    match (value, value.as_f64(), decimals) {
        (Value::String(text), _, _) => text.clone(),
        (_, Some(number), Some(decimals)) => format!("{number:.decimals$}"),
        (_, Some(number), None) => format!("{number}"),
        (Value::Array(list), _, _) => {
            let mut text = String::new();
            for (index, value) in list.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                write!(text, "{comma}{}", written(value, decimals)).expect("writing to a string");
            }
            text
        }
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_read_results_and_captures() {
        let first = ToolResult::new("first", false, r#"{"name":"Ann","list":[1,2.0]}"#);
        let second = ToolResult::new("second", false, r#"{"total":552.0,"average":1.5}"#);
        let pattern = Regex::new("for (?<customer>[A-Z]+)").unwrap();
        let sources = Sources { captures: pattern.captures("for ANN"), results: vec![&first, &second] };
        assert_eq!(sources.fill("{customer}: {result:/total} {result:/average|2}"), "ANN: 552 1.50");
        assert_eq!(sources.fill("{result.first:/name} {result.first:/list}"), "Ann 1, 2");
        assert_eq!(sources.fill("{result:/nothing} {"), "(missing result:/nothing) {");
        let filled = sources.fill_all(json!({"a": ["{customer}"], "b": 1}).as_object().unwrap());
        assert_eq!(Value::Object(filled), json!({"a": ["ANN"], "b": 1}));
    }
}
