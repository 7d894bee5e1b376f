//! Gemini `generateContent` (v1beta): contents made of parts, functions without a fixed id, an OpenAPI subset for schemas.

mod names;
mod request;
mod response;
mod schema;
mod settings;
mod stream;
mod wire;

pub(super) use names::aliases;
pub(super) use request::{encode, path, render_tools};
pub(super) use response::decode;
pub(super) use stream::Stream;
