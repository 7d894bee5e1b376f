//! Ollama's own chat: messages as in chat completions, settings in `options`, calls without ids, a JSON text per line.

mod request;
mod response;
mod stream;
mod wire;

use serde_json::value::RawValue;

use super::format::Format;
use super::frames::Framing;
use super::stream::State;
use super::{Context, RenderedTools, openai_chat};
use crate::lossiness::Losses;
use crate::{Authentication, ChatRequest, ChatResponse, ProviderError};

/// `POST /api/chat`.
pub(super) struct OllamaChat;

impl Format for OllamaChat {
    fn path(&self, _: &str, _: bool) -> String {
        "/api/chat".to_owned()
    }

    fn authentication(&self) -> Authentication {
        Authentication::BearerIfGiven
    }

    fn framing(&self) -> Framing {
        Framing::Lines
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
