//! Sampling, limits and forms of an answer, the same for all models.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toolgate_tool_types::JsonObject;

/// Sampling and limits. What is not set is not sent, so the provider's own default holds. What a model or its host is known
/// to refuse is not sent either, and is told in [`Encoded::lossiness`](crate::Encoded): a Claude that thinks takes no
/// temperature, and OpenAI four texts to stop at.
///
/// ```
/// use toolgate_llm_providers::{ChatOptions, ChatRequest, Message};
///
/// let mut options = ChatOptions::default();
/// options.temperature = Some(0.0);
/// options.max_tokens = Some(500);
/// let request = ChatRequest::new(vec![Message::user("hello")]).with_options(options);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ChatOptions {
    /// The most tokens that the answer may have. Anthropic demands a number; without one it gets 4096, which every
    /// model there accepts, and as much again as an effort's budget.
    pub max_tokens: Option<u32>,
    /// 0 is nearly deterministic, higher is more varied.
    pub temperature: Option<f64>,
    /// Nucleus sampling: the share of probability that is sampled from.
    pub top_p: Option<f64>,
    /// How many of the likeliest tokens are sampled from.
    pub top_k: Option<u32>,
    /// Makes tokens that stand in the text already less likely.
    pub presence_penalty: Option<f64>,
    /// The same, by how often they stand there.
    pub frequency_penalty: Option<f64>,
    /// Texts that end the answer.
    pub stop: Vec<Arc<str>>,
    /// For answers that repeat, where the provider can.
    pub seed: Option<i64>,
    /// Whether one answer may hold several calls.
    pub parallel_tool_calls: Option<bool>,
    /// How much the model thinks before it answers. With an effort, Claude and Gemini are asked to show a summary of it too.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// The form of the answer's text.
    pub response_format: Option<ResponseFormat>,
    /// Asks for the probability of each token, and of so many that could have stood in its place.
    pub top_logprobs: Option<u8>,
    /// The caller's own labels, for the provider's records. OpenAI's chat takes them for what it stores only, which nothing
    /// is: they are left out there, and told.
    pub metadata: BTreeMap<Arc<str>, Arc<str>>,
    /// Members for the body of one provider's requests, by the provider's id: what only it knows. They are added to
    /// what is sent, object by object, and never replace anything.
    pub extra: BTreeMap<Arc<str>, JsonObject>,
}

/// How much a model thinks before it answers.
///
/// ```
/// # use toolgate_llm_providers::{ChatOptions, ReasoningEffort};
/// fn options(hard: bool) -> ChatOptions {
///     let effort = if hard { ReasoningEffort::High } else { ReasoningEffort::Minimal };
///     ChatOptions::default().with_reasoning_effort(effort)
/// }
/// assert!(options(true).reasoning_effort > options(false).reasoning_effort);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// As little as the model can.
    Minimal,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// Very much.
    XHigh,
    /// As much as the model can.
    Max,
}

/// The form of an answer's text.
///
/// ```
/// # use toolgate_llm_providers::{Catalogue, ChatOptions, ChatRequest, Message, RenderedTools, ResponseFormat};
/// let mut options = ChatOptions::default();
/// options.response_format = Some(ResponseFormat::JsonObject);
/// let request = ChatRequest::new(vec![Message::user("List three colours, as JSON.")]).with_options(options);
/// # let catalogue = Catalogue::builtin();
/// # let openai = catalogue.provider("openai")?;
/// # let tools = RenderedTools::new(openai.dialect(), request.tools.clone());
/// let body = openai.encode("gpt-4.1", &tools, &request)?.body;
/// assert!(body.ends_with(br#""response_format":{"type":"json_object"}}"#));
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
///
/// For one that a schema describes, see [`JsonSchema`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Any JSON object.
    JsonObject,
    /// JSON that a schema describes. The answer is still to be checked: models with a token limit stop anywhere.
    JsonSchema(JsonSchema),
}

/// A schema for an answer.
///
/// ```
/// use toolgate_llm_providers::{ChatOptions, JsonSchema, ResponseFormat};
/// use toolgate_tool_types::JsonObject;
///
/// let schema = JsonObject::parse(r#"{"type": "object", "properties": {"active": {"type": "boolean"}}}"#)?;
/// let mut options = ChatOptions::default();
/// options.response_format = Some(ResponseFormat::JsonSchema(JsonSchema::new("account", schema)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JsonSchema {
    /// What the answer is, in a word that the model sees.
    pub name: Arc<str>,
    /// The JSON Schema.
    pub schema: JsonObject,
    /// Whether the provider must enforce it: it then takes a subset of JSON Schema only. OpenAI is not asked to enforce a
    /// schema that it would refuse, and for Claude it is brought into the subset; both are told as losses.
    pub strict: bool,
}

impl JsonSchema {
    /// A schema that the provider enforces.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, schema: JsonObject) -> Self {
        Self { name: name.into(), schema, strict: true }
    }

    /// Sets whether the provider must enforce it.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
}

impl ReasoningEffort {
    /// The word that most providers have for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// The tokens to think with, for models that count them. The least that all of them take is 1024.
    pub(crate) fn budget(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Minimal | Self::Low => 1024,
            Self::Medium => 2048,
            Self::High => 4096,
            Self::XHigh => 8192,
            Self::Max => 16_384,
        }
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

    /// Sets how many of the likeliest tokens are sampled from.
    #[must_use]
    pub fn with_top_k(mut self, top_k: u32) -> Self {
        self.top_k = Some(top_k);
        self
    }

    /// Makes repeated tokens less likely.
    #[must_use]
    pub fn with_presence_penalty(mut self, penalty: f64) -> Self {
        self.presence_penalty = Some(penalty);
        self
    }

    /// Makes often repeated tokens less likely.
    #[must_use]
    pub fn with_frequency_penalty(mut self, penalty: f64) -> Self {
        self.frequency_penalty = Some(penalty);
        self
    }

    /// Sets the texts that end the answer.
    #[must_use]
    pub fn with_stop<T: Into<Arc<str>>>(mut self, stop: impl IntoIterator<Item = T>) -> Self {
        self.stop = stop.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: i64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Says whether one answer may hold several calls.
    #[must_use]
    pub fn with_parallel_tool_calls(mut self, allowed: bool) -> Self {
        self.parallel_tool_calls = Some(allowed);
        self
    }

    /// Sets how much the model thinks.
    #[must_use]
    pub fn with_reasoning_effort(mut self, effort: ReasoningEffort) -> Self {
        self.reasoning_effort = Some(effort);
        self
    }

    /// Sets the form of the answer's text.
    #[must_use]
    pub fn with_response_format(mut self, format: ResponseFormat) -> Self {
        self.response_format = Some(format);
        self
    }

    /// Asks for probabilities.
    #[must_use]
    pub fn with_top_logprobs(mut self, top: u8) -> Self {
        self.top_logprobs = Some(top);
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Adds members to the body of `provider`'s requests, and to nobody else's.
    #[must_use]
    pub fn with_extra(mut self, provider: impl Into<Arc<str>>, members: JsonObject) -> Self {
        self.extra.insert(provider.into(), members);
        self
    }
}
