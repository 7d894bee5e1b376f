//! Wire dialects: the few formats that all providers speak, as pure functions from and to bytes.
//!
//! A folder per dialect: `wire` has the types of the bytes, `request` writes them, `response` reads them whole and
//! `stream` reads them in pieces. Writing
//! borrows from the conversation and splices schemas in as text; reading borrows from the body and forgives what the
//! published schemas forbid, because real replies break them. The same request always gives the same bytes, so that
//! prompt caches hit.

mod accepted;
mod aliases;
mod anthropic_bedrock;
mod anthropic_messages;
mod anthropic_vertex;
mod arguments;
mod bedrock_converse;
mod binding;
mod cache_marks;
mod call_ids;
mod call_names;
mod closed;
mod cohere_chat;
mod context;
mod draft;
mod embeddings;
mod enforced;
mod envelope;
mod extra;
mod families;
mod filled;
mod fitted;
mod flat;
mod forced;
pub(crate) mod format;
mod frames;
mod gemini;
mod gigachat;
mod grammar;
mod inlined;
mod json;
mod length;
pub(crate) mod lenient;
mod lettered;
mod location;
mod logprobs;
mod mended;
mod metaschema;
mod name;
mod ollama_chat;
mod openai_chat;
mod openai_responses;
mod openai_vertex;
mod patterns;
mod plain;
mod references;
mod replicate;
mod sagemaker_chat;
mod stream;
mod streamed;
mod subschemas;
mod surrogates;
mod tool_result;
mod tools;
mod typed;
mod verbatim;
mod watsonx_chat;
mod wrapped;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

pub use embeddings::{EncodedBatch, EncodedEmbeddings};
pub use name::UnknownDialect;
pub use stream::StreamDecoder;
pub use tools::RenderedTools;

use self::context::Context;
use self::format::Format;
use crate::lossiness::Losses;
use crate::{
    ApiKey, ChatRequest, ChatResponse, ErrorKind, Loss, Provider, ProviderError, ToolChoice, history,
};

/// What an operator's note in mid-conversation is marked with, where only the user can speak there.
const OPERATOR_NOTE: &str = "Operator note (not from the user): ";

/// A wire format.
///
/// By its name, as in settings:
///
/// ```
/// # use toolgate_llm_providers::{Dialect, Provider};
/// let dialect: Dialect = "openai_chat".parse()?;
/// let ours = Provider::new("ours", "https://models.example.com/v1", dialect)?;
/// assert_eq!(ours.dialect(), Dialect::OpenAiChat);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// OpenAI chat completions, and everything compatible: `POST /chat/completions`.
    OpenAiChat,
    /// Anthropic messages: `POST /v1/messages`.
    AnthropicMessages,
    /// Gemini `generateContent` (v1beta).
    GeminiGenerate,
    /// Cohere chat: `POST /v2/chat`.
    CohereChat,
    /// Ollama's own chat: `POST /api/chat`.
    OllamaChat,
    /// OpenAI responses, without the provider's store: `POST /responses`.
    OpenAiResponses,
    /// Bedrock Converse: `POST /model/{modelId}/converse`.
    BedrockConverse,
    /// Anthropic messages on Vertex AI: `POST /models/{model}:rawPredict`.
    AnthropicVertex,
    /// Chat completions on Vertex AI: `POST /models/{model}:rawPredict`.
    OpenAiVertex,
    /// Chat completions of a SageMaker endpoint: `POST /endpoints/{model}/invocations`.
    SageMakerChat,
    /// Chat completions on watsonx: `POST /ml/v1/text/chat`.
    WatsonxChat,
    /// Replicate's predictions: `POST /models/{model}/predictions`. One prompt, no tools, an answer within a minute.
    ReplicatePrediction,
    /// GigaChat: `POST /chat/completions` with functions.
    GigaChat,
    /// Anthropic messages on Bedrock: `POST /model/{modelId}/invoke`.
    AnthropicBedrock,
}

/// A request's bytes.
///
/// See the example of [`Provider::encode`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Encoded {
    /// The JSON body.
    pub body: Bytes,
    /// What the conversion lost.
    pub lossiness: Vec<Loss>,
    /// Headers that the request has because of what its body says, beside those of the dialect.
    pub headers: &'static [(&'static str, &'static str)],
}

impl Dialect {
    /// What the dialect is made of: the only list of them.
    pub(crate) fn format(self) -> &'static Format {
        match self {
            Self::OpenAiChat => &openai_chat::FORMAT,
            Self::AnthropicMessages => &anthropic_messages::FORMAT,
            Self::GeminiGenerate => &gemini::FORMAT,
            Self::CohereChat => &cohere_chat::FORMAT,
            Self::OllamaChat => &ollama_chat::FORMAT,
            Self::OpenAiResponses => &openai_responses::FORMAT,
            Self::BedrockConverse => &bedrock_converse::FORMAT,
            Self::AnthropicVertex => &anthropic_vertex::FORMAT,
            Self::OpenAiVertex => &openai_vertex::FORMAT,
            Self::SageMakerChat => &sagemaker_chat::FORMAT,
            Self::WatsonxChat => &watsonx_chat::FORMAT,
            Self::ReplicatePrediction => &replicate::FORMAT,
            Self::GigaChat => &gigachat::FORMAT,
            Self::AnthropicBedrock => &anthropic_bedrock::FORMAT,
        }
    }
}

impl Provider {
    /// Writes `request` as this provider wants it for `model`. Pure: the same arguments give the same bytes. A model that
    /// answers [in streams only](crate::Quirk::OnlyStreams) is asked for one, which [`decode`](Self::decode) reads whole.
    ///
    /// ```
    /// # use toolgate_llm_providers::{Catalogue, ChatRequest, Message, RenderedTools};
    /// let request = ChatRequest::new(vec![Message::user("hello")]);
    /// let catalogue = Catalogue::builtin();
    /// let openai = catalogue.provider("openai")?;
    /// let tools = RenderedTools::new(openai.dialect(), request.tools.clone());
    /// let encoded = openai.encode("gpt-4.1", &tools, &request)?;
    /// assert_eq!(encoded.body, r#"{"model":"gpt-4.1","messages":[{"role":"user","content":"hello"}]}"#);
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] when calls and results do not pair up, when a tool is forced that is not offered,
    /// when the dialect has no words for a part, or when the request is strict and something would be lost.
    pub fn encode(
        &self,
        model: &str,
        tools: &RenderedTools,
        request: &ChatRequest,
    ) -> Result<Encoded, ProviderError> {
        self.encode_fitted(model, &tools.fitted(self, model), request, self.is_streamed(model, request))
    }

    /// The same for an answer in pieces, which a [`StreamDecoder`] reads.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_stream(
        &self,
        model: &str,
        tools: &RenderedTools,
        request: &ChatRequest,
    ) -> Result<Encoded, ProviderError> {
        self.encode_fitted(model, &tools.fitted(self, model), request, true)
    }

    /// With tools that were rendered for this very model, which [`fitted`](RenderedTools::fitted) need not find out.
    pub(crate) fn encode_fitted(
        &self,
        model: &str,
        tools: &RenderedTools,
        request: &ChatRequest,
        stream: bool,
    ) -> Result<Encoded, ProviderError> {
        history::check(self.id(), &request.messages)?;
        self.check_choice(request)?;
        let turn = request.messages.len();
        let extra = request.options.extra.get(self.id());
        let length = length::expected(request);
        let mut losses = Losses::default();
        losses.extend(tools.lossiness());
        let changed = match accepted::options(self, model, request, &mut losses)? {
            Cow::Borrowed(_) => None,
            // What is in the messages is shared.
            Cow::Owned(options) => Some(request.clone().with_options(options)),
        };
        let request = changed.as_ref().unwrap_or(request);
        let context = Context { provider: self, model, tools, stream, extra, length, turn, key: None };
        let body = (self.dialect().format().encode)(&context, request, &mut losses)?;
        let lossiness = losses.into_vec();
        match lossiness.first() {
            Some(first) if request.strict => {
                let message = format!("strict, and {} would be lost: {first}", lossiness.len());
                Err(self.error(ErrorKind::InvalidRequest, message))
            }
            _ => {
                let headers = binding::headers(self, model, request);
                Ok(Encoded { body: body.into(), lossiness, headers })
            }
        }
    }

    /// Reads the body of a successful reply to `request`. With the `key` that was sent, a provider that echoes it in
    /// an error is not repeated.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedOutput`] when it is no answer of this dialect, or the model's call was unusable to the
    /// provider; the provider's own error when the body holds one in spite of its status.
    pub fn decode(
        &self,
        tools: &RenderedTools,
        request: &ChatRequest,
        body: &[u8],
        key: Option<&ApiKey>,
    ) -> Result<ChatResponse, ProviderError> {
        let framing = self.dialect().format().framing;
        if !framing.are_events(body) {
            let context = Context::reading(self, tools, request.messages.len(), key);
            let read = wrapped::decode(&context, body);
            if read.is_ok() || !framing.are_lines(body) {
                return read;
            }
        }
        // A few servers stream whether they are asked to or not.
        let (provider, tools) = (Arc::new(self.clone()), Arc::new(tools.clone()));
        let mut decoder = StreamDecoder::new(provider, tools, request, key.cloned());
        decoder.push(Bytes::copy_from_slice(body));
        decoder.into_response()
    }

    /// Reads a reply with an error status; `now` is for a `Retry-After` that is a date. With the `key` that was sent,
    /// a provider that echoes it is not repeated.
    #[must_use]
    pub fn decode_error(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        now: SystemTime,
        key: Option<&ApiKey>,
    ) -> ProviderError {
        crate::error::from_reply(self, status, headers, body, now, key)
    }

    fn check_choice(&self, request: &ChatRequest) -> Result<(), ProviderError> {
        let offered = match &request.tool_choice {
            Some(ToolChoice::Required) => !request.tools.is_empty(),
            Some(ToolChoice::Tool(name)) => request.tools.iter().any(|tool| tool.name == *name),
            _ => true,
        };
        if offered {
            return Ok(());
        }
        Err(self.error(ErrorKind::InvalidRequest, "tool_choice forces a tool that is not offered"))
    }
}
