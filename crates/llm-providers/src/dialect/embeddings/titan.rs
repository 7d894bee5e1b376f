//! Amazon Titan's embeddings at Bedrock: one text per request.

use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::{Ask, EmbeddingFormat, Reading, Reply, bedrock};
use crate::ProviderError;
use crate::dialect::lenient::Count;

/// Titan Text Embeddings V2.
pub(super) const V2: EmbeddingFormat = EmbeddingFormat {
    path: bedrock::path,
    limits: Limits { texts: 1, bytes: usize::MAX },
    dimensions: true,
    purpose: |_, _| None,
    needs_purpose: false,
    encode,
    decode,
};

/// The version before it, which takes a text and nothing else.
pub(super) const V1: EmbeddingFormat = EmbeddingFormat { dimensions: false, ..V2 };

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    input_text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    embedding: Option<Vec<f32>>,
    input_text_token_count: Count,
}

fn encode(ask: &Ask<'_>) -> serde_json::Result<String> {
    let input_text = ask.texts.first().map(String::as_str).unwrap_or_default();
    serde_json::to_string(&Request { input_text, dimensions: ask.dimensions })
}

fn decode(reading: &Reading<'_>, body: &[u8]) -> Result<Reply, ProviderError> {
    let answer: Answer = reading.parse(body)?;
    let vectors = answer.embedding.into_iter().collect();
    Ok(Reply { vectors, tokens: answer.input_text_token_count, model: "".into() })
}
