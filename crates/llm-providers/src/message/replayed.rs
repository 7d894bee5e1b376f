//! What only the provider that wrote it understands: kept unread, and replayed to that provider and to no other.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A model's reasoning. It is replayed to the provider that wrote it, where that provider wants it back, and to no
/// other. A provider whose models do not take each other's gets it for the model that wrote it, as far as that is known.
///
/// ```
/// # use toolgate_llm_providers::{AssistantPart, Opaque, Reasoning};
/// let thought = Reasoning::new("anthropic", "The user wants the time.")
///     .with_opaque(Opaque::Signature("EqQBCkYIARgC".into()));
/// match &thought.opaque {
///     Some(Opaque::Signature(signature)) => assert_eq!(&**signature, "EqQBCkYIARgC"), // as it came
///     other => panic!("{other:?}"),
/// }
/// let part = AssistantPart::Reasoning(thought); // stands before the text in the next request
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reasoning {
    /// The id of the provider that wrote it.
    pub provider: Arc<str>,
    /// The name of the model that was asked for it; `None` where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Arc<str>>,
    /// The text that the provider shows; may be empty.
    pub text: Arc<str>,
    /// What the provider wants back unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opaque: Option<Opaque>,
}

/// Signed or encrypted reasoning, kept byte for byte and never put into a call's id.
///
/// See the example of [`Reasoning`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Opaque {
    /// A signature of the reasoning's text or, where there is no text, of the part that follows (Gemini).
    Signature(Arc<str>),
    /// Encrypted reasoning: in place of its text (Anthropic's `redacted_thinking`), or beside it (GitHub Copilot's
    /// `reasoning_opaque`).
    Redacted(Arc<str>),
    /// A JSON array of the provider's own (`reasoning_details`), as text.
    Details(Arc<str>),
    /// A reasoning item of OpenAI responses, as JSON text: its `encrypted_content` belongs to its summary.
    Item(Arc<str>),
}

/// A block of one provider's own, kept as JSON text to be replayed to it.
///
/// ```
/// # use toolgate_llm_providers::{AssistantMessage, AssistantPart, Native};
/// let block = r#"{"type": "server_tool_use", "id": "1", "name": "web_search", "input": {}}"#;
/// let search = Native::new("anthropic", block);
/// let answer = AssistantMessage::new(vec![AssistantPart::Native(search)]);
/// assert_eq!(answer.tool_calls().count(), 0); // it ran there: nothing is to be run here
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Native {
    /// The id of the provider that wrote it.
    pub provider: Arc<str>,
    /// The JSON text of the block.
    pub block: Arc<str>,
}

impl Reasoning {
    /// Reasoning that `provider` wrote.
    #[must_use]
    pub fn new(provider: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { provider: provider.into(), model: None, text: text.into(), opaque: None }
    }

    /// Says which model wrote it, by the name that it was asked by.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<Arc<str>>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Adds what the provider wants back unread.
    #[must_use]
    pub fn with_opaque(mut self, opaque: Opaque) -> Self {
        self.opaque = Some(opaque);
        self
    }
}

impl Native {
    /// A block that `provider` wrote, as JSON text.
    #[must_use]
    pub fn new(provider: impl Into<Arc<str>>, block: impl Into<Arc<str>>) -> Self {
        Self { provider: provider.into(), block: block.into() }
    }
}
