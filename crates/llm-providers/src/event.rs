//! What a streamed answer tells as it is written, the same for all dialects.

use std::sync::Arc;

use toolgate_tool_types::CallId;

use crate::{FinishReason, Usage};

/// One step of an answer. Errors are no events: they end the stream as an `Err`.
///
/// Text and reasoning come in pieces. A call begins once, grows by its arguments and ends once; several may be under
/// way together, told apart by `index`. Last come `Usage`, where the provider counts, and then `Finish`, which is
/// told only of a complete answer. A call is not to be run before that: a token limit may have cut it. What the collected
/// answer does not have was taken back: where one Claude declines and another goes on, what the first had called.
///
/// ```
/// # use toolgate_llm_providers::{ChatEvent, FinishReason};
/// fn shown(event: &ChatEvent) -> String {
///     match event {
///         ChatEvent::Text { delta } => delta.clone(),
///         ChatEvent::ToolCallBegin { name, .. } => format!("[asks for {name}]"),
///         ChatEvent::Finish(FinishReason::Length) => "… (cut off)".to_owned(),
///         _ => String::new(),
///     }
/// }
/// assert_eq!(shown(&ChatEvent::Text { delta: "Hello".to_owned() }), "Hello");
/// assert_eq!(shown(&ChatEvent::Finish(FinishReason::Stop)), "");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChatEvent {
    /// More text for the user.
    Text {
        /// What is to be appended.
        delta: String,
    },
    /// More of the model's reasoning.
    Reasoning {
        /// What is to be appended.
        delta: String,
    },
    /// The model begins to ask for a tool.
    ToolCallBegin {
        /// The call's place among the answer's calls, from 0 and without gaps.
        index: usize,
        /// The call's id, the same as in the collected answer.
        id: CallId,
        /// The tool's name as the model wrote it.
        name: Arc<str>,
    },
    /// More of a call's arguments: a piece of JSON text, cut anywhere.
    ToolCallDelta {
        /// The call's place.
        index: usize,
        /// What is to be appended.
        delta: String,
    },
    /// A call's arguments have all come.
    ToolCallEnd {
        /// The call's place.
        index: usize,
    },
    /// What the answer cost.
    Usage(Usage),
    /// The answer is complete, and why the model stopped.
    Finish(FinishReason),
}
