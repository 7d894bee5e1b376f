//! What kind each recorded error is, by people who read the recordings: status, and words of the raw body.

use toolgate_llm_providers::ErrorKind::{self, *};

/// The first line whose status fits and whose words stand in the body.
const EXPECTED: &[(u16, &str, ErrorKind)] = &[
    (400, "API_KEY_INVALID", Authentication),
    (400, "Arrearage", QuotaExhausted),
    (429, "exceeded_current_quota", QuotaExhausted),
    (403, "AccountOverdue", QuotaExhausted),
    (400, "maximum context length", ContextLength),
    (400, "exceeded max context length", ContextLength),
    (400, "prompt is too long", ContextLength),
    (400, "context_length_exceeded", ContextLength),
    (400, "exceed_context_size_error", ContextLength),
    (400, "too_many_prompt_tokens", ContextLength),
    (400, "content management policy", ContentPolicy),
    (400, "FAILED_PRECONDITION", Permission),
    (400, "tool_use_failed", MalformedOutput),
    (400, "model_not_found", NotFound),
    (400, "nvalid model", NotFound),
    (400, "model identifier is invalid", NotFound),
    (400, "not a valid model ID", NotFound),
    (400, "", InvalidRequest),
    (401, "insufficient permissions", Permission),
    (401, "", Authentication),
    (402, "", QuotaExhausted),
    (403, "Content violates usage guidelines", ContentPolicy),
    (403, "check the api-key", Authentication),
    (403, "without established identity", Authentication),
    (403, "run out of credits", QuotaExhausted),
    (403, "security token included in the request is invalid", Authentication),
    (403, "Signature expired", Authentication),
    (403, "", Permission),
    (404, "", NotFound),
    (413, "", PayloadTooLarge),
    (422, "", InvalidRequest),
    (429, "insufficient_quota", QuotaExhausted),
    (429, "available credits", QuotaExhausted),
    (429, "", RateLimited),
    (500, "is not supported", InvalidRequest),
    (500, "failed to process inputs", InvalidRequest),
    (500, "", Unavailable),
    (501, "does not support embeddings", InvalidRequest),
    (502, "", Unavailable),
    (503, "overloaded", Overloaded),
    (503, "", Unavailable),
    (529, "", Overloaded),
];

pub(crate) fn expected(status: u16, body: &str) -> ErrorKind {
    let found = EXPECTED.iter().find(|(known, words, _)| *known == status && body.contains(words));
    found.map_or_else(|| unseen(status), |(.., kind)| *kind)
}

/// What statuses mean of which there was no recording to read.
fn unseen(status: u16) -> ErrorKind {
    match status {
        408 | 504 | 524 => Timeout,
        409 | 500.. => Unavailable,
        _ => InvalidRequest,
    }
}
