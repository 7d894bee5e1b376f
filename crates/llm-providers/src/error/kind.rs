//! The kinds of error; `classify.rs` beside this file sorts any provider's error into one.

/// What went wrong, by who must act.
///
/// ```
/// use toolgate_llm_providers::ErrorKind;
///
/// assert!(ErrorKind::RateLimited.is_transient());
/// assert!(!ErrorKind::QuotaExhausted.is_transient(), "the same status at some providers, and waiting does not help");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no key, or the provider does not accept it, or what stands in for one.
    Authentication,
    /// The key is good, but not for this.
    Permission,
    /// There is no such model or endpoint.
    NotFound,
    /// Too many requests or tokens for now.
    RateLimited,
    /// The account is empty or over its budget: waiting does not help.
    QuotaExhausted,
    /// The provider has too much to do.
    Overloaded,
    /// The conversation is longer than the model can read.
    ContextLength,
    /// The provider's policy refuses the content.
    ContentPolicy,
    /// The request is wrong, or more than this model can do.
    InvalidRequest,
    /// The request has too many bytes or tokens for one request.
    PayloadTooLarge,
    /// A deadline passed, ours or the provider's.
    Timeout,
    /// The provider failed.
    Unavailable,
    /// The model or the provider answered something that is no answer.
    MalformedOutput,
    /// A stream ended before its end.
    TruncatedStream,
    /// No connection, or one that broke.
    Transport,
    /// This client is set up wrongly: nothing was sent, or a redirect shows that the URL is wrong.
    Configuration,
}

impl ErrorKind {
    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Overloaded
                | Self::Timeout
                | Self::Unavailable
                | Self::MalformedOutput
                | Self::TruncatedStream
                | Self::Transport
        )
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Authentication => "authentication failed",
            Self::Permission => "not permitted",
            Self::NotFound => "not found",
            Self::RateLimited => "rate limited",
            Self::QuotaExhausted => "the account's quota is used up",
            Self::Overloaded => "overloaded",
            Self::ContextLength => "the conversation is too long for the model",
            Self::ContentPolicy => "refused by the content policy",
            Self::InvalidRequest => "invalid request",
            Self::PayloadTooLarge => "the request is too large",
            Self::Timeout => "timed out",
            Self::Unavailable => "unavailable",
            Self::MalformedOutput => "malformed answer",
            Self::TruncatedStream => "the stream broke off",
            Self::Transport => "no answer",
            Self::Configuration => "wrong configuration",
        }
    }

    pub(super) fn hint(self) -> Option<&'static str> {
        match self {
            Self::QuotaExhausted => Some("top up the account or raise its limit"),
            Self::NotFound => Some("check the model's name and the base URL"),
            Self::ContextLength => Some("shorten the conversation or choose a model with a larger context"),
            _ => None,
        }
    }
}
