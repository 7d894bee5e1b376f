//! Google's embeddings on Vertex AI: `POST /models/{model}:predict` (text embeddings API), and `:embedContent` for models
//! that have left it.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::gemini::{Content, UsageMetadata, Values};
use super::limits::Limits;
use super::{Ask, EmbeddingFormat, Reading, Reply, google};
use crate::ProviderError;
use crate::dialect::lenient::Count;

/// At most 250 texts and 20,000 tokens.
pub(super) const PREDICT: EmbeddingFormat = EmbeddingFormat {
    path: |model| format!("/models/{model}:predict"),
    limits: Limits { texts: 250, bytes: 20_000 },
    dimensions: true,
    purpose: |_, purpose| Some(google::task_type(purpose)),
    needs_purpose: false,
    encode,
    decode,
};

/// "Each request can only include a single input text."
pub(super) const SINGLE: EmbeddingFormat =
    EmbeddingFormat { limits: Limits { texts: 1, bytes: usize::MAX }, ..PREDICT };

/// One text (`EmbedContentRequest` of Vertex AI's v1).
pub(super) const CONTENT: EmbeddingFormat = EmbeddingFormat {
    path: |model| format!("/models/{model}:embedContent"),
    purpose: |_, purpose| Some(google::prompt(purpose)),
    encode: encode_content,
    decode: decode_content,
    ..SINGLE
};

#[derive(Serialize)]
struct Request<'a> {
    instances: Instances<'a>,
    parameters: Parameters,
}

struct Instances<'a>(&'a Ask<'a>);

#[derive(Serialize)]
struct Instance<'a> {
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_type: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    /// By default, what is too long is cut off in silence.
    auto_truncate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimensionality: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    predictions: Option<Vec<Prediction>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Prediction {
    embeddings: Embedded,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Embedded {
    values: Vec<f32>,
    statistics: Option<Statistics>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Statistics {
    token_count: Count,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContentRequest<'a> {
    content: Content<'a>,
    auto_truncate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimensionality: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ContentAnswer {
    embedding: Option<Values>,
    usage_metadata: Option<UsageMetadata>,
}

impl Serialize for Instances<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut instances = serializer.serialize_seq(Some(self.0.texts.len()))?;
        for content in self.0.texts {
            instances.serialize_element(&Instance { content, task_type: self.0.purpose })?;
        }
        instances.end()
    }
}

fn encode(ask: &Ask<'_>) -> serde_json::Result<String> {
    let parameters = Parameters { auto_truncate: false, output_dimensionality: ask.dimensions };
    serde_json::to_string(&Request { instances: Instances(ask), parameters })
}

fn decode(reading: &Reading<'_>, body: &[u8]) -> Result<Reply, ProviderError> {
    let answer: Answer = reading.parse(body)?;
    let predictions = answer.predictions.unwrap_or_default();
    let embedded = || predictions.iter().map(|prediction| &prediction.embeddings);
    let counts = embedded().map(|one| one.statistics.as_ref().and_then(|known| known.token_count.0));
    // One that is not told makes the sum none.
    let tokens = Count(counts.sum());
    let vectors = predictions.into_iter().map(|prediction| prediction.embeddings.values).collect();
    Ok(Reply { vectors, tokens, model: "".into() })
}

fn encode_content(ask: &Ask<'_>) -> serde_json::Result<String> {
    let text = ask.texts.first().map(String::as_str).unwrap_or_default();
    serde_json::to_string(&ContentRequest {
        content: Content::new(ask.purpose, text),
        auto_truncate: false,
        output_dimensionality: ask.dimensions,
    })
}

fn decode_content(reading: &Reading<'_>, body: &[u8]) -> Result<Reply, ProviderError> {
    let answer: ContentAnswer = reading.parse(body)?;
    let tokens = answer.usage_metadata.unwrap_or_default().prompt_token_count;
    Ok(Reply {
        vectors: answer.embedding.into_iter().map(|one| one.values).collect(),
        tokens,
        model: "".into(),
    })
}
