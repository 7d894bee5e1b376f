//! Reads what a provider answered as JSON, whatever was asked.

use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::ErrorBody;
use crate::{ApiKey, ErrorKind, Provider, ProviderError};

/// Reads an answer, or a piece of one.
pub(super) fn parse<'b, T: Deserialize<'b>>(provider: &Provider, json: &'b [u8]) -> Result<T, ProviderError> {
    // What some servers put before any text.
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let read = match std::str::from_utf8(json) {
        // Checked in one go, not text by text: most of them are short.
        Ok(text) => serde_json::from_str(text),
        // What is not UTF-8 may stand where nobody reads it.
        Err(_) => serde_json::from_slice(json),
    };
    read.map_err(|error| malformed(provider, &error))
}

pub(super) fn malformed(provider: &Provider, error: &serde_json::Error) -> ProviderError {
    // serde_json's text would quote the body; the place is enough.
    let message =
        format!("expected an answer as JSON, failed at line {} column {}", error.line(), error.column());
    provider.error(ErrorKind::MalformedOutput, message)
}

/// The error that a reply holds in spite of its status. `key` is taken out of its words.
pub(super) fn reported(provider: &Provider, error: &RawValue, key: Option<&ApiKey>) -> ProviderError {
    ErrorBody::parse(error.get()).into_error(provider, StatusCode::OK, key)
}
