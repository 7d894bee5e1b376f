//! Chat completions of a partner's models on Vertex AI: the same bodies, with the model in the path too.

use super::format::Format;
use super::openai_chat;
use crate::Authentication;

/// `POST /models/{model}:rawPredict` and `:streamRawPredict` below a publisher, such as `publishers/mistralai`.
pub(super) const FORMAT: Format = Format {
    path: |model, stream| {
        format!("/models/{model}:{}", if stream { "streamRawPredict" } else { "rawPredict" })
    },
    models_path: None,
    embeddings: |_, _| None,
    authentication: Authentication::Authorizer,
    ..openai_chat::FORMAT
};
