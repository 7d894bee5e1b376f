//! `response_format`: the form that the answer's text is to have.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use toolgate::JsonObject;
use toolgate_llm_providers::{JsonSchema, ResponseFormat};

use crate::refusal::Refusal;

/// No tagged enum: those read their members into a tree first, and a schema is to stay text.
#[derive(Deserialize)]
pub(super) struct Format {
    r#type: String,
    json_schema: Option<Schema>,
    /// Beside `json_object`, at some servers and in what older clients send (instructor).
    schema: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Schema {
    name: Arc<str>,
    schema: Option<Box<RawValue>>,
    strict: Option<bool>,
}

impl Format {
    pub(super) fn read(&self) -> Result<Option<ResponseFormat>, Refusal> {
        match (self.r#type.as_str(), &self.json_schema) {
            ("text", _) => Ok(None),
            ("json_object", _) => match &self.schema {
                None => Ok(Some(ResponseFormat::JsonObject)),
                Some(schema) => Ok(Some(ResponseFormat::JsonSchema(answer("answer".into(), schema.get())?))),
            },
            ("json_schema", Some(schema)) => Ok(Some(ResponseFormat::JsonSchema(schema.read()?))),
            _ => Err(Refusal::invalid(
                "response_format",
                "expected text, json_object, or json_schema with its member json_schema",
            )),
        }
    }
}

impl Schema {
    fn read(&self) -> Result<JsonSchema, Refusal> {
        let text = self.schema.as_ref().map_or("{}", |schema| schema.get());
        Ok(answer(Arc::clone(&self.name), text)?.with_strict(self.strict.unwrap_or(false)))
    }
}

/// A schema that guides the answer.
fn answer(name: Arc<str>, schema: &str) -> Result<JsonSchema, Refusal> {
    let schema = JsonObject::parse(schema)
        .map_err(|error| Refusal::invalid("response_format", format!("the schema: {error}")))?;
    Ok(JsonSchema::new(name, schema).with_strict(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A schema is enforced where that is asked for, and may be left out (OpenAI API, `ResponseFormatJsonSchema`).
    #[test]
    fn a_format_is_what_it_says() {
        let format = |format: &str| serde_json::from_str::<Format>(format).unwrap().read().unwrap();
        assert_eq!(format(r#"{"type": "text"}"#), None);
        for (members, text, strict) in [
            (r#""name": "n""#, "{}", false),
            (r#""name": "n", "schema": {"type": "object"}, "strict": true"#, r#"{"type": "object"}"#, true),
        ] {
            let found = format(&format!(r#"{{"type": "json_schema", "json_schema": {{{members}}}}}"#));
            let schema = JsonSchema::new("n", JsonObject::parse(text).unwrap()).with_strict(strict);
            assert_eq!(found, Some(ResponseFormat::JsonSchema(schema)), "{members}");
        }
        let beside = format(r#"{"type": "json_object", "schema": {"type": "object"}}"#);
        assert!(
            matches!(beside, Some(ResponseFormat::JsonSchema(schema)) if !schema.strict),
            "it is not lost"
        );
    }
}
