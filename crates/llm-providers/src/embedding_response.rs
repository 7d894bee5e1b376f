//! What an embedding model answered, the same for all of them.

use std::sync::Arc;

use crate::{Loss, RateLimits, Usage};

/// Vectors of texts.
///
/// It has been looked at: as many vectors as texts, all of one length, of the length that was asked for, and every
/// number finite.
///
/// ```
/// # use toolgate_llm_providers::{Catalogue, EmbeddingRequest};
/// # let openai = Catalogue::builtin().provider("openai")?.clone();
/// let request = EmbeddingRequest::new(["one", "two"]);
/// let body = br#"{"model": "text-embedding-3-small", "usage": {"prompt_tokens": 2}, "data": [
///     {"index": 1, "embedding": [0.5, 0.25]}, {"index": 0, "embedding": [0.75, 1.0]}]}"#;
/// let answer = openai.decode_embeddings("text-embedding-3-small", &request, 2, body, None)?;
/// assert_eq!(answer.vectors, [[0.75, 1.0], [0.5, 0.25]]); // in the order of the texts
/// assert_eq!(answer.usage.input, Some(2));
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EmbeddingResponse {
    /// A vector for each text, in the order of the texts.
    pub vectors: Vec<Vec<f32>>,
    /// What it cost, in tokens; only `input` is ever known.
    pub usage: Usage,
    /// The model that answered, as the provider names it; empty when it does not say.
    pub model: Arc<str>,
    /// What the provider's headers say about its limits; of several requests, the last text's.
    pub rate_limits: RateLimits,
    /// What the conversion of the request lost.
    pub lossiness: Vec<Loss>,
}

impl EmbeddingResponse {
    /// Adds the answer to the texts that come next.
    pub(crate) fn append(&mut self, next: Self) {
        self.vectors.extend(next.vectors);
        self.usage += next.usage;
        self.model = next.model;
        self.rate_limits = next.rate_limits;
    }
}
