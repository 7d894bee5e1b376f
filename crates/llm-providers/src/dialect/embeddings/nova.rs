//! Amazon Nova's embeddings at Bedrock: one text per request, in the form of a task.

use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::{Ask, EmbeddingFormat, Reading, Reply, bedrock};
use crate::dialect::lenient::Count;
use crate::{EmbeddingPurpose, Provider, ProviderError};

/// The purpose is required.
pub(super) const FORMAT: EmbeddingFormat = EmbeddingFormat {
    path: bedrock::path,
    limits: Limits { texts: 1, bytes: usize::MAX },
    dimensions: true,
    purpose,
    needs_purpose: true,
    encode,
    decode,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    task_type: &'a str,
    single_embedding_params: Parameters<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding_purpose: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding_dimension: Option<u32>,
    text: Text<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Text<'a> {
    /// What is too long is an error.
    truncation_mode: &'a str,
    value: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    embeddings: Option<Vec<Embedded>>,
}

#[derive(Deserialize)]
struct Embedded {
    embedding: Vec<f32>,
}

fn purpose(_: &Provider, purpose: EmbeddingPurpose) -> Option<&'static str> {
    Some(match purpose {
        EmbeddingPurpose::Query => "TEXT_RETRIEVAL",
        EmbeddingPurpose::Document => "GENERIC_INDEX",
        EmbeddingPurpose::Classification => "CLASSIFICATION",
        EmbeddingPurpose::Clustering => "CLUSTERING",
        EmbeddingPurpose::Similarity => return None,
    })
}

fn encode(ask: &Ask<'_>) -> serde_json::Result<String> {
    let value = ask.texts.first().map(String::as_str).unwrap_or_default();
    serde_json::to_string(&Request {
        task_type: "SINGLE_EMBEDDING",
        single_embedding_params: Parameters {
            embedding_purpose: ask.purpose,
            embedding_dimension: ask.dimensions,
            text: Text { truncation_mode: "NONE", value },
        },
    })
}

fn decode(reading: &Reading<'_>, body: &[u8]) -> Result<Reply, ProviderError> {
    let answer: Answer = reading.parse(body)?;
    let vectors = answer.embeddings.into_iter().flatten().map(|one| one.embedding).collect();
    Ok(Reply { vectors, tokens: Count::default(), model: "".into() })
}
