//! OpenAI chat completions, and the many servers that speak it with accents.

mod calls;
mod conversation;
mod details;
mod filtered;
mod lone;
mod order;
pub(super) mod request;
mod response;
mod seals;
mod settings;
mod sources;
mod stream;
mod thinking;
mod thoughts;
mod wire;

use self::request::Host;
use super::aliases;
use super::embeddings;
use super::format::Format;
use super::frames::Framing;
use crate::Authentication;

/// `POST /chat/completions`.
pub(super) const FORMAT: Format = Format {
    path: |_, _| "/chat/completions".to_owned(),
    accounts: &[],
    headers: &[],
    models_path: Some("/models"),
    embeddings: |_, _| Some(&embeddings::OPENAI),
    authentication: Authentication::BearerIfGiven,
    framing: Framing::Events,
    aliases: aliases::none,
    render_tools: |tools, _| request::render_tools(tools.tools()),
    encode: |context, request, losses| request::encode(context, request, losses, Host::OpenAi),
    decode: response::decode,
    stream: || Box::<stream::Stream>::default(),
};
