//! OpenAI chat completions, and the many servers that speak it with accents.

mod details;
mod request;
mod response;
mod stream;
mod wire;

pub(super) use request::{encode, render_tools};
pub(super) use response::decode;
pub(super) use stream::Stream;
