//! What a model answered, part by part.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toolgate_tool_types::ToolCall;

use super::{Native, Reasoning};
use crate::Citation;

/// What the model answered: its parts, in order.
///
/// ```
/// # use toolgate_llm_providers::{AssistantMessage, AssistantPart, Message};
/// # use toolgate_tool_types::{CallId, ToolCall};
/// let answer = AssistantMessage::new(vec![
///     AssistantPart::Text { text: "Let me look.".into() },
///     AssistantPart::ToolCall(ToolCall::new(CallId::new("call_1"), "get_time", "{}")),
/// ]);
/// assert_eq!(answer.text(), "Let me look.");
/// assert_eq!(answer.tool_calls().map(|call| &*call.name).collect::<Vec<_>>(), ["get_time"]);
/// let messages = [Message::user("What time is it?"), answer.into()];
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssistantMessage {
    /// Text, reasoning and tool calls, in the order that the model wrote them.
    pub parts: Vec<AssistantPart>,
}

/// A piece of a model's answer.
///
/// See the example of [`AssistantMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AssistantPart {
    /// Text for the user.
    Text {
        /// The text.
        text: Arc<str>,
    },
    /// The model's reasoning.
    Reasoning(Reasoning),
    /// A request to run a tool.
    ToolCall(ToolCall),
    /// A source of the text before it.
    Citation(Citation),
    /// A piece that only its own provider understands, such as a search that the provider ran itself.
    Native(Native),
}

impl AssistantMessage {
    /// A message of these parts.
    #[must_use]
    pub fn new(parts: Vec<AssistantPart>) -> Self {
        Self { parts }
    }

    /// Says of what was thought which model thought it.
    pub(crate) fn written_by(&mut self, model: &Arc<str>) {
        for part in &mut self.parts {
            if let AssistantPart::Reasoning(reasoning) = part {
                reasoning.model = Some(Arc::clone(model));
            }
        }
    }

    /// All text, joined as the model wrote it: without separators.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts
            .iter()
            .filter_map(|part| match part {
                AssistantPart::Text { text } => Some(&**text),
                _ => None,
            })
            .collect()
    }

    /// The tool calls, in order.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match part {
            AssistantPart::ToolCall(call) => Some(call),
            _ => None,
        })
    }
}
