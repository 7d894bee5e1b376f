//! Embeddings: what is sent, what is accepted, and what recorded traffic says.

mod answers;
mod model;
mod properties;
mod recorded;
mod requests;

use serde_json::Value;
use toolgate_llm_providers::{EmbeddingRequest, EncodedEmbeddings, ProviderError};

use crate::sample::provider;
use crate::schemas;

/// The requests of the built-in provider `id`, each checked by the provider's own schema where there is one.
fn encode(id: &str, model: &str, request: &EmbeddingRequest) -> Result<EncodedEmbeddings, ProviderError> {
    let encoded = provider(id).encode_embeddings(model, request)?;
    for batch in &encoded.batches {
        let body: Value = serde_json::from_slice(&batch.body).unwrap();
        schemas::check("embeddings", id, &body).unwrap_or_else(|wrong| panic!("{wrong}\n{body}"));
    }
    Ok(encoded)
}

/// The one request that there is, and the places of all losses.
fn encoded(id: &str, model: &str, request: &EmbeddingRequest) -> (Value, Vec<String>) {
    let encoded = encode(id, model, request).unwrap();
    assert_eq!(encoded.batches.len(), 1);
    let body = serde_json::from_slice(&encoded.batches[0].body).unwrap();
    (body, encoded.lossiness.into_iter().map(|loss| loss.path).collect())
}
