//! What can go wrong with a model, by who must act.
//!
//! One type for all providers: a kind to decide on, and the provider's own status, code and words to read. It never
//! holds a key, a header or a body; the provider's words are escaped and cut to 200 characters.

mod body;
mod classify;
mod details;
mod kind;
mod minimax;
mod reply;
mod upstream;
mod wait;
mod words;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use toolgate_http_client::HttpError;

pub(crate) use body::ErrorBody;
pub(crate) use classify::classify;
pub use kind::ErrorKind;
pub(crate) use minimax::BaseResponse;
pub(crate) use reply::{from_reply, said};

/// Why a model gave no answer. Small to move; cheap to clone.
#[derive(Clone)]
pub struct ProviderError(Box<Fault>);

#[derive(Clone)]
struct Fault {
    kind: ErrorKind,
    provider: Arc<str>,
    status: Option<StatusCode>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    message: String,
    /// What to do, where more is known than the kind.
    hint: Option<String>,
    source: Option<Arc<HttpError>>,
    /// It came before the request to the model.
    is_early: bool,
}

impl ProviderError {
    /// An error of `kind` from `provider`; `message` is escaped and cut.
    ///
    /// ```
    /// # use toolgate_llm_providers::{ErrorKind, ProviderError};
    /// let error = ProviderError::new(ErrorKind::RateLimited, "groq", "try again in 4.77s");
    /// assert!(error.is_transient());
    /// assert_eq!(error.to_string(), "groq: rate limited: try again in 4.77s");
    /// ```
    #[must_use]
    pub fn new(kind: ErrorKind, provider: impl Into<Arc<str>>, message: impl AsRef<str>) -> Self {
        Self(Box::new(Fault {
            kind,
            provider: provider.into(),
            status: None,
            code: None,
            request_id: None,
            retry_after: None,
            message: escaped(message.as_ref()),
            hint: None,
            source: None,
            is_early: false,
        }))
    }

    /// Wraps what the HTTP client said.
    pub(crate) fn transport(provider: &str, error: HttpError) -> Self {
        let kind = match &error {
            HttpError::Timeout { .. } => ErrorKind::Timeout,
            // A token is what stands in for a key.
            HttpError::Credential { transient: true, .. } => ErrorKind::Unavailable,
            HttpError::Credential { .. } => ErrorKind::Authentication,
            HttpError::BadUrl { .. }
            | HttpError::InsecureUrl { .. }
            | HttpError::NotThisMachine { .. }
            | HttpError::CredentialOrigin { .. }
            | HttpError::RedirectRefused { .. } => ErrorKind::Configuration,
            _ => ErrorKind::Transport,
        };
        let mut wrapped = Self::new(kind, provider, error.to_string());
        wrapped.0.source = Some(Arc::new(error));
        wrapped
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_code(mut self, code: Option<&str>) -> Self {
        self.0.code = code.map(escaped);
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<&str>) -> Self {
        self.0.request_id = request_id.map(escaped);
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint;
        self
    }

    /// What came up before the request to the model was sent.
    pub(crate) fn early(mut self) -> Self {
        self.0.is_early = true;
        self
    }

    /// What to decide on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The provider's id; empty when the error is older than the choice of one.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The HTTP status, when the provider answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// The provider's own error code, such as `insufficient_quota`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The provider's id of the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the provider asks to wait, in a header, beside its words or in them.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The provider's words, escaped and cut to 200 characters.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the same request may succeed later, or with another model, without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.0.kind {
            ErrorKind::Transport => self.0.source.as_ref().is_none_or(|error| error.is_transient()),
            kind => kind.is_transient(),
        }
    }

    /// Whether the model surely did nothing for the request, so that nothing is charged: it was refused here, there was no proof
    /// of who asks, no connection, or the server gave it back.
    #[must_use]
    pub fn surely_did_nothing(&self) -> bool {
        self.0.is_early || self.0.source.as_ref().is_some_and(|error| error.surely_did_nothing())
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = &*self.0;
        if !fault.provider.is_empty() {
            write!(f, "{}: ", fault.provider)?;
        }
        f.write_str(fault.kind.words())?;
        match (fault.status, &fault.code) {
            (Some(status), Some(code)) => write!(f, " ({}, {code})", status.as_u16())?,
            (Some(status), None) => write!(f, " ({})", status.as_u16())?,
            (None, Some(code)) => write!(f, " ({code})")?,
            (None, None) => {}
        }
        if !fault.message.is_empty() {
            write!(f, ": {}", fault.message)?;
        }
        match fault.hint.as_deref().or(fault.kind.hint()) {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderError")
            .field("kind", &self.0.kind)
            .field("provider", &self.0.provider)
            .field("status", &self.status())
            .field("code", &self.0.code)
            .field("request_id", &self.0.request_id)
            .field("retry_after", &self.0.retry_after)
            .field("message", &self.0.message)
            .finish()
    }
}

impl std::error::Error for ProviderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| &**error as _)
    }
}

/// Foreign text for people: control and invisible characters escaped, at most 200 characters.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars().take(200) {
        match c {
            '"' | '\'' | '\\' => safe.push(c),
            c => safe.extend(c.escape_debug()),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_forge_a_log_line() {
        let error = ProviderError::new(
            ErrorKind::InvalidRequest,
            "p",
            format!("a\r\nb\u{1b}[31m\u{202e}{}", "x".repeat(500)),
        );
        assert!(error.message().starts_with("a\\r\\nb\\u{1b}[31m\\u{202e}x"));
        assert!(error.message().len() < 250);
    }

    #[test]
    fn without_a_credential_it_is_said_whether_one_may_be_had_later() {
        let missing = |transient| {
            let origin = toolgate_http_client::Origin::of(&"https://api.example".parse().unwrap()).unwrap();
            let source = Box::new(std::io::Error::other("no token"));
            ProviderError::transport("p", HttpError::Credential { origin, transient, source })
        };
        for (transient, kind) in [(true, ErrorKind::Unavailable), (false, ErrorKind::Authentication)] {
            let error = missing(transient);
            assert_eq!((error.kind(), error.is_transient()), (kind, transient));
            assert!(error.surely_did_nothing());
        }
    }

    #[test]
    fn the_display_names_status_code_and_remedy() {
        let error = ProviderError::new(ErrorKind::Authentication, "openai", "wrong key")
            .with_status(StatusCode::UNAUTHORIZED)
            .with_code(Some("invalid_api_key"))
            .with_hint(Some("check OPENAI_API_KEY".to_owned()));
        assert_eq!(
            error.to_string(),
            "openai: authentication failed (401, invalid_api_key): wrong key; check OPENAI_API_KEY"
        );
    }
}
