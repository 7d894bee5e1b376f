//! OpenRouter's account of what stopped a request: the provider behind it, or a limit of its own ("Errors and debugging").

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::dialect::lenient::{Members, Text};

/// What OpenRouter has as `metadata`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Upstream<'a> {
    #[serde(borrow)]
    pub(super) raw: Text<'a>,
    /// What the error is in a word, the same for all providers (`APIErrorType`).
    #[serde(borrow)]
    pub(super) error_type: Text<'a>,
    /// Why, where the error is a limit of OpenRouter's own, and which limit.
    #[serde(borrow)]
    pub(super) reason: Text<'a>,
    #[serde(borrow)]
    pub(super) limit_source: Text<'a>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
}

impl Upstream<'_> {
    /// What the reply's head would have said.
    pub(super) fn headers(&self) -> HeaderMap {
        let read = self.headers.and_then(|raw| serde_json::from_str::<Members<'_>>(raw.get()).ok());
        let Members(members) = read.unwrap_or_default();
        let header = |(name, value): (Cow<'_, str>, &RawValue)| {
            let value = HeaderValue::from_str(&Text::of(value)).ok()?;
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        };
        members.into_iter().filter_map(header).collect()
    }
}

/// The time until `X-RateLimit-Reset`, where that is a time in milliseconds, as OpenRouter writes it; others count
/// seconds there, or seconds until then.
pub(super) fn reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get("x-ratelimit-reset")?.to_str().ok()?;
    let milliseconds: u64 = text.parse().ok().filter(|_| text.len() == 13)?;
    Some((UNIX_EPOCH + Duration::from_millis(milliseconds)).duration_since(now).unwrap_or_default())
}
