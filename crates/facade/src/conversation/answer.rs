//! How a conversation ends when it ends well.

use std::sync::Arc;
use std::time::Duration;

use toolgate_llm_providers::{FinishReason, Loss, Message, Usage};
use toolgate_tool_types::ToolCall;

use super::Transcript;
use crate::{ChatError, ChatFailure, Money, Passage};

/// A finished conversation.
///
/// ```no_run
/// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
/// let answer = toolgate.chat(&toolgate.models()?, "Is customer JOHNDOE123 active?").await?;
/// println!("{} says: {}", answer.model, answer.text);
/// println!("{:?} tokens, {:?} of {:?} in tools", answer.usage.total(), answer.timing.tools, answer.timing.total);
/// let transcript = answer.transcript(); // to go on from later
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The model's last text.
    pub text: String,
    /// Why the model stopped. An answer that a token limit cut off is an answer too.
    pub finish: FinishReason,
    /// What the provider says of that for people to read, such as why it declined; mostly empty.
    pub finish_message: Arc<str>,
    /// The model that gave it, as `provider/model`.
    pub model: Arc<str>,
    /// Every tool call, in the order of asking.
    pub passages: Vec<Passage>,
    /// The model's calls of the prompt's [own tools](crate::Prompt::with_own_tools), for whoever asked to make. Who goes on from
    /// the transcript puts the result of each behind it first.
    pub calls: Vec<ToolCall>,
    /// The whole transcript: the caller's messages and everything after them.
    pub messages: Vec<Message>,
    /// Tokens used, over all rounds.
    pub usage: Usage,
    /// What it cost by `[prices]`; `None` where a model has no price there.
    pub cost: Option<Money>,
    /// What could not be said exactly to a model or by it, each once.
    pub lossiness: Vec<Loss>,
    /// How often the model was asked.
    pub rounds: u32,
    /// Where the time went.
    pub timing: Timing,
}

/// Where the time of a conversation went.
///
/// See the example of [`Answer`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timing {
    /// From the call to the answer.
    pub total: Duration,
    /// Waiting for the model, its requests' encoding included.
    pub models: Duration,
    /// In the gate and the tools.
    pub tools: Duration,
}

impl Answer {
    /// The conversation, to be stored or gone on with. Behind a question that was declined, Claude goes on declining: that
    /// conversation is better gone on with from before it.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        Transcript::new(self.messages.clone())
    }

    /// The conversation, should its answer be of no use.
    pub(crate) fn refused(self, failure: ChatFailure) -> ChatError {
        let Self { messages, passages, usage, .. } = self;
        ChatError { failure, messages, passages, given_up: Vec::new(), usage }
    }
}
