//! OpenAI chat completions, and the many servers that speak it with accents.

mod request;
mod response;
mod wire;

pub(super) use request::{encode, render_tools};
pub(super) use response::decode;
