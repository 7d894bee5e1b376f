//! Anthropic messages on Vertex AI: the same messages, with the model in the path and the version in the body.

use serde_json::value::RawValue;

use super::format::Format;
use super::stream::State;
use super::{Context, RenderedTools, anthropic_messages};
use crate::lossiness::Losses;
use crate::{Authentication, ChatRequest, ChatResponse, ProviderError};

/// `POST /models/{model}:rawPredict` and `:streamRawPredict` below `publishers/anthropic`.
pub(super) struct AnthropicVertex;

/// The only version that Vertex AI has.
const VERSION: &str = "vertex-2023-10-16";

impl Format for AnthropicVertex {
    fn path(&self, model: &str, stream: bool) -> String {
        format!("/models/{model}:{}", if stream { "streamRawPredict" } else { "rawPredict" })
    }

    fn authentication(&self) -> Authentication {
        Authentication::Authorizer
    }

    fn render_tools(&self, tools: &RenderedTools, losses: &mut Losses) -> Option<Box<RawValue>> {
        anthropic_messages::AnthropicMessages.render_tools(tools, losses)
    }

    fn encode(
        &self,
        context: &Context<'_>,
        request: &ChatRequest,
        losses: &mut Losses,
    ) -> Result<Vec<u8>, ProviderError> {
        anthropic_messages::request::encode(context, request, losses, Some(VERSION))
    }

    fn decode(&self, context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
        anthropic_messages::AnthropicMessages.decode(context, body)
    }

    fn stream(&self) -> Box<dyn State> {
        anthropic_messages::AnthropicMessages.stream()
    }
}
