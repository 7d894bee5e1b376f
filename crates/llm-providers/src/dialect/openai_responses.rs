//! OpenAI responses: a conversation of items rather than of messages. Nothing is stored there: every request carries
//! the whole conversation, and reasoning travels with it encrypted.

mod input;
mod item;
mod request;
mod response;
mod stream;
mod wire;

use serde_json::value::RawValue;

use super::format::Format;
use super::stream::State;
use super::{Context, RenderedTools};
use crate::lossiness::Losses;
use crate::{Authentication, ChatRequest, ChatResponse, ProviderError};

/// `POST /responses`.
pub(super) struct OpenAiResponses;

impl Format for OpenAiResponses {
    fn path(&self, _: &str, _: bool) -> String {
        "/responses".to_owned()
    }

    fn authentication(&self) -> Authentication {
        Authentication::BearerIfGiven
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
        request::encode(context, request, losses)
    }

    fn decode(&self, context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
        response::decode(context, body)
    }

    fn stream(&self) -> Box<dyn State> {
        Box::new(stream::Stream::default())
    }
}
