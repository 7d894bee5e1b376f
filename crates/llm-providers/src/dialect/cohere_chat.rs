//! Cohere chat (v2): messages as in chat completions, answers in blocks, words of its own for settings.

mod request;
mod response;
mod stream;
mod wire;

use super::aliases;
use super::embeddings;
use super::format::Format;
use super::frames::Framing;
use super::openai_chat;
use crate::Authentication;

/// `POST /v2/chat`.
pub(super) const FORMAT: Format = Format {
    path: |_, _| "/v2/chat".to_owned(),
    accounts: &[],
    headers: &[],
    models_path: Some("/v1/models?page_size=1000"),
    embeddings: |_, _| Some(&embeddings::COHERE),
    authentication: Authentication::Bearer,
    framing: Framing::Events,
    aliases: aliases::none,
    render_tools: openai_chat::FORMAT.render_tools,
    encode: request::encode,
    decode: response::decode,
    stream: || Box::<stream::Stream>::default(),
};
