//! OpenAI chat completions, and the many servers that speak it with accents.

mod details;
mod request;
mod response;
mod stream;
mod wire;

pub(super) use request::render_tools;

use serde_json::value::RawValue;

use super::format::Format;
use super::stream::State;
use super::{Context, RenderedTools};
use crate::lossiness::Losses;
use crate::{Authentication, ChatRequest, ChatResponse, ProviderError};

/// `POST /chat/completions`.
pub(super) struct OpenAiChat;

impl Format for OpenAiChat {
    fn path(&self, _: &str, _: bool) -> String {
        "/chat/completions".to_owned()
    }

    fn models_path(&self) -> Option<&'static str> {
        Some("/models")
    }

    fn authentication(&self) -> Authentication {
        Authentication::BearerIfGiven
    }

    fn render_tools(&self, tools: &RenderedTools, _: &mut Losses) -> Option<Box<RawValue>> {
        render_tools(tools.tools())
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
