//! Anthropic messages: roles that alternate, blocks within them, instructions beside them.

mod documents;
mod fallback;
pub(super) mod request;
mod response;
pub(super) mod settings;
mod stream;
mod turns;
pub(super) mod wire;

use super::aliases;
use super::format::Format;
use super::frames::Framing;
use crate::Authentication;

/// `POST /v1/messages`.
pub(super) const FORMAT: Format = Format {
    path: |_, _| "/v1/messages".to_owned(),
    accounts: &[],
    headers: &[("anthropic-version", "2023-06-01")],
    models_path: Some("/v1/models?limit=1000"),
    embeddings: |_, _| None,
    authentication: Authentication::XApiKey,
    framing: Framing::Events,
    aliases: aliases::none,
    render_tools: |tools, _| request::render_tools(tools.tools()),
    encode: |context, request, losses| request::encode(context, request, losses, None),
    decode: response::decode,
    stream: || Box::<stream::Stream>::default(),
};
