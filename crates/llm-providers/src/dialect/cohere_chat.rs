//! Cohere chat (v2): messages as in chat completions, answers in blocks, words of its own for settings.

mod request;
mod response;
mod stream;
mod wire;

use serde_json::value::RawValue;

use super::format::Format;
use super::stream::State;
use super::{Context, RenderedTools, openai_chat};
use crate::lossiness::Losses;
use crate::{ChatRequest, ChatResponse, ProviderError};

/// `POST /v2/chat`.
pub(super) struct CohereChat;

impl Format for CohereChat {
    fn path(&self, _: &str, _: bool) -> String {
        "/v2/chat".to_owned()
    }

    fn models_path(&self) -> Option<&'static str> {
        Some("/v1/models?page_size=1000")
    }

    fn render_tools(&self, tools: &RenderedTools, _: &mut Losses) -> Option<Box<RawValue>> {
        openai_chat::render_tools(tools.tools())
    }

    fn encode(
        &self,
        context: &Context<'_>,
        request: &ChatRequest,
        losses: &mut Losses,
    ) -> Result<Vec<u8>, ProviderError> {
        request::encode(context, request, losses)
    }

    fn decode(&self, context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
        response::decode(context, body)
    }

    fn stream(&self) -> Box<dyn State> {
        Box::new(stream::Stream::default())
    }
}
