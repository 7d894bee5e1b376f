//! Gemini `generateContent` (v1beta): contents made of parts, functions without a fixed id, an OpenAPI subset for schemas.

mod answers;
mod files;
mod names;
mod pieces;
mod request;
mod response;
mod schema;
mod settings;
mod stream;
mod turns;
mod wire;

use super::embeddings;
use super::format::Format;
use super::frames::Framing;
use crate::Authentication;

/// `POST /models/{model}:generateContent`.
pub(super) const FORMAT: Format = Format {
    path: request::path,
    accounts: &[],
    headers: &[],
    models_path: Some("/models?pageSize=1000"),
    embeddings: embeddings::of_google,
    authentication: Authentication::XGoogApiKey,
    framing: Framing::Events,
    aliases: names::aliases,
    render_tools: request::render_tools,
    encode: request::encode,
    decode: response::decode,
    stream: || Box::<stream::Stream>::default(),
};
