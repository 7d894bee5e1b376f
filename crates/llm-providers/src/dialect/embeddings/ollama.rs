//! Ollama's embeddings: `POST /api/embed`.

use serde::{Deserialize, Serialize};

use super::limits::{Limits, TEXTS};
use super::{Ask, EmbeddingFormat, Reading, Reply};
use crate::ProviderError;
use crate::dialect::lenient::{Count, Text};

/// It has no limit of its own.
pub(in crate::dialect) const FORMAT: EmbeddingFormat = EmbeddingFormat {
    path: |_| "/api/embed".to_owned(),
    limits: Limits { texts: TEXTS, bytes: usize::MAX },
    dimensions: true,
    purpose: |_, _| None,
    needs_purpose: false,
    encode,
    decode,
};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    /// By default, what is too long is cut off in silence.
    truncate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow)]
    model: Text<'a>,
    embeddings: Option<Vec<Vec<f32>>>,
    prompt_eval_count: Count,
}

fn encode(ask: &Ask<'_>) -> serde_json::Result<String> {
    let Ask { model, texts: input, dimensions, .. } = *ask;
    serde_json::to_string(&Request { model, input, truncate: false, dimensions })
}

fn decode(reading: &Reading<'_>, body: &[u8]) -> Result<Reply, ProviderError> {
    let answer: Answer<'_> = reading.parse(body)?;
    Ok(Reply {
        vectors: answer.embeddings.unwrap_or_default(),
        tokens: answer.prompt_eval_count,
        model: (*answer.model).into(),
    })
}
