//! Ollama's own chat: messages as in chat completions, settings in `options`, calls without ids, a JSON text per line.

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

/// `POST /api/chat`.
pub(super) const FORMAT: Format = Format {
    path: |_, _| "/api/chat".to_owned(),
    accounts: &[],
    headers: &[],
    models_path: Some("/api/tags"),
    embeddings: |_, _| Some(&embeddings::OLLAMA),
    authentication: Authentication::BearerIfGiven,
    framing: Framing::Lines,
    aliases: aliases::none,
    render_tools: openai_chat::FORMAT.render_tools,
    encode: request::encode,
    decode: response::decode,
    stream: || Box::<stream::Stream>::default(),
};
