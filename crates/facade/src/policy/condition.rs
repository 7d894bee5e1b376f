//! Conditions on arguments: a JSON Schema (draft 2020-12) that the operator writes as a TOML table.
//!
//! Compiled where it is read, so that a mistake is named with its line.

mod idle;

use std::fmt;
use std::sync::Arc;

use jsonschema::{Draft, Validator};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use toolgate_tool_types::JsonObject;

use crate::schema;

/// What a rule asks of a call's arguments, beyond what the tool itself asks.
#[derive(Clone)]
pub struct ArgumentCondition {
    schema: Value,
    compiled: Arc<Validator>,
}

/// A schema that is no condition.
///
/// ```
/// # use toolgate::{ArgumentCondition, JsonObject};
/// let misspelt = JsonObject::parse(r#"{"properties": {"limit": {"type": "nummer"}}}"#)?;
/// assert!(ArgumentCondition::new(&misspelt).is_err()); // rather than a condition that always holds
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a JSON Schema for arguments: {0}")]
pub struct ConditionError(String);

impl ArgumentCondition {
    /// Takes a JSON Schema.
    ///
    /// ```
    /// use toolgate::{ArgumentCondition, JsonObject};
    /// let schema = JsonObject::parse(r#"{"required": ["limit"], "properties": {"limit": {"maximum": 100}}}"#)?;
    /// let condition = ArgumentCondition::new(&schema)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ConditionError`] when it does not compile, refers to another document, or holds what JSON Schema would take for a
    /// note, so that the condition would not hold: a keyword or a `format` that is none, a keyword without the one that it
    /// belongs to, another draft's `$schema`.
    pub fn new(schema: &JsonObject) -> Result<Self, ConditionError> {
        Self::of(schema.read().map_err(|error| ConditionError(error.to_string()))?)
    }

    fn of(schema: Value) -> Result<Self, ConditionError> {
        if let Some(idle) = idle::member(&schema) {
            return Err(ConditionError(idle));
        }
        let options = schema::options()
            .with_draft(Draft::Draft202012)
            // In this draft a format is a note, unless somebody wants it to hold.
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false);
        let compiled = options.build(&schema).map_err(|error| ConditionError(error.to_string()))?;
        Ok(Self { schema, compiled: Arc::new(compiled) })
    }

    /// The schema.
    pub(crate) fn schema(&self) -> &Value {
        &self.schema
    }

    /// Whether `arguments` are allowed; if not, where and why. Their values are not told.
    pub(crate) fn check(&self, arguments: &JsonObject) -> Result<(), String> {
        let arguments: Value = arguments.read().map_err(|error| error.to_string())?;
        self.compiled.validate(&arguments).map_err(|error| schema::misfit(&error))
    }
}

impl<'de> Deserialize<'de> for ArgumentCondition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let schema = serde_json::Map::deserialize(deserializer)?;
        Self::of(Value::Object(schema)).map_err(serde::de::Error::custom)
    }
}

impl PartialEq for ArgumentCondition {
    fn eq(&self, other: &Self) -> bool {
        self.schema == other.schema
    }
}

impl Eq for ArgumentCondition {}

impl fmt::Debug for ArgumentCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArgumentCondition({})", self.schema)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(schema: &str) -> Result<ArgumentCondition, ConditionError> {
        ArgumentCondition::new(&JsonObject::parse(schema).unwrap())
    }

    #[test]
    fn what_would_not_hold_is_refused() {
        for (schema, says) in [
            (r#"{"properties":{"limit":{"maximun":100}}}"#, "maximun"),
            (r#"{"anyOf":[{"propertys":{}}]}"#, "propertys"),
            (r#"{"not":{"requried":["force"]}}"#, "requried"),
            (r#"{"properties":{"a":{"pattern":"("}}}"#, "regex"),
            (r#"{"$ref":"https://schemas.example/limit"}"#, "schemas.example"),
            (r#"{"properties":{"a":{"format":"ip"}}}"#, "ip"),
            (r#"{"then":{"required":["reason"]}}"#, "without \"if\""),
            (r#"{"properties":{"a":{"items":{"maxContains":1}}}}"#, "without \"contains\""),
            (
                r#"{"$schema":"http://json-schema.org/draft-07/schema#","dependentRequired":{}}"#,
                "another draft's",
            ),
            (r#"{"not":{"$schema":"http://json-schema.org/draft-07/schema#"}}"#, "another draft's"),
        ] {
            let error = condition(schema).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn schemas_inside_keywords_are_conditions_too() {
        let schema = r#"{"properties":{"a":{"not":{"const":1}}},"additionalProperties":{"type":"string"}}"#;
        let condition = condition(schema).unwrap();
        let allows = |arguments| condition.check(&JsonObject::parse(arguments).unwrap()).is_ok();
        assert!(allows(r#"{"a":2,"b":"x"}"#) && !allows(r#"{"a":1}"#) && !allows(r#"{"b":1}"#));
    }

    /// In draft 2020-12 a format is a note by default: it would look like a condition, and let everything through.
    #[test]
    fn a_format_holds() {
        let schema = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{
            "host":{"format":"ipv4"},"link":{"format":"uri"},"day":{"format":"date"},"id":{"format":"uuid"}}}"#;
        let condition = condition(schema).unwrap();
        let allows = |arguments| condition.check(&JsonObject::parse(arguments).unwrap()).is_ok();
        assert!(allows(r#"{"host":"10.0.0.1","link":"https://a.example/","day":"2026-11-29"}"#));
        for other in
            [r#"{"host":"10.0.0.1; reboot"}"#, r#"{"link":"no link"}"#, r#"{"day":"today"}"#, r#"{"id":"1"}"#]
        {
            assert!(!allows(other), "{other}");
        }
    }

    #[test]
    fn a_refusal_names_the_place_and_not_the_value() {
        let condition = condition(r#"{"properties":{"path":{"pattern":"^/public/"}}}"#).unwrap();
        assert_eq!(condition.check(&JsonObject::parse(r#"{"path":"/public/a"}"#).unwrap()), Ok(()));
        let refused = condition.check(&JsonObject::parse(r#"{"path":"canary"}"#).unwrap()).unwrap_err();
        assert!(refused.contains("/path") && !refused.contains("canary"), "{refused}");
    }
}
