//! What a model answered, the same for all of them.

use std::sync::Arc;

use serde::Serialize;
use toolgate_tool_types::ToolCall;

use crate::{AssistantMessage, Loss, RateLimits};

/// A model's answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChatResponse {
    /// The answer, ready to join the conversation.
    pub message: AssistantMessage,
    /// Why the model stopped.
    pub finish: FinishReason,
    /// What it cost, in tokens.
    pub usage: Usage,
    /// The model that answered, as the provider names it; empty when it does not say.
    pub model: Arc<str>,
    /// The provider's id of the answer; empty when it gives none.
    pub id: Arc<str>,
    /// The probabilities of the answer's tokens, where they were asked for.
    pub logprobs: Vec<TokenLogprob>,
    /// What the provider's headers say about its limits.
    pub rate_limits: RateLimits,
    /// What the conversion of the request and of the answer lost.
    pub lossiness: Vec<Loss>,
}

/// How likely a token was.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TokenLogprob {
    /// The token's text.
    pub token: Arc<str>,
    /// The natural logarithm of its probability.
    pub logprob: f64,
    /// The likeliest tokens in its place, itself among them, as far as they were asked for.
    pub top: Vec<(Arc<str>, f64)>,
}

/// Why a model stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishReason {
    /// It had said everything, or met a stop text.
    Stop,
    /// It asks for tools.
    ToolCalls,
    /// A token limit cut it off; its last tool call may be incomplete and must not be run.
    Length,
    /// The provider's filter stopped it.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The provider paused a long turn: send the conversation again, with this answer, to go on.
    Pause,
    /// Any other reason, in the provider's word; empty when it gave none.
    Other(Arc<str>),
}

/// Tokens of one answer. `None` is "the provider did not say", never zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Everything that was read, tokens from and to the prompt cache included.
    pub input: Option<u64>,
    /// Everything that was written, reasoning included.
    pub output: Option<u64>,
    /// The part of `input` that came from the prompt cache.
    pub cache_read: Option<u64>,
    /// The part of `input` that was put into the prompt cache.
    pub cache_write: Option<u64>,
    /// The part of `output` that is reasoning.
    pub reasoning: Option<u64>,
}

impl ChatResponse {
    /// All text of the answer.
    #[must_use]
    pub fn text(&self) -> String {
        self.message.text()
    }

    /// The tool calls of the answer, in order.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.message.tool_calls()
    }
}

/// Sums up several answers. What only some providers said counts as far as it was said.
impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut Option<u64>, more: Option<u64>| {
            *sum = match (*sum, more) {
                (Some(sum), Some(more)) => Some(sum.saturating_add(more)),
                (sum, more) => sum.or(more),
            };
        };
        add(&mut self.input, other.input);
        add(&mut self.output, other.output);
        add(&mut self.cache_read, other.cache_read);
        add(&mut self.cache_write, other.cache_write);
        add(&mut self.reasoning, other.reasoning);
    }
}

impl Usage {
    /// Tokens read and written together, where both are known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.input?.checked_add(self.output?)
    }
}
