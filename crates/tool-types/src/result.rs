//! What a tool answered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Content;

/// A tool's answer. A tool that said no is an answer too (`is_error`); a failed transport is not.
///
/// ```
/// # use toolgate_tool_types::{Content, ToolResult};
/// let found = ToolResult::new(vec![Content::text("Ada"), Content::text("London")]);
/// assert_eq!(found.to_text("get_customer_info"), "Ada\nLondon");
///
/// let refused = ToolResult::error("no customer 7");
/// assert!(refused.is_error); // an answer, not a failure of the call
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolResult {
    /// The items, in the server's order.
    pub content: Vec<Content>,
    /// The structured result, where the server gives one: any JSON value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structured: Option<Arc<RawValue>>,
    /// The tool ran and reports a failure.
    #[serde(default)]
    pub is_error: bool,
}

impl ToolResult {
    /// A result of several items.
    #[must_use]
    pub fn new(content: Vec<Content>) -> Self {
        Self { content, structured: None, is_error: false }
    }

    /// A result of one text.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::new(vec![Content::text(text)])
    }

    /// A tool's own refusal, as one text.
    #[must_use]
    pub fn error(text: impl Into<Arc<str>>) -> Self {
        Self { is_error: true, ..Self::text(text) }
    }

    /// Adds the structured result.
    #[must_use]
    pub fn with_structured(mut self, structured: Arc<RawValue>) -> Self {
        self.structured = Some(structured);
        self
    }

    /// Marks the result as a failure that the tool reports.
    #[must_use]
    pub fn with_is_error(mut self, is_error: bool) -> Self {
        self.is_error = is_error;
        self
    }

    /// What a model that reads only text is told: every text item on lines of its own; without any, the structured
    /// result; without either, that the tool ran.
    #[must_use]
    pub fn to_text(&self, tool: &str) -> String {
        let texts: Vec<&str> = self.content.iter().filter_map(Content::as_text).collect();
        match (&texts[..], &self.structured) {
            ([], Some(structured)) => structured.get().to_owned(),
            ([], None) if self.is_error => format!("Tool {tool} failed without saying why"),
            ([], None) => format!("Tool {tool} executed successfully"),
            (texts, _) => texts.join("\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_text_items_are_told_and_silence_is_said() {
        let two = ToolResult::new(vec![Content::text("a"), Content::text("b")]);
        assert_eq!(two.to_text("t"), "a\nb");
        assert_eq!(ToolResult::default().to_text("t"), "Tool t executed successfully");
        let structured = ToolResult::default().with_structured(RawValue::NULL.to_owned().into());
        assert_eq!(structured.to_text("t"), "null");
    }
}
