//! Gemini's embeddings: `POST /models/{model}:batchEmbedContents` (v1beta).

use std::fmt;

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::limits::Limits;
use super::{Ask, EmbeddingFormat, Reading, Reply, google};
use crate::ProviderError;
use crate::dialect::lenient::Count;

/// "At most 100 requests can be in one batch", each of which holds one text.
pub(super) const FORMAT: EmbeddingFormat = EmbeddingFormat {
    path: |model| format!("/{}:batchEmbedContents", name(model)),
    limits: Limits { texts: 100, bytes: usize::MAX },
    dimensions: true,
    purpose: |_, purpose| Some(google::task_type(purpose)),
    needs_purpose: false,
    encode,
    decode,
};

/// The same for models that know no task types, and want to read in the text itself what it is for.
pub(super) const PROMPTED: EmbeddingFormat = EmbeddingFormat {
    purpose: |_, purpose| Some(google::prompt(purpose)),
    encode: encode_prompted,
    ..FORMAT
};

#[derive(Serialize)]
struct Request<'a> {
    requests: Each<'a>,
}

/// One request for each text, written without building them.
struct Each<'a> {
    ask: &'a Ask<'a>,
    prompt: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct One<'a> {
    model: &'a str,
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimensionality: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct Content<'a> {
    parts: [Part<'a>; 1],
}

#[derive(Serialize)]
struct Part<'a> {
    #[serde(serialize_with = "whole")]
    text: (&'a str, &'a str),
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    embeddings: Option<Vec<Values>>,
    usage_metadata: Option<UsageMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Values {
    pub(super) values: Vec<f32>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct UsageMetadata {
    pub(super) prompt_token_count: Count,
}

impl<'a> Content<'a> {
    /// A text, after what says what it is for.
    pub(super) fn new(prompt: Option<&'a str>, text: &'a str) -> Self {
        Self { parts: [Part { text: (prompt.unwrap_or_default(), text) }] }
    }
}

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Ask { model, texts, dimensions, purpose, .. } = *self.ask;
        let model = name(model);
        let mut requests = serializer.serialize_seq(Some(texts.len()))?;
        for text in texts {
            requests.serialize_element(&One {
                model: &model,
                content: Content::new(self.prompt, text),
                task_type: purpose.filter(|_| self.prompt.is_none()),
                output_dimensionality: dimensions,
            })?;
        }
        requests.end()
    }
}

fn whole<S: Serializer>(text: &(&str, &str), serializer: S) -> Result<S::Ok, S::Error> {
    struct Both<'a>(&'a str, &'a str);
    impl fmt::Display for Both<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)?;
            f.write_str(self.1)
        }
    }
    serializer.collect_str(&Both(text.0, text.1))
}

/// With its collection, which `tunedModels/x` names itself.
fn name(model: &str) -> String {
    let collection = if model.contains('/') { "" } else { "models/" };
    format!("{collection}{model}")
}

fn encode(ask: &Ask<'_>) -> serde_json::Result<String> {
    serde_json::to_string(&Request { requests: Each { ask, prompt: None } })
}

fn encode_prompted(ask: &Ask<'_>) -> serde_json::Result<String> {
    serde_json::to_string(&Request { requests: Each { ask, prompt: Some(ask.purpose.unwrap_or_default()) } })
}

fn decode(reading: &Reading<'_>, body: &[u8]) -> Result<Reply, ProviderError> {
    let answer: Answer = reading.parse(body)?;
    let vectors = answer.embeddings.into_iter().flatten().map(|embedding| embedding.values).collect();
    let tokens = answer.usage_metadata.unwrap_or_default().prompt_token_count;
    Ok(Reply { vectors, tokens, model: "".into() })
}
