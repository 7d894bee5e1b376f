//! Anthropic messages: roles that alternate, blocks within them, instructions beside them.

mod request;
mod response;
mod settings;
mod stream;
mod wire;

pub(super) use request::{encode, render_tools};
pub(super) use response::decode;
pub(super) use stream::Stream;
