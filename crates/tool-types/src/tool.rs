//! A tool as its server describes it and a model sees it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{JsonObject, ToolName};

/// A tool that a model may ask for. The schemas stay the server's own JSON text.
///
/// ```
/// # use toolgate_tool_types::{JsonObject, Tool, ToolName};
/// let schema = JsonObject::parse(
///     r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}"#,
/// )?;
/// let tool = Tool::new(ToolName::new("get_customer_info")?, "Looks a customer up", schema)
///     .with_title("Customer information");
/// assert_eq!(tool.name.as_str(), "get_customer_info");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tool {
    /// The name in the model's namespace.
    pub name: ToolName,
    /// A title for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Arc<str>>,
    /// What the tool does, for the model; empty when the server says nothing.
    #[serde(default)]
    pub description: Arc<str>,
    /// JSON Schema of the arguments: always an object schema.
    pub input_schema: JsonObject,
    /// JSON Schema of the structured result, where the server gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<JsonObject>,
}

impl Tool {
    /// A tool with a name, a description and the JSON Schema of its arguments.
    #[must_use]
    pub fn new(name: ToolName, description: impl Into<Arc<str>>, input_schema: JsonObject) -> Self {
        Self { name, title: None, description: description.into(), input_schema, output_schema: None }
    }

    /// Adds a title for people.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<Arc<str>>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Adds the schema of the structured result.
    #[must_use]
    pub fn with_output_schema(mut self, schema: JsonObject) -> Self {
        self.output_schema = Some(schema);
        self
    }
}
