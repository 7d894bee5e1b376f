//! The bytes of a chat completion (OpenAI API 2.3.0, `CreateChatCompletionRequest` and `…Response`).

mod answer;
mod marked;
mod message;
mod probabilities;
mod signed;
mod sources;
mod usage;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(super) use answer::{Answer, AnswerPart, Call, Called, Logprobs};
pub(super) use message::{
    Assistant, Audio, CallOut, Chunk, Content, File, FunctionOut, ImageUrl, Message, Part, Said,
};
pub(super) use probabilities::Probabilities;
pub(super) use signed::{Extra, Signed};
pub(super) use sources::{Annotation, Found, Searched, Venice};
pub(super) use usage::Usage;

use crate::dialect::lenient::{Count, Few, Text, fitting};

#[derive(Serialize)]
pub(super) struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<&'a str>,
    /// What watsonx calls the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) space_id: Option<&'a str>,
    pub(super) messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tools: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_choice: Option<ToolChoice<'a>>,
    /// Where watsonx wants a choice that names no tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_choice_option: Option<ToolChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) stop: &'a [Arc<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) random_seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thinking: Option<Switch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enable_thinking: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thinking_budget: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_split: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) logprobs: Option<Probabilities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) top_logprobs: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metadata: Option<&'a BTreeMap<Arc<str>, Arc<str>>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ResponseFormat<'a> {
    JsonObject,
    JsonSchema { json_schema: JsonSchema<'a> },
}

#[derive(Serialize)]
pub(super) struct JsonSchema<'a> {
    pub(super) name: &'a str,
    pub(super) schema: &'a RawValue,
    pub(super) strict: bool,
}

/// Whether to think, where that is not a matter of the effort.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Switch {
    Enabled {
        #[serde(skip_serializing_if = "Option::is_none")]
        budget_tokens: Option<u32>,
    },
    Adaptive,
    Disabled,
}

#[derive(Serialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ToolChoice<'a> {
    Mode(&'static str),
    Function { r#type: &'static str, function: Named<'a> },
}

#[derive(Serialize)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Tool<'a> {
    pub(super) r#type: &'static str,
    pub(super) function: Function<'a>,
}

#[derive(Serialize)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) parameters: Cow<'a, RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Reply<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) model: Text<'a>,
    #[serde(borrow)]
    pub(super) choices: Option<Few<Choice<'a>>>,
    // What most pieces of a stream lack is boxed here and below, so that they stay small; and an odd one costs itself.
    #[serde(deserialize_with = "fitting")]
    pub(super) usage: Option<Box<Usage>>,
    #[serde(borrow, deserialize_with = "fitting")]
    pub(super) x_groq: Option<Box<Groq<'a>>>,
    /// The sources of hosts that search, in every chunk again: URLs at xAI, with titles beside them at Perplexity.
    #[serde(borrow)]
    pub(super) citations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) search_results: Option<&'a RawValue>,
    /// Zhipu's sources.
    #[serde(borrow)]
    pub(super) web_search: Option<&'a RawValue>,
    /// Pictures that a search found (Perplexity).
    #[serde(borrow)]
    pub(super) images: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) related_questions: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "fitting")]
    pub(super) venice_parameters: Option<Box<Venice<'a>>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    /// Nobody reads it: it hides the length of the text.
    #[serde(borrow)]
    pub(super) obfuscation: Option<&'a RawValue>,
    /// MiniMax's: how the call went.
    #[serde(borrow)]
    pub(super) base_resp: Option<&'a RawValue>,
    /// IBM's, a list of them.
    #[serde(borrow)]
    pub(super) errors: Option<&'a RawValue>,
    /// Of a failure that stands there without an `error` around it (vLLM, FastAPI).
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) detail: Option<&'a RawValue>,
    /// Z.ai's, and others'.
    #[serde(borrow)]
    pub(super) msg: Option<&'a RawValue>,
    /// DeepInfra's, with an `error_type` beside it.
    #[serde(borrow)]
    pub(super) error_message: Option<&'a RawValue>,
}

/// What Groq counts, in streams that were not asked for usage too; and all that is read of an odd piece behind the end.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Groq<'a> {
    #[serde(deserialize_with = "fitting")]
    pub(super) usage: Option<Box<Usage>>,
    /// Why a stream was stopped early.
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// An answer, or a piece of one: then with `delta`, whatever else stands beside it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Choice<'a> {
    pub(super) index: Count,
    #[serde(borrow)]
    pub(super) delta: Option<Box<Answer<'a>>>,
    #[serde(borrow)]
    pub(super) message: Option<Box<Answer<'a>>>,
    /// Where it is a completion of text, and no chat.
    #[serde(borrow)]
    pub(super) text: Text<'a>,
    #[serde(borrow)]
    pub(super) finish_reason: Text<'a>,
    /// OpenRouter's: the word of the provider behind it.
    #[serde(borrow)]
    pub(super) native_finish_reason: Text<'a>,
    #[serde(borrow)]
    pub(super) logprobs: Option<&'a RawValue>,
    /// What Azure's filter found.
    #[serde(borrow)]
    pub(super) content_filter_results: Option<&'a RawValue>,
    /// Moonshot counts here, in streams.
    #[serde(deserialize_with = "fitting")]
    pub(super) usage: Option<Box<Usage>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}
