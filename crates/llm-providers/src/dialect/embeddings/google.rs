//! Which of Google's formats a model is asked in, and its words for what vectors are for.

use super::{EmbeddingFormat, gemini, vertex};
use crate::{EmbeddingPurpose, Provider, Quirk};

/// The format of `model` at the Gemini API or on Vertex AI.
pub(in crate::dialect) fn format(provider: &Provider, model: &str) -> Option<&'static EmbeddingFormat> {
    let (is_vertex, is_prompted) = (provider.has(Quirk::Predict), is_prompted(model));
    Some(match (is_vertex, is_prompted) {
        (false, false) => &gemini::FORMAT,
        (false, true) => &gemini::PROMPTED,
        (true, true) => &vertex::CONTENT,
        // Takes one text only, unlike those before it.
        (true, false) if model.starts_with("gemini-embedding") => &vertex::SINGLE,
        (true, false) => &vertex::PREDICT,
    })
}

/// `gemini-embedding-2` ignores task types, and wants them said in the text (Gemini API, "Embeddings").
fn is_prompted(model: &str) -> bool {
    let model = model.strip_prefix("models/").unwrap_or(model);
    model.strip_prefix("gemini-embedding-2").is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// `TaskType` of the Gemini API.
pub(super) fn task_type(purpose: EmbeddingPurpose) -> &'static str {
    match purpose {
        EmbeddingPurpose::Query => "RETRIEVAL_QUERY",
        EmbeddingPurpose::Document => "RETRIEVAL_DOCUMENT",
        EmbeddingPurpose::Similarity => "SEMANTIC_SIMILARITY",
        EmbeddingPurpose::Classification => "CLASSIFICATION",
        EmbeddingPurpose::Clustering => "CLUSTERING",
    }
}

/// What Google documents to write before the text instead.
pub(super) fn prompt(purpose: EmbeddingPurpose) -> &'static str {
    match purpose {
        EmbeddingPurpose::Query => "task: search result | query: ",
        EmbeddingPurpose::Document => "title: none | text: ",
        EmbeddingPurpose::Similarity => "task: sentence similarity | query: ",
        EmbeddingPurpose::Classification => "task: classification | query: ",
        EmbeddingPurpose::Clustering => "task: clustering | query: ",
    }
}
