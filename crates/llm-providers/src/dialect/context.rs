//! Whom a dialect writes to, or reads from: what every reader and writer of bytes is told beside the conversation.

use http::StatusCode;
use serde_json::value::RawValue;
use toolgate_tool_types::JsonObject;

use super::verbatim::Compact;
use super::{RenderedTools, extra, json};
use crate::error::ErrorBody;
use crate::{ApiKey, ErrorKind, Provider, ProviderError};

/// Whom a dialect writes to, or reads from.
pub(crate) struct Context<'a> {
    pub(super) provider: &'a Provider,
    pub(super) model: &'a str,
    pub(super) tools: &'a RenderedTools,
    /// Whether the answer is asked for in pieces.
    pub(super) stream: bool,
    /// What the caller adds to this provider's requests.
    pub(super) extra: Option<&'a JsonObject>,
    /// About how many bytes there are to write, but for the tools.
    pub(super) length: usize,
    /// How many messages came before the answer: makes the ids of its calls unique in the conversation.
    pub(super) turn: usize,
    /// What must not be repeated, should the provider echo it.
    pub(super) key: Option<&'a ApiKey>,
}

impl<'a> Context<'a> {
    pub(super) fn reading(
        provider: &'a Provider,
        tools: &'a RenderedTools,
        turn: usize,
        key: Option<&'a ApiKey>,
    ) -> Self {
        Self { provider, model: "", tools, stream: false, extra: None, length: 0, turn, key }
    }

    /// Reads the JSON of an answer, or of a piece of one.
    pub(super) fn parse<'b, T: serde::Deserialize<'b>>(&self, json: &'b [u8]) -> Result<T, ProviderError> {
        json::parse(self.provider, json)
    }

    pub(super) fn malformed(&self, error: &serde_json::Error) -> ProviderError {
        json::malformed(self.provider, error)
    }

    /// The error of this name that a stream ends with.
    pub(super) fn exception(&self, name: &str, body: &[u8]) -> ProviderError {
        let body = ErrorBody::parse(std::str::from_utf8(body).unwrap_or_default());
        body.with_code(name).into_error(self.provider, StatusCode::OK, self.key)
    }

    /// Fails if there are words of a failure in what has no shape that is known.
    pub(super) fn no_failure(&self, body: &[u8]) -> Result<(), ProviderError> {
        let read = ErrorBody::parse(std::str::from_utf8(body).unwrap_or_default());
        match read.has_words() {
            true => Err(read.into_error(self.provider, StatusCode::OK, self.key)),
            false => Ok(()),
        }
    }

    /// What a body is in which there is no answer: a failure, if it has words.
    pub(super) fn no_answer(&self, body: &[u8], expected: &str) -> ProviderError {
        let malformed =
            || self.provider.error(ErrorKind::MalformedOutput, format!("expected {expected}, found none"));
        self.no_failure(body).err().unwrap_or_else(malformed)
    }

    /// The error that a reply holds in spite of its status.
    pub(super) fn reported(&self, error: &RawValue) -> ProviderError {
        json::reported(self.provider, error, self.key)
    }

    pub(super) fn unsayable(&self, path: impl std::fmt::Display, what: &str) -> ProviderError {
        self.provider.error(ErrorKind::InvalidRequest, format!("{path}: {what}"))
    }

    pub(super) fn write(&self, body: &impl serde::Serialize) -> Result<Vec<u8>, ProviderError> {
        let tools = self.tools.json().map_or(0, |tools| tools.get().len());
        let mut written = Vec::with_capacity(tools + self.length);
        body.serialize(&mut serde_json::Serializer::with_formatter(&mut written, Compact))
            .map_err(|_| self.unsayable("request", "does not render as JSON"))?;
        let Some(extra) = self.extra else { return Ok(written) };
        let spliced = extra::splice(&String::from_utf8_lossy(&written), extra.as_str()).map_err(|path| {
            let what = "is in the request already, and an extra replaces nothing";
            self.unsayable(format_args!("options.extra.{path}"), what)
        })?;
        Ok(spliced.into_bytes())
    }
}
