//! The contents of a conversation, in turns that the API takes.

use super::wire::{Content, Part, Role};
use crate::lossiness::Losses;

/// Contents; what one role says in sequence is one content.
#[derive(Default)]
pub(super) struct Turns<'a>(Vec<Content<'a>>);

impl<'a> Turns<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, role: Role, part: Part<'a>) {
        match self.0.last_mut() {
            Some(content) if content.role == role && !is_apart(content, &part) => content.parts.push(part),
            _ => self.0.push(Content { role, parts: vec![part] }),
        }
    }

    /// The contents as they are sent. "Please ensure that function call turn comes immediately after a user turn or after a function
    /// response turn": of a conversation whose first turns were left away.
    pub(super) fn into_contents(mut self, losses: &mut Losses) -> Vec<Content<'a>> {
        let calls = |content: &Content<'_>| {
            content.parts.iter().any(|part| matches!(part, Part::FunctionCall { .. }))
        };
        if self.0.first().is_some_and(|first| first.role == Role::Model && calls(first)) {
            let said = Part::Text { text: ".".into(), thought: false, thought_signature: None };
            self.0.insert(0, Content { role: Role::User, parts: vec![said] });
            losses.report("messages", "a full stop of the user's added: the API wants one before a call");
        }
        self.0
    }
}

/// Whether a part stands behind results and is none. From Gemini 3.6 on it is refused beside them, in the words for another fault:
/// "Requests ending with a model turn are not supported."
fn is_apart(content: &Content<'_>, part: &Part<'_>) -> bool {
    let is_result = |part: &Part<'_>| matches!(part, Part::FunctionResponse { .. });
    content.parts.last().is_some_and(is_result) && !is_result(part)
}
