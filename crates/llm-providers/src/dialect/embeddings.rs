//! Embeddings in the wire formats that have them: pure, as the dialects of chat are.
//!
//! A file per format, each with one [`EmbeddingFormat`]. What is the same everywhere stands here: what may be asked, how
//! texts are cut into requests, what is checked in an answer.

mod bedrock;
mod cohere;
mod gemini;
mod google;
mod limits;
mod nova;
mod ollama;
mod openai;
mod titan;
mod vector;
mod vertex;

use std::sync::Arc;

use bytes::Bytes;
use http::Uri;
use serde::Deserialize;
use serde_json::value::RawValue;

use self::limits::Limits;
use super::lenient::Count;
use super::{extra, json};
use crate::lossiness::Losses;
use crate::{
    ApiKey, EmbeddingPurpose, EmbeddingRequest, EmbeddingResponse, ErrorKind, Loss, Provider, ProviderError,
    Quirk, RateLimits, Usage,
};

pub(super) use self::bedrock::format as of_bedrock;
pub(super) use self::cohere::FORMAT as COHERE;
pub(super) use self::google::format as of_google;
pub(super) use self::ollama::FORMAT as OLLAMA;
pub(super) use self::openai::FORMAT as OPENAI;

/// A wire format of embeddings.
pub(crate) struct EmbeddingFormat {
    /// The path below the base URL, for a model.
    path: fn(&str) -> String,

    /// What one request takes at most.
    limits: Limits,

    /// Whether the length of the vectors can be asked for.
    dimensions: bool,

    /// The word for what the vectors are for; `None` where there is none.
    purpose: fn(&Provider, EmbeddingPurpose) -> Option<&'static str>,

    /// Whether a request must say what the vectors are for.
    needs_purpose: bool,

    /// The request's body.
    encode: fn(&Ask<'_>) -> serde_json::Result<String>,

    /// Reads an answer.
    decode: fn(&Reading<'_>, &[u8]) -> Result<Reply, ProviderError>,
}

/// What is asked with one request, in words that the format has.
struct Ask<'a> {
    provider: &'a Provider,
    model: &'a str,
    texts: &'a [String],
    dimensions: Option<u32>,
    purpose: Option<&'static str>,
}

/// Whose answer is read, and to how many texts.
struct Reading<'a> {
    provider: &'a Provider,
    texts: usize,
    key: Option<&'a ApiKey>,
}

/// An answer as read: vectors in the order of the texts.
struct Reply {
    vectors: Vec<Vec<f32>>,
    tokens: Count,
    model: Arc<str>,
}

/// The requests that texts are sent in.
///
/// See the example of [`EmbeddingRequest`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EncodedEmbeddings {
    /// The requests, in the order of the texts.
    pub batches: Vec<EncodedBatch>,
    /// What the conversion lost.
    pub lossiness: Vec<Loss>,
}

/// One HTTP request's part of the texts.
///
/// ```
/// # use toolgate_llm_providers::{Catalogue, EmbeddingRequest};
/// let request = EmbeddingRequest::new(["one", "two", "three"]).with_batch_limit(2);
/// let catalogue = Catalogue::builtin();
/// let encoded = catalogue.provider("ollama")?.encode_embeddings("nomic-embed-text", &request)?;
/// assert_eq!(encoded.batches.iter().map(|batch| batch.texts).collect::<Vec<_>>(), [2, 1]);
/// assert!(encoded.batches[1].body.starts_with(br#"{"model":"nomic-embed-text","input":["three"]"#));
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EncodedBatch {
    /// The JSON body.
    pub body: Bytes,
    /// How many texts it holds.
    pub texts: usize,
}

impl Provider {
    /// Writes `request` as this provider wants it for `model`, in as many requests as its limits need. Pure: the same
    /// arguments give the same bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] when there is no text or an empty one, when the model must be told what the vectors
    /// are for and is not, or when the request is strict and something would be lost; [`ErrorKind::Configuration`] when
    /// the provider's dialect has no embeddings.
    pub fn encode_embeddings(
        &self,
        model: &str,
        request: &EmbeddingRequest,
    ) -> Result<EncodedEmbeddings, ProviderError> {
        let format = self.embeddings(model)?;
        self.check_texts(&request.texts)?;
        let mut losses = Losses::default();
        let dimensions = request.dimensions.filter(|_| format.dimensions);
        losses.absent([("dimensions", request.dimensions.is_some() && dimensions.is_none())]);
        let purpose = request.purpose.and_then(|purpose| (format.purpose)(self, purpose));
        if format.needs_purpose && purpose.is_none() {
            let what = "this model must be told what the vectors are for, such as query or document";
            return Err(self.refuse(format_args!("purpose: {what}")));
        }
        losses.absent([("purpose", request.purpose.is_some() && purpose.is_none())]);
        let lossiness = losses.into_vec();
        if let (Some(first), true) = (lossiness.first(), request.strict) {
            return Err(self.refuse(format_args!("strict, and {} would be lost: {first}", lossiness.len())));
        }
        let limits = format.limits.of(self).at_most(request.batch_limit);
        let batches = limits.batches(&request.texts).map(|texts| {
            let ask = Ask { provider: self, model, texts, dimensions, purpose };
            Ok(EncodedBatch { body: self.written(format, &ask, request)?, texts: texts.len() })
        });
        Ok(EncodedEmbeddings { batches: batches.collect::<Result<_, ProviderError>>()?, lossiness })
    }

    /// Reads the body of a successful reply to a batch of `texts` of `request`. With the `key` that was sent, a provider
    /// that echoes it in an error is not repeated.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedOutput`] when it is no answer of this dialect, when the vectors are not as many as the texts,
    /// not of one length or of another than was asked for, or when a number is not finite; the provider's own error when
    /// the body holds one in spite of its status.
    pub fn decode_embeddings(
        &self,
        model: &str,
        request: &EmbeddingRequest,
        texts: usize,
        body: &[u8],
        key: Option<&ApiKey>,
    ) -> Result<EmbeddingResponse, ProviderError> {
        let format = self.embeddings(model)?;
        let reading = Reading { provider: self, texts, key };
        let reply = (format.decode)(&reading, body)?;
        if reply.vectors.is_empty() {
            reading.look_for_error(body)?;
        }
        reading.check(&reply.vectors, request.dimensions.filter(|_| format.dimensions))?;
        let usage = Usage { input: reply.tokens.0, ..Usage::default() };
        let (vectors, model) = (reply.vectors, reply.model);
        let (rate_limits, lossiness) = (RateLimits::default(), Vec::new());
        Ok(EmbeddingResponse { vectors, usage, model, rate_limits, lossiness })
    }

    /// Where texts for `model` are posted.
    pub(crate) fn embeddings_url(&self, model: &str) -> Result<Uri, ProviderError> {
        self.url(model, self.embeddings(model)?.path)
    }

    /// Vectors of one model are of one length, whichever request they came from.
    pub(crate) fn check_lengths(&self, some: &[Vec<f32>], others: &[Vec<f32>]) -> Result<(), ProviderError> {
        let length = |vectors: &[Vec<f32>]| vectors.first().map(Vec::len);
        match (length(some), length(others)) {
            (Some(one), Some(other)) if one != other => Err(self.uneven(one, other)),
            _ => Ok(()),
        }
    }

    pub(crate) fn no_texts(&self) -> ProviderError {
        self.refuse("texts: expected at least one")
    }

    fn embeddings(&self, model: &str) -> Result<&'static EmbeddingFormat, ProviderError> {
        // What is a whole address leads to a chat and to nothing else.
        let found = match self.has(Quirk::WholeUrl) {
            true => None,
            false => (self.dialect().format().embeddings)(self, model),
        };
        found.ok_or_else(|| {
            let model = crate::error::escaped(model);
            let dialect = self.dialect();
            let message = format!("{dialect} of this provider has no embeddings by \"{model}\"");
            self.error(ErrorKind::Configuration, message)
        })
    }

    fn written(
        &self,
        format: &EmbeddingFormat,
        ask: &Ask<'_>,
        request: &EmbeddingRequest,
    ) -> Result<Bytes, ProviderError> {
        let body = (format.encode)(ask).map_err(|_| self.refuse("request: does not render as JSON"))?;
        let Some(more) = request.extra.get(self.id()) else { return Ok(body.into()) };
        let spliced = extra::splice(&body, more.as_str()).map_err(|path| {
            self.refuse(format_args!(
                "extra.{path}: is in the request already, and an extra replaces nothing"
            ))
        })?;
        Ok(spliced.into())
    }

    fn check_texts(&self, texts: &[String]) -> Result<(), ProviderError> {
        if texts.is_empty() {
            return Err(self.no_texts());
        }
        match texts.iter().position(String::is_empty) {
            Some(place) => {
                Err(self.refuse(format_args!("texts[{place}]: expected a text, found an empty one")))
            }
            None => Ok(()),
        }
    }

    fn refuse(&self, what: impl std::fmt::Display) -> ProviderError {
        self.error(ErrorKind::InvalidRequest, what.to_string())
    }

    fn uneven(&self, one: usize, other: usize) -> ProviderError {
        let message = format!("expected vectors of one length, found {one} numbers and {other}");
        self.error(ErrorKind::MalformedOutput, message)
    }
}

impl Reading<'_> {
    fn parse<'b, T: Deserialize<'b>>(&self, body: &'b [u8]) -> Result<T, ProviderError> {
        json::parse(self.provider, body)
    }

    fn malformed(&self, message: impl AsRef<str>) -> ProviderError {
        self.provider.error(ErrorKind::MalformedOutput, message)
    }

    /// The error that a reply without vectors may hold in spite of its status.
    fn look_for_error(&self, body: &[u8]) -> Result<(), ProviderError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Failed<'a> {
            #[serde(borrow)]
            error: Option<&'a RawValue>,
        }
        match serde_json::from_slice(body) {
            Ok(Failed { error: Some(error) }) => Err(json::reported(self.provider, error, self.key)),
            _ => Ok(()),
        }
    }

    fn check(&self, vectors: &[Vec<f32>], asked: Option<u32>) -> Result<(), ProviderError> {
        if vectors.len() != self.texts {
            let message =
                format!("expected a vector for each of {} texts, found {}", self.texts, vectors.len());
            return Err(self.malformed(message));
        }
        let length = vectors.first().map_or(0, Vec::len);
        if let Some(asked) = asked.filter(|asked| usize::try_from(*asked) != Ok(length)) {
            let message = format!("expected vectors of {asked} numbers, as asked for, found {length}");
            return Err(self.malformed(message));
        }
        if let Some(other) = vectors.iter().find(|vector| vector.len() != length) {
            return Err(self.provider.uneven(length, other.len()));
        }
        if length == 0 || !vectors.iter().flatten().all(|number| number.is_finite()) {
            return Err(self.malformed("expected vectors of finite numbers, found others"));
        }
        Ok(())
    }
}
