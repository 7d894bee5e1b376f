//! What a model answered, the same for all of them.

use std::sync::Arc;

use serde::Serialize;
use toolgate_tool_types::ToolCall;

use crate::{AssistantMessage, Loss, RateLimits};

/// A model's answer.
///
/// ```
/// # use toolgate_llm_providers::{Catalogue, ChatRequest, FinishReason, Message, RenderedTools};
/// # let catalogue = Catalogue::builtin();
/// # let openai = catalogue.provider("openai")?;
/// # let request = ChatRequest::new(vec![Message::user("hello")]);
/// # let tools = RenderedTools::new(openai.dialect(), request.tools.clone());
/// let body = br#"{"model": "gpt-4.1-2025-04-14", "usage": {"prompt_tokens": 9, "completion_tokens": 2},
///     "choices": [{"message": {"content": "Hello!"}, "finish_reason": "stop"}]}"#;
/// let answer = openai.decode(&tools, &request, body, None)?;
/// assert_eq!((answer.text(), answer.finish), ("Hello!".to_owned(), FinishReason::Stop));
/// assert_eq!((&*answer.model, answer.usage.total()), ("gpt-4.1-2025-04-14", Some(11)));
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChatResponse {
    /// The answer, ready to join the conversation.
    pub message: AssistantMessage,
    /// Why the model stopped.
    pub finish: FinishReason,
    /// What the provider says of that for people to read, as Anthropic does of a refusal, and Gemini and Azure of a filter; mostly
    /// empty.
    pub finish_message: Arc<str>,
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
///
/// ```no_run
/// # use toolgate_llm_providers::{ChatModel, ChatOptions, ChatRequest, Message, ProviderError};
/// # async fn example(model: ChatModel) -> Result<(), ProviderError> {
/// let request = ChatRequest::new(vec![Message::user("Is 91 prime? Answer yes or no.")])
///     .with_options(ChatOptions::default().with_top_logprobs(2));
/// for token in model.chat(&request).await?.logprobs {
///     println!("{:?}: {:.0} %, could have been {:?}", token.token, token.logprob.exp() * 100.0, token.top);
/// }
/// # Ok(()) }
/// ```
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
///
/// ```
/// # use toolgate_llm_providers::FinishReason;
/// fn next_step(finish: &FinishReason) -> &'static str {
///     match finish {
///         FinishReason::ToolCalls => "run the calls, send their results",
///         FinishReason::Length => "run nothing: the last call may be cut off",
///         FinishReason::Pause => "send the conversation again with this answer",
///         _ => "show the answer",
///     }
/// }
/// assert_eq!(next_step(&FinishReason::Stop), "show the answer");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishReason {
    /// It had said everything, or met a stop text.
    Stop,
    /// It asks for tools.
    ToolCalls,
    /// A limit of tokens, or of time, cut it off; its last tool call may be incomplete and must not be run.
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
///
/// ```
/// # use toolgate_llm_providers::{ChatResponse, Usage};
/// fn spent(answers: &[ChatResponse]) -> Usage {
///     let mut spent = Usage::default();
///     for answer in answers {
///         spent += answer.usage;
///     }
///     spent
/// }
/// assert_eq!(spent(&[]).total(), None); // not zero: nobody has said anything
/// ```
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
    /// The part of `input` that is sound, which often has a price of its own.
    pub audio_input: Option<u64>,
    /// The part of `output` that is sound.
    pub audio_output: Option<u64>,
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
        add(&mut self.audio_input, other.audio_input);
        add(&mut self.audio_output, other.audio_output);
    }
}

impl Usage {
    /// Tokens read and written together, where both are known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.input?.checked_add(self.output?)
    }
}
