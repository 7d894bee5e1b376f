//! Which model begins a conversation.

use toolgate_llm_providers::{Message, Part};

/// Chooses the model that a conversation begins with. It decides nothing about tools: every model stands behind the same
/// gate.
///
/// ```
/// # use toolgate::{Message, Router};
/// /// Long conversations begin with the model that reads the most.
/// struct Long(&'static str);
///
/// impl Router for Long {
///     fn first(&self, messages: &[Message], targets: &[&str]) -> Option<usize> {
///         targets.iter().position(|target| messages.len() > 50 && *target == self.0)
///     }
/// }
/// assert_eq!(Long("gemini/gemini-2.5-pro").first(&[], &["openai/gpt-5", "gemini/gemini-2.5-pro"]), None);
/// ```
pub trait Router: Send + Sync + 'static {
    /// The place among `targets` (each `provider/model`, in the configured order) of the model to begin with; `None` for
    /// the configured order. The others stay the fallbacks, within the region and tier of the one chosen.
    fn first(&self, messages: &[Message], targets: &[&str]) -> Option<usize>;
}

/// A cheap model for short prompts.
#[derive(Debug, Clone)]
pub struct ShortPrompts {
    model: String,
    characters: usize,
}

impl ShortPrompts {
    /// Prompts whose texts have at most `characters` together, and nothing but texts, go to `model` (`provider/model`).
    ///
    /// ```
    /// use toolgate::{Message, Router, ShortPrompts};
    ///
    /// let router = ShortPrompts::new("openai/gpt-5-mini", 200);
    /// let targets = ["openai/gpt-5", "openai/gpt-5-mini"];
    /// assert_eq!(router.first(&[Message::user("hello")], &targets), Some(1));
    /// assert_eq!(router.first(&[Message::user("long ".repeat(100))], &targets), None);
    /// ```
    #[must_use]
    pub fn new(model: impl Into<String>, characters: usize) -> Self {
        Self { model: model.into(), characters }
    }
}

impl Router for ShortPrompts {
    fn first(&self, messages: &[Message], targets: &[&str]) -> Option<usize> {
        let length = messages.iter().map(length).try_fold(0_usize, |sum, length| Some(sum + length?))?;
        (length <= self.characters).then(|| targets.iter().position(|target| *target == self.model))?
    }
}

/// The characters of a message; `None` when it holds more than text.
fn length(message: &Message) -> Option<usize> {
    match message {
        Message::System { text } => Some(text.chars().count()),
        Message::User { content } => content
            .iter()
            .map(|part| match part {
                Part::Text { text } => Some(text.chars().count()),
                _ => None,
            })
            .sum(),
        Message::Assistant(answer) => Some(answer.text().chars().count()),
        Message::CachePoint => Some(0),
        // Results of tools are read with care, and so is what is not known here.
        _ => None,
    }
}
