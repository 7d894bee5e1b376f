//! Anthropic messages on Vertex AI: the same messages, with the model in the path and the version in the body.

use super::aliases;
use super::anthropic_messages;
use super::format::Format;
use super::frames::Framing;
use crate::Authentication;

/// The only version that Vertex AI has.
const VERSION: &str = "vertex-2023-10-16";

/// `POST /models/{model}:rawPredict` and `:streamRawPredict` below `publishers/anthropic`.
pub(super) const FORMAT: Format = Format {
    path: |model, stream| {
        format!("/models/{model}:{}", if stream { "streamRawPredict" } else { "rawPredict" })
    },
    accounts: &[],
    headers: &[],
    models_path: None,
    embeddings: |_, _| None,
    authentication: Authentication::Authorizer,
    framing: Framing::Events,
    aliases: aliases::none,
    render_tools: anthropic_messages::FORMAT.render_tools,
    encode: |context, request, losses| {
        anthropic_messages::request::encode(context, request, losses, Some(VERSION))
    },
    decode: anthropic_messages::FORMAT.decode,
    stream: anthropic_messages::FORMAT.stream,
};
