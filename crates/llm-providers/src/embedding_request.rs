//! What is asked of an embedding model, the same for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toolgate_tool_types::JsonObject;

/// Texts to be embedded. It does not say by which model: the same request goes to any.
///
/// A text that is longer than the model reads is an error, wherever the provider can be told not to cut it off: a vector
/// of half a text looks like any other.
///
/// ```
/// # use toolgate_llm_providers::{Catalogue, EmbeddingPurpose, EmbeddingRequest};
/// let request = EmbeddingRequest::new(["What do cats eat?"])
///     .with_purpose(EmbeddingPurpose::Query)
///     .with_dimensions(256);
/// let catalogue = Catalogue::builtin();
/// let encoded = catalogue.provider("gemini")?.encode_embeddings("gemini-embedding-001", &request)?;
/// assert_eq!(encoded.batches.len(), 1);
/// assert!(encoded.lossiness.is_empty());
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EmbeddingRequest {
    /// The texts; none of them empty.
    pub texts: Vec<String>,
    /// How many numbers a vector has. Default: the model's own.
    pub dimensions: Option<u32>,
    /// What the vectors are for. Default: the model's own; some models have none and refuse a request without.
    pub purpose: Option<EmbeddingPurpose>,
    /// How many texts go into one HTTP request at most. Default: what the provider documents, at most 256.
    pub batch_limit: Option<usize>,
    /// Members that only one provider knows, by its id, added to the body as they are. They replace nothing.
    pub extra: BTreeMap<Arc<str>, JsonObject>,
    /// Refuse the request rather than lose anything in its conversion. Default off: losses are reported.
    pub strict: bool,
}

/// What vectors are for. Models that know write a text's vector accordingly: a question comes close to its answer, not to
/// other questions.
///
/// Both sides of a search must be embedded by the same model, one as [`Query`](Self::Query), the other as
/// [`Document`](Self::Document).
///
/// ```
/// # use toolgate_llm_providers::{Catalogue, EmbeddingPurpose, EmbeddingRequest};
/// let request = EmbeddingRequest::new(["one", "two"]).with_purpose(EmbeddingPurpose::Clustering);
/// let openai = Catalogue::builtin().provider("openai")?.clone();
/// let encoded = openai.encode_embeddings("text-embedding-3-small", &request)?;
/// assert_eq!(encoded.lossiness[0].path, "purpose"); // this API has no word for it
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmbeddingPurpose {
    /// What is looked for.
    Query,
    /// What is looked through.
    Document,
    /// Texts of one kind, to be compared with each other.
    Similarity,
    /// Input of a classifier.
    Classification,
    /// Texts to be grouped.
    Clustering,
}

impl EmbeddingRequest {
    /// A request with the model's defaults.
    ///
    /// ```
    /// # use toolgate_llm_providers::EmbeddingRequest;
    /// let request = EmbeddingRequest::new(["one text", "another"]);
    /// assert_eq!(request.texts.len(), 2);
    /// ```
    #[must_use]
    pub fn new<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self {
            texts: texts.into_iter().map(Into::into).collect(),
            dimensions: None,
            purpose: None,
            batch_limit: None,
            extra: BTreeMap::new(),
            strict: false,
        }
    }

    /// Sets how many numbers a vector has. A model that gives others than it was asked for is an error.
    #[must_use]
    pub fn with_dimensions(mut self, dimensions: u32) -> Self {
        self.dimensions = Some(dimensions);
        self
    }

    /// Says what the vectors are for.
    #[must_use]
    pub fn with_purpose(mut self, purpose: EmbeddingPurpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// Sets how many texts go into one HTTP request at most, for servers that take fewer than is documented. More than a
    /// provider takes is never sent.
    #[must_use]
    pub fn with_batch_limit(mut self, limit: usize) -> Self {
        self.batch_limit = Some(limit);
        self
    }

    /// Adds members that only one provider knows to what it is sent.
    #[must_use]
    pub fn with_extra(mut self, provider: impl Into<Arc<str>>, members: JsonObject) -> Self {
        self.extra.insert(provider.into(), members);
        self
    }

    /// Refuses the request rather than lose anything in its conversion.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
}
