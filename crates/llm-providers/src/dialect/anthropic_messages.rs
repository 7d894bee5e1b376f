//! Anthropic messages: roles that alternate, blocks within them, instructions beside them.

pub(super) mod request;
mod response;
pub(super) mod settings;
mod stream;
pub(super) mod wire;

use serde_json::value::RawValue;

use super::format::Format;
use super::stream::State;
use super::{Context, RenderedTools};
use crate::lossiness::Losses;
use crate::{Authentication, ChatRequest, ChatResponse, ProviderError};

/// `POST /v1/messages`.
pub(super) struct AnthropicMessages;

impl Format for AnthropicMessages {
    fn path(&self, _: &str, _: bool) -> String {
        "/v1/messages".to_owned()
    }

    fn models_path(&self) -> Option<&'static str> {
        Some("/v1/models?limit=1000")
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }

    fn authentication(&self) -> Authentication {
        Authentication::XApiKey
    }

    fn render_tools(&self, tools: &RenderedTools, _: &mut Losses) -> Option<Box<RawValue>> {
        request::render_tools(tools.tools())
    }

    fn encode(
        &self,
        context: &Context<'_>,
        request: &ChatRequest,
        losses: &mut Losses,
    ) -> Result<Vec<u8>, ProviderError> {
        request::encode(context, request, losses, None)
    }

    fn decode(&self, context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
        response::decode(context, body)
    }

    fn stream(&self) -> Box<dyn State> {
        Box::new(stream::Stream::default())
    }
}
