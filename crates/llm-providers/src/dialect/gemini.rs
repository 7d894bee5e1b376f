//! Gemini `generateContent` (v1beta): contents made of parts, functions without a fixed id, an OpenAPI subset for schemas.

mod names;
mod request;
mod response;
mod schema;
mod settings;
mod stream;
mod wire;

use std::sync::Arc;

use serde_json::value::RawValue;
use toolgate_tool_types::Tool;

use super::format::Format;
use super::stream::State;
use super::{Context, RenderedTools};
use crate::lossiness::Losses;
use crate::{Authentication, ChatRequest, ChatResponse, ProviderError};

/// `POST /models/{model}:generateContent`.
pub(super) struct GeminiGenerate;

impl Format for GeminiGenerate {
    fn path(&self, model: &str, stream: bool) -> String {
        request::path(model, stream)
    }

    fn models_path(&self) -> Option<&'static str> {
        Some("/models?pageSize=1000")
    }

    fn authentication(&self) -> Authentication {
        Authentication::XGoogApiKey
    }

    fn aliases(&self, tools: &[Tool]) -> Vec<(Arc<str>, Arc<str>)> {
        names::aliases(tools)
    }

    fn render_tools(&self, tools: &RenderedTools, losses: &mut Losses) -> Option<Box<RawValue>> {
        request::render_tools(tools, losses)
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
