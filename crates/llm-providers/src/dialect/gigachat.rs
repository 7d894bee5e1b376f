//! GigaChat: chat completions with functions in place of tools, one call in an answer, its arguments and results as objects.

mod functions;
mod request;
mod response;
mod stream;
mod wire;

use super::embeddings;
use super::format::Format;
use super::frames::Framing;
use crate::Authentication;

/// `POST /chat/completions` (GigaChat REST API, "Сгенерировать ответ").
pub(super) const FORMAT: Format = Format {
    path: |_, _| "/chat/completions".to_owned(),
    accounts: &[],
    headers: &[],
    models_path: Some("/models"),
    embeddings: |_, _| Some(&embeddings::OPENAI),
    authentication: Authentication::Authorizer,
    framing: Framing::Events,
    aliases: functions::aliases,
    render_tools: |tools, _| functions::render(tools),
    encode: request::encode,
    decode: response::decode,
    stream: || Box::<stream::Stream>::default(),
};
