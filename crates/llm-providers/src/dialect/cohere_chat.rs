//! Cohere chat (v2): messages as in chat completions, answers in blocks, words of its own for settings.

mod request;
mod response;
mod stream;
mod wire;

pub(super) use request::encode;
pub(super) use response::decode;
pub(super) use stream::Stream;
