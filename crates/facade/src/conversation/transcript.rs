//! A conversation to be stored, and to be gone on with later, on any model.
//!
//! It holds messages only, in words that no provider owns; what one provider alone understands (signed reasoning, blocks of
//! its own) is marked with that provider's id and goes to no other. The results in it are also the journal of what was
//! run: a call that has a result is never made again, and one without is taken for one that may have run.

use serde::{Deserialize, Serialize};
use toolgate_llm_providers::Message;
use toolgate_tool_types::{ToolCall, ToolResult};

use super::Prompt;

/// A conversation as it was, to be stored as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Transcript {
    version: u32,
    messages: Vec<Message>,
}

/// Why a text is no [`Transcript`].
///
/// ```
/// # use toolgate::{Transcript, TranscriptError};
/// match Transcript::from_json(r#"{"version": 99, "messages": []}"#) {
///     Err(TranscriptError::Version { found }) => assert_eq!(found, 99),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranscriptError {
    /// It is no JSON, or has other members.
    #[error("expected a transcript as JSON: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It was written by another version of this library.
    #[error("expected a transcript of version {expected}, found version {found}; read it with the toolgate that wrote it", expected = Transcript::VERSION)]
    Version {
        /// The version that it says.
        found: u32,
    },
}

impl Transcript {
    /// The version that is written and read.
    pub const VERSION: u32 = 1;

    /// The transcript of these messages.
    ///
    /// Each call must have one result, right after it. Where a call has none, because the process that made it ended, the
    /// model is told that it may have run.
    ///
    /// ```
    /// use toolgate::{Message, Prompt, Transcript};
    ///
    /// let stored = Transcript::new(vec![Message::user("hello"), Message::assistant("Hello!")]).to_json();
    /// let read = Transcript::from_json(&stored)?.with_question("Who are you?");
    /// let prompt = Prompt::from(read);
    /// # Ok::<(), toolgate::TranscriptError>(())
    /// ```
    #[must_use]
    pub fn new(messages: Vec<Message>) -> Self {
        Self { version: Self::VERSION, messages: answered(messages) }
    }

    /// Adds what the user says next.
    #[must_use]
    pub fn with_question(mut self, question: &str) -> Self {
        self.messages.push(Message::user(question));
        self
    }

    /// The messages.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// As JSON, to be stored. It holds everything that was said, tools' results included.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Messages always render.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// [`TranscriptError`] when it is none, or of another version.
    pub fn from_json(text: &str) -> Result<Self, TranscriptError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Stored {
            #[serde(rename = "version")]
            _version: u32,
            messages: Vec<Message>,
        }
        // The version first: what another one means by its members is not known.
        let Version { version } = serde_json::from_str(text)?;
        if version != Self::VERSION {
            return Err(TranscriptError::Version { found: version });
        }
        Ok(Self::new(serde_json::from_str::<Stored>(text)?.messages))
    }
}

impl From<Transcript> for Prompt {
    fn from(transcript: Transcript) -> Self {
        Self::new(transcript.messages)
    }
}

/// What the model is told of a call that nobody waited for.
pub(super) fn given_up(call: &ToolCall) -> Message {
    let told = format!(
        "Tool {} was given up before it answered. It may or may not have run; do not assume either.",
        call.name
    );
    Message::tool_result(call, ToolResult::error(told))
}

/// The messages with a result for each call.
fn answered(messages: Vec<Message>) -> Vec<Message> {
    let mut all = Vec::with_capacity(messages.len());
    let mut open: Vec<ToolCall> = Vec::new();
    for message in messages {
        match &message {
            Message::Tool(result) => open.retain(|call| call.id != result.call_id),
            Message::CachePoint => {}
            _ => all.extend(open.drain(..).map(|call| given_up(&call))),
        }
        if let Message::Assistant(answer) = &message {
            open = answer.tool_calls().cloned().collect();
        }
        all.push(message);
    }
    all.extend(open.iter().map(given_up));
    all
}

#[cfg(test)]
mod tests {
    use toolgate_llm_providers::{AssistantMessage, AssistantPart};
    use toolgate_tool_types::CallId;

    use super::*;

    fn asks(ids: &[&str]) -> Message {
        let call = |id: &&str| AssistantPart::ToolCall(ToolCall::new(CallId::new(*id), "look_up", "{}"));
        AssistantMessage::new(ids.iter().map(call).collect()).into()
    }

    #[test]
    fn a_call_that_a_crash_left_open_is_answered_and_not_made_again() {
        let call = ToolCall::new(CallId::new("b"), "look_up", "{}");
        let done = Message::tool_result(&call, ToolResult::text("found"));
        let messages = vec![Message::user("u"), asks(&["a", "b"]), done, Message::user("and?"), asks(&["c"])];
        let read = Transcript::from_json(&Transcript::new(messages).to_json()).unwrap();
        let results: Vec<String> = read
            .messages()
            .iter()
            .filter_map(|message| match message {
                Message::Tool(tool) => Some(format!("{}: {}", tool.call_id, tool.result.to_text("t"))),
                _ => None,
            })
            .collect();
        assert_eq!(results[0], "b: found");
        assert!(
            results[1].starts_with("a: ") && results[1].contains("may or may not have run"),
            "{results:?}"
        );
        assert!(results[2].starts_with("c: "), "{results:?}");
        assert!(matches!(read.messages()[4], Message::User { .. }), "before the next message");
        assert_eq!(
            read.to_json(),
            Transcript::new(read.messages().to_vec()).to_json(),
            "nothing is added twice"
        );
    }

    #[test]
    fn what_is_of_another_version_or_nothing_known_is_refused() {
        let refused = |text: &str| Transcript::from_json(text).unwrap_err().to_string();
        assert!(
            refused(r#"{"version": 2, "turns": []}"#)
                .contains("expected a transcript of version 1, found version 2")
        );
        assert!(refused(r#"{"version": 1, "messages": [], "more": 1}"#).contains("unknown field `more`"));
        assert!(refused(r#"{"version": 1, "messages": [{"oracle": {}}]}"#).contains("oracle"));
        assert!(refused("[]").starts_with("expected a transcript as JSON"));
    }
}
