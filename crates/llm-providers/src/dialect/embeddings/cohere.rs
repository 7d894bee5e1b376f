//! Cohere's embeddings (v2), and the same at Bedrock, where the model stands in the path: `POST /v2/embed`.

use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::vector::in_order;
use super::{Ask, EmbeddingFormat, Reading, Reply};
use crate::dialect::lenient::Count;
use crate::{EmbeddingPurpose, Provider, ProviderError};

/// At most 96 texts (API reference of `/v2/embed`). The purpose is required from v3 on; older models are retired.
pub(in crate::dialect) const FORMAT: EmbeddingFormat = EmbeddingFormat {
    path: |_| "/v2/embed".to_owned(),
    limits: Limits { texts: 96, bytes: usize::MAX },
    dimensions: true,
    purpose,
    needs_purpose: true,
    encode: |ask| write(ask, Some(ask.model)),
    decode,
};

/// `POST /model/{modelId}/invoke` of Bedrock: the same limits.
pub(super) const AT_BEDROCK: EmbeddingFormat =
    EmbeddingFormat { path: super::bedrock::path, encode: |ask| write(ask, None), ..FORMAT };

#[derive(Serialize)]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    texts: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    input_type: Option<&'a str>,
    embedding_types: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimension: Option<u32>,
    /// By default, what is too long is cut off in silence.
    truncate: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    embeddings: Option<ByType>,
    /// What Bedrock gives instead for some models.
    data: Option<Vec<Item>>,
    meta: Option<Meta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ByType {
    float: Option<Vec<Vec<f32>>>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    index: Count,
    embedding: Vec<f32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    billed_units: Option<Units>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Units {
    input_tokens: Count,
}

fn purpose(_: &Provider, purpose: EmbeddingPurpose) -> Option<&'static str> {
    Some(match purpose {
        EmbeddingPurpose::Query => "search_query",
        EmbeddingPurpose::Document => "search_document",
        EmbeddingPurpose::Classification => "classification",
        EmbeddingPurpose::Clustering => "clustering",
        EmbeddingPurpose::Similarity => return None,
    })
}

fn write(ask: &Ask<'_>, model: Option<&str>) -> serde_json::Result<String> {
    serde_json::to_string(&Request {
        model,
        texts: ask.texts,
        input_type: ask.purpose,
        embedding_types: ["float"],
        output_dimension: ask.dimensions,
        truncate: "NONE",
    })
}

fn decode(reading: &Reading<'_>, body: &[u8]) -> Result<Reply, ProviderError> {
    let answer: Answer = reading.parse(body)?;
    let vectors = match answer.data {
        None => answer.embeddings.unwrap_or_default().float.unwrap_or_default(),
        Some(data) => in_order(reading, data.into_iter().map(|item| (item.index, item.embedding)).collect())?,
    };
    let units = answer.meta.unwrap_or_default().billed_units.unwrap_or_default();
    Ok(Reply { vectors, tokens: units.input_tokens, model: "".into() })
}
