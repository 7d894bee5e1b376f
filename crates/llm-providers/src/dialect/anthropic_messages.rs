//! placeholder
use super::{Context, RenderedTools};
use crate::lossiness::Losses;
use crate::{ChatRequest, ChatResponse, ErrorKind, ProviderError};
pub(super) fn encode(c: &Context<'_>, _r: &ChatRequest, _l: &mut Losses) -> Result<Vec<u8>, ProviderError> {
    Err(c.unsayable("request", "not yet"))
}
pub(super) fn decode(c: &Context<'_>, _b: &[u8]) -> Result<ChatResponse, ProviderError> {
    Err(c.provider.error(ErrorKind::MalformedOutput, "not yet"))
}
pub(super) fn render_tools(_t: &[toolgate_tool_types::Tool]) -> Option<Box<serde_json::value::RawValue>> {
    None
}
