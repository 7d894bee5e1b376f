//! Bedrock Converse: one form for all models of AWS, in blocks that are unions; what only a family of models has goes
//! into additional fields. Streams come as AWS event streams.

mod answer;
mod documents;
mod media;
mod request;
mod response;
mod settings;
mod stream;
mod tools;
mod turns;
mod wire;

use serde_json::value::RawValue;

use super::format::Format;
use super::frames::Framing;
use super::stream::State;
use super::{Context, RenderedTools};
use crate::lossiness::Losses;
use crate::{ChatRequest, ChatResponse, ProviderError};

/// `POST /model/{modelId}/converse` (Bedrock runtime, 2023-09-30).
pub(super) struct BedrockConverse;

impl Format for BedrockConverse {
    fn path(&self, model: &str, stream: bool) -> String {
        request::path(model, stream)
    }

    fn framing(&self) -> Framing {
        Framing::AwsEventStream
    }

    fn render_tools(&self, tools: &RenderedTools, _: &mut Losses) -> Option<Box<RawValue>> {
        tools::render(tools.tools())
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
