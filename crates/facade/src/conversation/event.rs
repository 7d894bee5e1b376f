//! What a conversation tells while it happens.

use std::sync::Arc;
use std::time::Duration;

use toolgate_llm_providers::{ProviderError, Usage};
use toolgate_mcp_bridge::ToolProgress;
use toolgate_tool_types::{CallId, ToolCall, ToolResult};

use super::Answer;
use crate::Decision;

/// One step of a conversation.
///
/// A round begins with `Model`. Its text and reasoning come in pieces, then its tool calls as a whole, in their order, and
/// what it cost. Calls run side by side, so decisions and results come in the order in which they happen; `number` says
/// which call each belongs to. In the transcript, results stand in the order of the calls.
///
/// What is told of a call is kept by its number:
///
/// ```
/// # use std::collections::BTreeMap;
/// # use toolgate::Event;
/// fn follow(calls: &mut BTreeMap<usize, String>, event: &Event) {
///     match event {
///         Event::ToolRequested { number, call } => drop(calls.insert(*number, call.name.to_string())),
///         Event::Decision { number, decision } => {
///             println!("{:?} is {}", calls.get(number), if decision.is_allowed() { "allowed" } else { "denied" });
///         }
///         Event::ToolResult { number, duration, .. } => println!("{:?} took {duration:?}", calls.get(number)),
///         _ => {}
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A model is asked.
    Model {
        /// As `provider/model`.
        id: Arc<str>,
        /// Which time it is that a model is asked, from 1.
        round: u32,
    },
    /// A model failed, and another one is asked in its place for the same answer. What this round told of the answer so
    /// far is void. With `after_shown` it may be the same one, which begins anew.
    Failover {
        /// The model that failed, as `provider/model`.
        from: Arc<str>,
        /// The model that is asked now; `from` itself where a part of its answer was told.
        to: Arc<str>,
        /// Why the first one did not answer.
        error: ProviderError,
    },
    /// No model can be asked now; after a pause, one can.
    Waiting {
        /// The model that is to be asked, as `provider/model`.
        id: Arc<str>,
        /// How long.
        duration: Duration,
    },
    /// More of the answer's text.
    Text {
        /// What is to be appended.
        delta: String,
    },
    /// More of the model's reasoning.
    Reasoning {
        /// What is to be appended.
        delta: String,
    },
    /// The model begins to call one of the prompt's [own tools](crate::Prompt::with_own_tools). Nobody makes the call here.
    CallBegin {
        /// The call's place among those of the answer, from 0.
        index: usize,
        /// The call's id, as in the [`Answer`].
        id: CallId,
        /// The tool's name as the model wrote it.
        name: Arc<str>,
    },
    /// More of such a call's arguments.
    CallDelta {
        /// The call's place.
        index: usize,
        /// What is to be appended.
        delta: String,
    },
    /// The model asks for a tool. Nothing is decided yet.
    ToolRequested {
        /// The call's number in this conversation, from 1, as in the audit file.
        number: usize,
        /// The call, as the model wrote it.
        call: ToolCall,
    },
    /// The gate has decided about a call, and that is on disk.
    Decision {
        /// The call's number.
        number: usize,
        /// What was decided, and why.
        decision: Decision,
    },
    /// An allowed call's server says how far it has come. What is told faster than it is read is only the newest.
    ToolProgress {
        /// The call's number.
        number: usize,
        /// How far, in the server's words.
        progress: ToolProgress,
    },
    /// A call has ended.
    ToolResult {
        /// The call's number.
        number: usize,
        /// What the model is told: the tool's answer, or why there is none.
        result: ToolResult,
        /// From the request to the result.
        duration: Duration,
    },
    /// What this round's answer cost.
    Usage(Usage),
    /// The answer, which is the last event.
    Done(Box<Answer>),
}
