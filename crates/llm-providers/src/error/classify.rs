//! Sorts any provider's error into a kind.
//!
//! Statuses alone do not do it: an empty account is a 429 at OpenAI, a 402 at DeepSeek and a 400 at Anthropic; a
//! prompt that is too long is a 400 everywhere, told apart by a code here and by words there. So a provider's code
//! decides first, then the words that mark the known cases, then a code that says what a status says, then the status.

mod codes;
mod words;

use super::ErrorKind::{
    self, Authentication, ContentPolicy, ContextLength, InvalidRequest, NotFound, Overloaded,
    PayloadTooLarge, Permission, QuotaExhausted, RateLimited, Timeout, Unavailable,
};
use codes::{CODES, REFUSALS, STATUSES};
use words::{FULL, LIMITED, PERIODS, REFUSED, UNABLE, WORDS};

/// Sorts an error by the provider's codes and words and the HTTP status; `status` is 0 for an error inside a 200.
pub(crate) fn classify(status: u16, codes: &[&str], words: &str) -> ErrorKind {
    // What these say, no code says better: a 413 with a rate limit's code will not fit after a pause either.
    match status {
        // What is spent is set aside for requests that still run (OpenRouter, "In-flight spending budget").
        402 if codes.contains(&"in_flight_budget_exhausted") => return RateLimited,
        402 => return QuotaExhausted,
        // Claude at Vertex AI says so of the tokens; the bytes are something else.
        413 if words.to_ascii_lowercase().contains("prompt is too long") => return ContextLength,
        413 => return PayloadTooLarge,
        529 => return Overloaded,
        _ => {}
    }
    let words = words.to_lowercase();
    // Alibaba tells of too many tokens in a minute by OpenAI's code for an empty account; where that is explained, or what was
    // allocated and was not free.
    let is_of_a_minute =
        words.contains("allocated quota exceeded") && !words.contains("free allocated quota");
    if is_of_a_minute || words.contains("error-code#token-limit") {
        return RateLimited;
    }
    // Bedrock tells of the tokens of a day by the code that it has for those of a minute.
    if words.contains("too many tokens per day") {
        return QuotaExhausted;
    }
    let is_rate = status == 429 && PERIODS.iter().any(|period| words.contains(period));
    let said = |table: &[(&str, ErrorKind)]| {
        let counts = |kind: ErrorKind| !(is_rate && kind == ContextLength);
        table.iter().find(|(part, kind)| counts(*kind) && words.contains(part)).map(|(_, kind)| *kind)
    };
    let refused = || said(REFUSED).filter(|_| !matches!(status, 429 | 500..));
    let kind =
        named(CODES, codes).or_else(|| said(WORDS)).or_else(refused).or_else(|| named(STATUSES, codes));
    kind.unwrap_or_else(|| by_status(status, codes, &words))
}

/// The kind that a table has for one of the codes: whole, or before its first dot (Volcengine), after its last (Alibaba), a slash
/// (Lambda) or a hash (AWS).
fn named(table: &[(&str, ErrorKind)], codes: &[&str]) -> Option<ErrorKind> {
    codes.iter().find_map(|found| {
        let found = found.to_ascii_lowercase();
        let (general, special) = (found.split('.').next(), found.rsplit(['.', '/', '#']).next());
        let is_it = |code| [Some(&*found), general, special].iter().flatten().any(|part| is_same(part, code));
        table.iter().find(|(code, _)| is_it(code)).map(|(_, kind)| *kind)
    })
}

/// Whether two codes in small letters are the same word. Providers write `rate_limit_error`, `rate-limit` and `RateLimitError`.
fn is_same(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn letters(code: &str) -> impl Iterator<Item = u8> {
    code.strip_suffix("error").unwrap_or(code).bytes().filter(u8::is_ascii_alphanumeric)
}

fn by_status(status: u16, codes: &[&str], words: &str) -> ErrorKind {
    match status {
        // OpenCode answers so to a model that it does not have.
        401 if codes.contains(&"ModelError") => NotFound,
        401 => Authentication,
        403 => Permission,
        404 | 410 => NotFound,
        // "Unavailable for legal reasons" (RFC 7725): StepFun, of content.
        451 => ContentPolicy,
        // Cloudflare has a status of its own for a server that took too long.
        408 | 504 | 524 => Timeout,
        0 | 200..=299 | 429 | 500.. if FULL.iter().any(|full| words.contains(full)) => Overloaded,
        429 => RateLimited,
        500.. if is_limited(words) => RateLimited,
        400 | 422 if lacks_model(words) => NotFound,
        // Groq's own status, of its flex tier.
        498 if words.contains("capacity") => Overloaded,
        // What a server cannot do, it cannot do later either; local ones say so by a 500.
        501 => InvalidRequest,
        500 if UNABLE.iter().any(|unable| words.contains(unable)) => InvalidRequest,
        // 409 is a lock that another request holds; 499 a call that was given up, by whoever is between (Google, Cohere).
        409 | 499.. => Unavailable,
        // An error inside a 200, or in a stream, often carries the status as its code.
        0 | 200..=299 => match codes.iter().find_map(|code| code.parse::<u16>().ok()) {
            Some(code) if code >= 400 => classify(code, &[], words),
            _ if codes.iter().any(|code| is_refusal(&code.to_ascii_lowercase())) => InvalidRequest,
            _ if is_limited(words) => RateLimited,
            _ => Unavailable,
        },
        _ => InvalidRequest,
    }
}

fn is_refusal(code: &str) -> bool {
    REFUSALS.iter().any(|refusal| is_same(code, refusal))
}

fn is_limited(words: &str) -> bool {
    LIMITED.iter().any(|limited| words.contains(limited))
}

/// Whether the words say that there is no such model, whatever they call it in between.
fn lacks_model(words: &str) -> bool {
    let missing = |end| words.split_once(end).and_then(|(before, _)| before.rsplit_once("model"));
    // Near each other: much is not found, and models are named in most errors.
    missing("does not exist").is_some() || missing("not found").is_some_and(|(_, name)| name.len() < 80)
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
        let minute = "You exceeded your current quota, see https://docs.example/error-code#token-limit";
        assert_eq!(classify(429, &["insufficient_quota"], minute), RateLimited);
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
            (499, Unavailable),
            (500, Unavailable),
            (501, InvalidRequest),
            (502, Unavailable),
            (503, Unavailable),
            (504, Timeout),
            (524, Timeout),
            (529, Overloaded),
        ];
        for (status, kind) in expected {
            assert_eq!(classify(status, &[], ""), kind, "{status}");
        }
    }

    #[test]
    fn words_know_better_than_a_code_that_says_what_a_status_says() {
        let pace =
            "Number of input tokens has exceeded your per-minute rate limit. Please reduce the prompt length";
        assert_eq!(classify(429, &["rate_limit_error"], pace), RateLimited);
        assert_eq!(classify(429, &[], "prompt is too long: 9 tokens > 8 maximum"), ContextLength);
        let minute = "Request too large for m on tokens per min (TPM): Limit 30000, Requested 50000";
        assert_eq!(classify(429, &["rate_limit_exceeded", "tokens"], minute), PayloadTooLarge);
        assert_eq!(classify(429, &["rate_limit_exceeded"], "Rate limit reached for m"), RateLimited);
        assert_eq!(classify(429, &["ThrottlingException"], "Too many tokens, please wait"), RateLimited);
        assert_eq!(classify(400, &["SensitiveContentDetected.Violence"], ""), ContentPolicy);
        assert_eq!(classify(429, &["RateLimitExceeded.EndpointRPMExceeded"], ""), RateLimited);
    }
}
