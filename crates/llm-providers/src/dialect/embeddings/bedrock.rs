//! Bedrock's `InvokeModel`: every family of models has a format of its own, which a model's name tells.

use super::{EmbeddingFormat, cohere, nova, titan};
use crate::Provider;
use crate::dialect::bedrock_converse::model_path;

/// The format of the family that `model` is of, inference profiles with their region's prefix included.
pub(in crate::dialect) fn format(_: &Provider, model: &str) -> Option<&'static EmbeddingFormat> {
    let is_of = |family: &str| model.split('/').any(|part| part.contains(family));
    if is_of("amazon.titan-embed-text-v2") {
        Some(&titan::V2)
    } else if is_of("amazon.titan-embed-") {
        Some(&titan::V1)
    } else if is_of("cohere.embed-") {
        Some(&cohere::AT_BEDROCK)
    } else if is_of("amazon.nova-") && is_of("-embeddings") {
        Some(&nova::FORMAT)
    } else {
        None
    }
}

/// `POST /model/{modelId}/invoke` (Bedrock runtime, 2023-09-30).
pub(super) fn path(model: &str) -> String {
    model_path(model) + "/invoke"
}
