//! Replicate's predictions: one prompt in place of messages, an input that each model names otherwise, no tools.
//!
//! One exchange: the reply is held back until the prediction is done (`Prefer: wait`), a minute at most, and one that is not done then is cancelled
//! (`Cancel-After`), so that nothing runs on unseen. Its streams come from another host, to which the key of this one
//! does not go: an answer that is asked for in pieces comes in one.

mod input;
mod request;
mod response;
mod transcript;
mod wire;

use super::aliases;
use super::format::Format;
use super::frames::Framing;
use crate::Authentication;

/// `POST /models/{owner}/{name}/predictions`, and `POST /predictions` where the model's name has a version (Replicate's
/// HTTP API, "Create a prediction using an official model", "Create a prediction").
pub(super) const FORMAT: Format = Format {
    path: |model, _| match request::version(model) {
        Some(_) => "/predictions".to_owned(),
        None => format!("/models/{model}/predictions"),
    },
    accounts: &[],
    headers: &[("prefer", "wait=60"), ("cancel-after", "1m")],
    // It lists what all users have published, not what can be talked to.
    models_path: None,
    embeddings: |_, _| None,
    authentication: Authentication::Bearer,
    framing: Framing::Whole,
    aliases: aliases::none,
    render_tools: |_, _| None,
    encode: request::encode,
    decode: response::decode,
    stream: || Box::<response::Whole>::default(),
};
