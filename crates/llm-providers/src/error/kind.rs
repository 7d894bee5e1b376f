//! The kinds of error, and the tables that sort any provider's error into one.
//!
//! Statuses alone do not do it: an empty account is a 429 at OpenAI, a 402 at DeepSeek and a 400 at Anthropic; a
//! prompt that is too long is a 400 everywhere, told apart by a code here and by words there. So a provider's code
//! decides first, then the words that mark the known cases, then the status.

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

use ErrorKind::{
    Authentication, ContentPolicy, ContextLength, InvalidRequest, MalformedOutput, NotFound, Overloaded,
    PayloadTooLarge, Permission, QuotaExhausted, RateLimited, Timeout, Unavailable,
};

impl ErrorKind {
    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            RateLimited
                | Overloaded
                | Timeout
                | Unavailable
                | MalformedOutput
                | Self::TruncatedStream
                | Self::Transport
        )
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Authentication => "authentication failed",
            Permission => "not permitted",
            NotFound => "not found",
            RateLimited => "rate limited",
            QuotaExhausted => "the account's quota is used up",
            Overloaded => "overloaded",
            ContextLength => "the conversation is too long for the model",
            ContentPolicy => "refused by the content policy",
            InvalidRequest => "invalid request",
            PayloadTooLarge => "the request is too large",
            Timeout => "timed out",
            Unavailable => "unavailable",
            MalformedOutput => "malformed answer",
            Self::TruncatedStream => "the stream broke off",
            Self::Transport => "no answer",
            Self::Configuration => "wrong configuration",
        }
    }

    pub(super) fn hint(self) -> Option<&'static str> {
        match self {
            QuotaExhausted => Some("top up the account or raise its limit"),
            NotFound => Some("check the model's name and the base URL"),
            ContextLength => Some("shorten the conversation or choose a model with a larger context"),
            _ => None,
        }
    }
}

/// Codes that decide whatever the status is, in lower case.
const CODES: &[(&str, ErrorKind)] = &[
    ("insufficient_quota", QuotaExhausted),
    ("billing_hard_limit_reached", QuotaExhausted),
    ("billing_not_active", QuotaExhausted),
    ("billing_error", QuotaExhausted),
    // Moonshot, Alibaba, Volcengine, Zhipu.
    ("exceeded_current_quota_error", QuotaExhausted),
    ("arrearage", QuotaExhausted),
    ("accountoverdueerror", QuotaExhausted),
    ("1113", QuotaExhausted),
    ("context_length_exceeded", ContextLength),
    ("model_context_window_exceeded", ContextLength),
    ("exceed_context_size_error", ContextLength),
    ("too_many_prompt_tokens", ContextLength),
    ("content_filter", ContentPolicy),
    ("content_policy_violation", ContentPolicy),
    ("data_inspection_failed", ContentPolicy),
    ("sensitivecontentdetected", ContentPolicy),
    ("inputtextsensitivecontentdetected", ContentPolicy),
    ("image_content_policy_violation", ContentPolicy),
    ("bio_policy", ContentPolicy),
    ("invalid_api_key", Authentication),
    ("wrong_api_key", Authentication),
    ("api_key_invalid", Authentication),
    ("authentication_error", Authentication),
    ("unauthenticated", Authentication),
    ("invalid_key", Authentication),
    ("permission_error", Permission),
    // Google's word for a country or an account that the API is not open to.
    ("failed_precondition", Permission),
    ("model_not_found", NotFound),
    ("model_not_available", NotFound),
    ("invalid_model", NotFound),
    ("not_found_error", NotFound),
    ("request_too_large", PayloadTooLarge),
    ("overloaded_error", Overloaded),
    ("serveroverloaded", Overloaded),
    ("rate_limit_error", RateLimited),
    ("rate_limit_exceeded", RateLimited),
    ("timeout_error", Timeout),
    ("deadline_exceeded", Timeout),
    ("tool_use_failed", MalformedOutput),
    // AWS; `ValidationException` says no more than a status does.
    ("unrecognizedclientexception", Authentication),
    ("invalidsignatureexception", Authentication),
    ("expiredtokenexception", Authentication),
    ("throttlingexception", RateLimited),
    ("servicequotaexceededexception", QuotaExhausted),
    ("modelnotreadyexception", Unavailable),
    ("modeltimeoutexception", Timeout),
    ("modelerrorexception", Unavailable),
    ("modelstreamerrorexception", Unavailable),
    ("internalserverexception", Unavailable),
    ("serviceunavailableexception", Overloaded),
    // SageMaker, of streams.
    ("modelinvocationtimeexceeded", Timeout),
];

/// Codes that say no more than a status does, where there is none.
const REFUSALS: [&str; 5] = [
    "validationexception",
    "invalid_request_error",
    "invalid_prompt",
    "badrequesterror",
    "bad_request_error",
];

/// Words that mark a case where no code does, in lower case, tried in order.
const WORDS: &[(&str, ErrorKind)] = &[
    ("maximum context length", ContextLength),
    ("max context length", ContextLength),
    ("context window", ContextLength),
    ("context size", ContextLength),
    ("prompt is too long", ContextLength),
    ("prompt too long", ContextLength),
    ("total length of all messages is too long", ContextLength),
    ("input token count", ContextLength),
    ("credit balance is too low", QuotaExhausted),
    ("used all available credits", QuotaExhausted),
    ("insufficient balance", QuotaExhausted),
    ("run out of credits", QuotaExhausted),
    ("content violates usage guidelines", ContentPolicy),
    ("datainspectionfailed", ContentPolicy),
    ("malformed function call", MalformedOutput),
    ("insufficient permissions", Permission),
    ("invalid model id", NotFound),
    ("not a valid model id", NotFound),
    ("model identifier is invalid", NotFound),
    ("input is too long", ContextLength),
    ("without established identity", Authentication),
    ("check the api-key", Authentication),
    ("api key not valid", Authentication),
    // Ollama answers 500 to an image that is none.
    ("failed to process inputs", InvalidRequest),
];

/// Sorts an error by the provider's codes and words and the HTTP status; `status` is 0 for an error inside a 200.
pub(crate) fn classify(status: u16, codes: &[&str], words: &str) -> ErrorKind {
    // What these say, no code says better: a 413 with a rate limit's code will not fit after a pause either.
    match status {
        402 => return QuotaExhausted,
        413 => return PayloadTooLarge,
        529 => return Overloaded,
        _ => {}
    }
    let code = codes.iter().find_map(|found| {
        CODES.iter().find(|(code, _)| found.eq_ignore_ascii_case(code)).map(|(_, kind)| *kind)
    });
    let words = words.to_lowercase();
    let word = || WORDS.iter().find(|(part, _)| words.contains(part)).map(|(_, kind)| *kind);
    code.or_else(word).unwrap_or_else(|| by_status(status, codes, &words))
}

fn by_status(status: u16, codes: &[&str], words: &str) -> ErrorKind {
    match status {
        401 => Authentication,
        403 => Permission,
        404 => NotFound,
        408 | 504 => Timeout,
        429 => RateLimited,
        // What a server cannot do, it cannot do later either; local ones say so by a 500.
        501 => InvalidRequest,
        500 if words.contains("is not supported") => InvalidRequest,
        503 if words.contains("overloaded") => Overloaded,
        // 409 is a lock that another request holds.
        409 | 500.. => Unavailable,
        // An error inside a 200, or in a stream, often carries the status as its code.
        0 | 200..=299 => match codes.iter().find_map(|code| code.parse::<u16>().ok()) {
            Some(code) if code >= 400 => classify(code, &[], words),
            _ if codes.iter().any(|code| REFUSALS.iter().any(|no| code.eq_ignore_ascii_case(no))) => {
                InvalidRequest
            }
            _ => Unavailable,
        },
        _ => InvalidRequest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_account_is_not_a_rate_limit() {
        assert_eq!(classify(429, &["insufficient_quota"], ""), QuotaExhausted);
        assert_eq!(classify(429, &[], "Your team has either used all available credits or"), QuotaExhausted);
        assert_eq!(classify(402, &["invalid_request_error"], "Insufficient Balance"), QuotaExhausted);
        assert_eq!(classify(429, &["RESOURCE_EXHAUSTED"], "Resource exhausted"), RateLimited);
        assert!(!QuotaExhausted.is_transient());
    }

    #[test]
    fn a_status_inside_a_200_counts() {
        assert_eq!(classify(200, &["invalid_request_error"], ""), InvalidRequest);
        assert_eq!(classify(401, &["invalid_request_error"], ""), Authentication);
        assert_eq!(classify(429, &["exceeded_current_quota_error"], ""), QuotaExhausted);
        assert_eq!(classify(400, &["Arrearage"], ""), QuotaExhausted);
        assert_eq!(classify(0, &["502"], "Provider returned error"), Unavailable);
        assert_eq!(classify(200, &["429"], ""), RateLimited);
        assert_eq!(classify(200, &["content_filter"], ""), ContentPolicy);
    }

    #[test]
    fn every_status_has_a_kind() {
        let expected = [
            (400, InvalidRequest),
            (401, Authentication),
            (402, QuotaExhausted),
            (403, Permission),
            (404, NotFound),
            (408, Timeout),
            (409, Unavailable),
            (413, PayloadTooLarge),
            (422, InvalidRequest),
            (429, RateLimited),
            (500, Unavailable),
            (501, InvalidRequest),
            (502, Unavailable),
            (503, Unavailable),
            (504, Timeout),
            (529, Overloaded),
        ];
        for (status, kind) in expected {
            assert_eq!(classify(status, &[], ""), kind, "{status}");
        }
    }
}
