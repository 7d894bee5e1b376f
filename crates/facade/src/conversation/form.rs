//! Answers into a type: asked for with a JSON Schema, checked against it, and read.
//!
//! Providers enforce a schema more or less: some take a subset, some only promise JSON, some know nothing of it. So the
//! answer is checked here in any case. It is never repaired: a mended answer is not what the model said.

use jsonschema::Validator;
use serde::de::DeserializeOwned;
use serde_json::Value;
use toolgate_llm_providers::{FinishReason, JsonSchema, ResponseFormat};

use super::{Answer, Prompt};
use crate::schema;

/// The form of an answer, ready to check it.
pub(crate) struct Form {
    schema: JsonSchema,
    compiled: Validator,
}

/// Why there is no answer of the form that was asked for.
///
/// ```
/// # use toolgate::{ChatError, ChatFailure, FormError};
/// /// Whether asking the same model once more may help.
/// fn again(error: &ChatError) -> bool {
///     matches!(error.failure, ChatFailure::Form(FormError::Answer { .. }))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// The schema is none. Nothing was asked.
    #[error("expected a JSON Schema for the answer: {reason}")]
    Schema {
        /// What is wrong with it.
        reason: String,
    },
    /// The model answered otherwise. What it said is the last message.
    #[error("expected an answer as the schema {name:?} describes it, found one that is not: {reason}")]
    Answer {
        /// The schema's name.
        name: String,
        /// What does not fit, and where. The answer's own words are not told.
        reason: String,
    },
}

impl Form {
    pub(crate) fn new(schema: JsonSchema) -> Result<Self, FormError> {
        let wrong = |reason: String| FormError::Schema { reason };
        let read: Value = schema.schema.read().map_err(|error| wrong(error.to_string()))?;
        let compiled = schema::options().build(&read).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { schema, compiled })
    }

    /// Asks for it.
    pub(crate) fn ask(&self, mut prompt: Prompt) -> Prompt {
        prompt.options.response_format = Some(ResponseFormat::JsonSchema(self.schema.clone()));
        prompt
    }

    /// The answer as a value.
    pub(crate) fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, FormError> {
        self.value(answer).map_err(|reason| FormError::Answer { name: self.schema.name.to_string(), reason })
    }

    fn value<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, String> {
        match answer.finish {
            FinishReason::Length => return Err("a token limit cut it off; allow it more".to_owned()),
            FinishReason::Refusal | FinishReason::ContentFilter => return Err("it was refused".to_owned()),
            _ => {}
        }
        let value: Value =
            serde_json::from_str(&answer.text).map_err(|error| format!("it is no JSON: {error}"))?;
        self.compiled.validate(&value).map_err(|error| schema::misfit(&error))?;
        serde_json::from_value(value)
            .map_err(|_| "it fits the schema and not the type: let them agree".to_owned())
    }
}

/// The schema of `T` under `name`, for [`Toolgate::chat_as`](crate::Toolgate::chat_as). Providers are not asked to enforce it:
/// what they can enforce differs, and the answer is checked here.
///
/// ```
/// #[derive(schemars::JsonSchema, serde::Deserialize)]
/// struct Verdict {
///     premium: bool,
/// }
///
/// let schema = toolgate::schema_of::<Verdict>("verdict")?;
/// assert!(schema.schema.as_str().contains("premium"));
/// # Ok::<(), toolgate::FormError>(())
/// ```
///
/// # Errors
/// [`FormError::Schema`] when `T` is not described by an object.
#[cfg(feature = "schemars")]
pub fn schema_of<T: schemars::JsonSchema>(name: &str) -> Result<JsonSchema, FormError> {
    let schema =
        schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let object = toolgate_tool_types::JsonObject::from_serialize(&schema)
        .map_err(|error| FormError::Schema { reason: error.to_string() })?;
    Ok(JsonSchema::new(name, object).with_strict(false))
}
