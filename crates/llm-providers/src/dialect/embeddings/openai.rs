//! OpenAI's embeddings, and those of the many servers that speak them with accents: `POST /embeddings`.

use serde::{Deserialize, Serialize};

use super::limits::{Limits, TEXTS};
use super::vector::{Vector, in_order};
use super::{Ask, EmbeddingFormat, Reading, Reply};
use crate::dialect::lenient::{Count, Text};
use crate::{EmbeddingPurpose, Provider, ProviderError, Quirk};

/// OpenAI takes 2,048 texts and 300,000 tokens at once (`CreateEmbeddingRequest` of its OpenAPI document).
pub(in crate::dialect) const FORMAT: EmbeddingFormat = EmbeddingFormat {
    path: |_| "/embeddings".to_owned(),
    limits: Limits { texts: TEXTS, bytes: 300_000 },
    dimensions: true,
    purpose,
    needs_purpose: false,
    encode,
    decode,
};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimension: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_format: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow)]
    model: Text<'a>,
    #[serde(borrow)]
    data: Option<Vec<Item<'a>>>,
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(default)]
    index: Count,
    #[serde(borrow)]
    embedding: Vector<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    prompt_tokens: Count,
    total_tokens: Count,
}

/// Their own members, of providers that know two purposes.
fn purpose(provider: &Provider, purpose: EmbeddingPurpose) -> Option<&'static str> {
    let [query, document] = if provider.has(Quirk::InputType) {
        ["query", "document"]
    } else if provider.has(Quirk::InputTypePassage) {
        ["query", "passage"]
    } else if provider.has(Quirk::InputTypeSearch) {
        ["search_query", "search_document"]
    } else {
        return None;
    };
    match purpose {
        EmbeddingPurpose::Query => Some(query),
        EmbeddingPurpose::Document => Some(document),
        _ => None,
    }
}

fn encode(ask: &Ask<'_>) -> serde_json::Result<String> {
    let (output_dimension, dimensions) = match ask.provider.has(Quirk::OutputDimension) {
        true => (ask.dimensions, None),
        false => (None, ask.dimensions),
    };
    serde_json::to_string(&Request {
        model: ask.model,
        input: ask.texts,
        dimensions,
        output_dimension,
        input_type: ask.purpose,
        encoding_format: ask.provider.has(Quirk::Base64Vectors).then_some("base64"),
    })
}

fn decode(reading: &Reading<'_>, body: &[u8]) -> Result<Reply, ProviderError> {
    let answer: Answer<'_> = reading.parse(body)?;
    let vectors =
        answer.data.into_iter().flatten().map(|item| Ok((item.index, item.embedding.read(reading)?)));
    let vectors = in_order(reading, vectors.collect::<Result<_, ProviderError>>()?)?;
    let usage = answer.usage.unwrap_or_default();
    let mut tokens = usage.total_tokens;
    tokens.update(usage.prompt_tokens);
    Ok(Reply { vectors, tokens, model: (*answer.model).into() })
}
