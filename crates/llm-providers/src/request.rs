//! What is asked of a model, the same for all of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toolgate_tool_types::{Tool, ToolName};

use crate::Message;

/// One request to a model. It does not say which model: the same request goes to any.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// The tools that the model may ask for. Shared: as long as the same `Arc` is used, they are rendered once.
    pub tools: Arc<[Tool]>,
    /// Whether the model must, may or must not ask for a tool. Default: the provider's own, which is `Auto`.
    pub tool_choice: Option<ToolChoice>,
    /// Sampling and limits.
    pub options: ChatOptions,
    /// Refuse the request rather than lose anything in its conversion. Default off: losses are reported.
    pub strict: bool,
}

/// Whether the model asks for tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// At least one call of some tool.
    Required,
    /// No call.
    None,
    /// A call of this tool.
    Tool(ToolName),
}

/// Sampling and limits. What is not set is not sent, so the provider's own default holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ChatOptions {
    /// The most tokens that the answer may have. Anthropic demands a number; without one it gets 4096, which every
    /// model there accepts.
    pub max_tokens: Option<u32>,
    /// 0 is nearly deterministic, higher is more varied.
    pub temperature: Option<f64>,
    /// Nucleus sampling: the share of probability that is sampled from.
    pub top_p: Option<f64>,
    /// Texts that end the answer.
    pub stop: Vec<Arc<str>>,
    /// For answers that repeat, where the provider can.
    pub seed: Option<u64>,
    /// Whether one answer may hold several calls.
    pub parallel_tool_calls: Option<bool>,
}

impl ChatRequest {
    /// A request without tools and with the provider's defaults.
    ///
    /// ```
    /// # use toolgate_llm_providers::{ChatRequest, Message};
    /// let request = ChatRequest::new(vec![Message::user("hello")]);
    /// ```
    #[must_use]
    pub fn new(messages: Vec<Message>) -> Self {
        Self {
            messages,
            tools: Arc::new([]),
            tool_choice: None,
            options: ChatOptions::default(),
            strict: false,
        }
    }

    /// Offers these tools.
    #[must_use]
    pub fn with_tools(mut self, tools: impl Into<Arc<[Tool]>>) -> Self {
        self.tools = tools.into();
        self
    }

    /// Says whether the model must ask for a tool.
    #[must_use]
    pub fn with_tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = Some(choice);
        self
    }

    /// Sets sampling and limits.
    #[must_use]
    pub fn with_options(mut self, options: ChatOptions) -> Self {
        self.options = options;
        self
    }

    /// Refuses the request rather than lose anything in its conversion.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
}

impl ChatOptions {
    /// Limits the answer's tokens.
    #[must_use]
    pub fn with_max_tokens(mut self, max_tokens: u32) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Sets the temperature.
    #[must_use]
    pub fn with_temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Sets the share of probability that is sampled from.
    #[must_use]
    pub fn with_top_p(mut self, top_p: f64) -> Self {
        self.top_p = Some(top_p);
        self
    }

    /// Sets the texts that end the answer.
    #[must_use]
    pub fn with_stop(mut self, stop: Vec<Arc<str>>) -> Self {
        self.stop = stop;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Says whether one answer may hold several calls.
    #[must_use]
    pub fn with_parallel_tool_calls(mut self, allowed: bool) -> Self {
        self.parallel_tool_calls = Some(allowed);
        self
    }
}
