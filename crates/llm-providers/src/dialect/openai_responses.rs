//! OpenAI responses: a conversation of items rather than of messages. Nothing is stored there: every request carries
//! the whole conversation, and reasoning travels with it encrypted.

mod input;
mod item;
mod items;
mod phase;
mod request;
mod response;
mod stream;
mod wire;

use super::aliases;
use super::embeddings;
use super::format::Format;
use super::frames::Framing;
use crate::Authentication;

/// `POST /responses`.
pub(super) const FORMAT: Format = Format {
    path: |_, _| "/responses".to_owned(),
    accounts: &[],
    headers: &[],
    models_path: Some("/models"),
    embeddings: |_, _| Some(&embeddings::OPENAI),
    authentication: Authentication::BearerIfGiven,
    framing: Framing::Events,
    aliases: aliases::none,
    render_tools: |tools, _| request::render_tools(tools.tools()),
    encode: request::encode,
    decode: response::decode,
    stream: || Box::<stream::Stream>::default(),
};
