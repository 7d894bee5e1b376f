//! The tables that sort any provider's error into a kind.
//!
//! Statuses alone do not do it: an empty account is a 429 at OpenAI, a 402 at DeepSeek and a 400 at Anthropic; a
//! prompt that is too long is a 400 everywhere, told apart by a code here and by words there. So a provider's code
//! decides first, then the words that mark the known cases, then a code that says what a status says, then the status.

use super::ErrorKind::{
    self, Authentication, ContentPolicy, ContextLength, InvalidRequest, MalformedOutput, NotFound,
    Overloaded, PayloadTooLarge, Permission, QuotaExhausted, RateLimited, Timeout, Unavailable,
};

/// Codes that decide whatever the status is, in lower case.
const CODES: &[(&str, ErrorKind)] = &[
    ("insufficient_quota", QuotaExhausted),
    ("billing_hard_limit_reached", QuotaExhausted),
    // OpenAI ("Spend limits"), Anthropic ("Rate limits").
    ("credit_balance_exhausted", QuotaExhausted),
    ("organization_usage_limit_exceeded", QuotaExhausted),
    ("organization_spend_limit_exceeded", QuotaExhausted),
    ("project_spend_limit_exceeded", QuotaExhausted),
    ("enforced_spend_limit_reached", QuotaExhausted),
    ("credits_required", QuotaExhausted),
    ("billing_not_active", QuotaExhausted),
    ("billing_error", QuotaExhausted),
    // Moonshot, Alibaba, Volcengine, IBM, Google.
    ("exceeded_current_quota_error", QuotaExhausted),
    ("arrearage", QuotaExhausted),
    ("allocationquota.freetieronly", QuotaExhausted),
    ("accountoverdueerror", QuotaExhausted),
    ("setlimitexceeded", QuotaExhausted),
    ("token_quota_reached", QuotaExhausted),
    ("billing_disabled", QuotaExhausted),
    ("quota_exhausted", QuotaExhausted),
    // OpenCode, of accounts that it answers 401 to; OpenRouter, 403; hosts that run New API or One API.
    ("creditserror", QuotaExhausted),
    ("monthlylimiterror", QuotaExhausted),
    ("userlimiterror", QuotaExhausted),
    ("openrouter_key_limit", QuotaExhausted),
    ("openrouter_guardrail_budget", QuotaExhausted),
    ("openrouter_workspace_budget", QuotaExhausted),
    ("insufficient_user_quota", QuotaExhausted),
    ("pre_consume_token_quota_failed", QuotaExhausted),
    ("context_length_exceeded", ContextLength),
    ("model_context_window_exceeded", ContextLength),
    ("exceed_context_size_error", ContextLength),
    ("too_many_prompt_tokens", ContextLength),
    // GitHub Copilot, Qianfan.
    ("model_max_prompt_tokens_exceeded", ContextLength),
    ("tokens_too_long", ContextLength),
    ("characters_too_long", ContextLength),
    ("content_filter", ContentPolicy),
    ("content_policy_violation", ContentPolicy),
    ("moderation_blocked", ContentPolicy),
    ("data_inspection_failed", ContentPolicy),
    ("image_content_policy_violation", ContentPolicy),
    ("bio_policy", ContentPolicy),
    ("cyber_policy", ContentPolicy),
    // Qianfan, and Volcengine, whose codes go on with what is sensitive.
    ("unsafe_request", ContentPolicy),
    ("sensitivecontentdetected", ContentPolicy),
    ("inputtextsensitivecontentdetected", ContentPolicy),
    ("inputimagesensitivecontentdetected", ContentPolicy),
    ("outputtextsensitivecontentdetected", ContentPolicy),
    ("inputtextriskdetection", ContentPolicy),
    ("inputimageriskdetection", ContentPolicy),
    ("outputtextriskdetection", ContentPolicy),
    ("invalid_api_key", Authentication),
    ("wrong_api_key", Authentication),
    ("api_key_invalid", Authentication),
    ("invalid_key", Authentication),
    // Google's word for a country or an account that the API is not open to.
    ("failed_precondition", Permission),
    // Groq.
    ("organization_restricted", Permission),
    ("model_terms_required", Permission),
    ("model_not_found", NotFound),
    ("model_not_available", NotFound),
    ("model_not_supported", NotFound),
    ("model_decommissioned", NotFound),
    ("dedicated_endpoint_not_running", NotFound),
    ("unknown_model", NotFound),
    ("invalid_model", NotFound),
    ("request_too_large", PayloadTooLarge),
    // OpenAI, Moonshot, Mistral, Groq, Cerebras, Volcengine, OpenRouter: full, whatever the caller did.
    ("server_is_overloaded", Overloaded),
    // Azure, Google.
    ("nocapacity", Overloaded),
    ("model_capacity_exhausted", Overloaded),
    ("permissiondenied", Permission),
    // OpenAI: more than a moment ago, not more than is allowed.
    ("slow_down", RateLimited),
    ("engine_overloaded_error", Overloaded),
    ("service_tier_capacity_exceeded", Overloaded),
    ("capacity_exceeded", Overloaded),
    ("queue_exceeded", Overloaded),
    ("serveroverloaded", Overloaded),
    ("provider_overloaded", Overloaded),
    // Groq: what the model wrote did not fit the form that was asked for.
    ("tool_use_failed", MalformedOutput),
    ("json_validate_failed", MalformedOutput),
    ("output_parse_failed", MalformedOutput),
    // Zhipu and Z.ai ("Error codes").
    ("1112", Permission),
    ("1113", QuotaExhausted),
    ("1121", Permission),
    ("1211", NotFound),
    ("1261", ContextLength),
    ("1301", ContentPolicy),
    ("1305", Overloaded),
    ("1309", QuotaExhausted),
    ("1310", QuotaExhausted),
    ("1311", Permission),
    ("1312", Overloaded),
    // AWS; `ValidationException` says no more than a status does.
    ("unrecognizedclientexception", Authentication),
    ("invalidsignatureexception", Authentication),
    ("expiredtokenexception", Authentication),
    ("missingauthenticationtokenexception", Authentication),
    ("incompletesignature", Authentication),
    ("incompletesignatureexception", Authentication),
    ("invalidclienttokenid", Authentication),
    ("requestexpired", Authentication),
    ("notauthorized", Permission),
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

/// Codes that say what a status says: the words may know better.
const STATUSES: &[(&str, ErrorKind)] = &[
    ("authentication_error", Authentication),
    ("authentication", Authentication),
    ("unauthenticated", Authentication),
    ("permission_error", Permission),
    ("permission_denied", Permission),
    ("payment_required", QuotaExhausted),
    ("not_found_error", NotFound),
    ("not_found", NotFound),
    ("payload_too_large", PayloadTooLarge),
    ("rate_limit_error", RateLimited),
    ("rate_limit_exceeded", RateLimited),
    ("rate_limited", RateLimited),
    ("too_many_requests", RateLimited),
    ("overloaded_error", Overloaded),
    ("provider_unavailable", Unavailable),
    ("timeout_error", Timeout),
    ("timeout", Timeout),
    ("deadline_exceeded", Timeout),
];

/// Codes that say no more than a status does, where there is none.
const REFUSALS: [&str; 6] = [
    "validationexception",
    "invalid_request_error",
    "invalid_request",
    "invalid_prompt",
    "badrequesterror",
    "bad_request_error",
];

/// Words that mark a case where no code does, in lower case, tried in order.
const WORDS: &[(&str, ErrorKind)] = &[
    ("context length", ContextLength),
    ("context window", ContextLength),
    ("context size", ContextLength),
    ("context limit", ContextLength),
    ("prompt is too long", ContextLength),
    ("prompt too long", ContextLength),
    ("total length of all messages is too long", ContextLength),
    ("reduce the length of the messages", ContextLength),
    ("input token count", ContextLength),
    ("input token length too long", ContextLength),
    ("number of input tokens", ContextLength),
    ("number of tokens in the prompt", ContextLength),
    ("input length", ContextLength),
    ("input is too long", ContextLength),
    // xAI, vLLM, Moonshot, Text Generation Inference.
    ("maximum prompt length", ContextLength),
    ("maximum model length", ContextLength),
    ("model token limit", ContextLength),
    ("max_tokens must be at least 1, got -", ContextLength),
    ("`inputs` tokens + `max_new_tokens` must be", ContextLength),
    ("`inputs` must have less than", ContextLength),
    // Z.ai, GitHub Copilot, Cohere: their codes are lost on the way through others, or there is none.
    ("prompt exceeds max length", ContextLength),
    ("tokens in request more than max tokens allowed", ContextLength),
    ("prompt token count", ContextLength),
    ("too many tokens: size limit exceeded", ContextLength),
    // More than the account may send in a minute does not fit into a later one either (OpenAI).
    ("request too large for", PayloadTooLarge),
    ("credit balance is too low", QuotaExhausted),
    ("used all available credits", QuotaExhausted),
    ("have any credits", QuotaExhausted),
    ("insufficient balance", QuotaExhausted),
    ("balance is insufficient", QuotaExhausted),
    ("余额不足", QuotaExhausted),
    ("run out of credits", QuotaExhausted),
    // Anthropic, Fireworks, OpenRouter, Cohere, Ollama's cloud, Cloudflare, Kimi Code.
    ("specified api usage limits", QuotaExhausted),
    ("usage credits are required", QuotaExhausted),
    ("extra usage is required", QuotaExhausted),
    ("out of extra usage", QuotaExhausted),
    ("insufficient credits", QuotaExhausted),
    ("monthly spending limit", QuotaExhausted),
    ("key limit exceeded", QuotaExhausted),
    ("api calls / month", QuotaExhausted),
    ("payment is past due", QuotaExhausted),
    ("daily free allocation", QuotaExhausted),
    ("usage limit for this billing cycle", QuotaExhausted),
    ("capacity temporarily exceeded", Overloaded),
    // NVIDIA answers 400 to a good request while it mends a model.
    ("degraded function", Unavailable),
    ("content violates usage guidelines", ContentPolicy),
    ("content filtering policy", ContentPolicy),
    ("content management policy", ContentPolicy),
    ("datainspectionfailed", ContentPolicy),
    // OpenAI and OpenRouter; DeepSeek; MiniMax.
    ("was flagged", ContentPolicy),
    ("content exists risk", ContentPolicy),
    ("new_sensitive", ContentPolicy),
    ("malformed function call", MalformedOutput),
    ("insufficient permissions", Permission),
    ("organization has been disabled", Permission),
    ("invalid model id", NotFound),
    ("not a valid model id", NotFound),
    ("model identifier is invalid", NotFound),
    ("model does not exist", NotFound),
    // xAI; LiteLLM; ModelScope.
    ("model not found", NotFound),
    ("invalid model name", NotFound),
    ("has no provider supported", NotFound),
    ("without established identity", Authentication),
    ("check the api-key", Authentication),
    ("api key not valid", Authentication),
    ("incorrect api key", Authentication),
    ("api key was reported as leaked", Authentication),
    // Ollama answers 500 to an image that is none.
    ("failed to process inputs", InvalidRequest),
];

/// What a server that is full says, whatever its status: any; Gemini, Azure, Replicate; Azure; Replicate; Ollama;
/// DeepInfra; xAI, OpenAI; Groq.
const FULL: &[&str] = &[
    "overloaded",
    "high demand",
    "temporarily unable to process your request",
    "queue is full",
    "server busy",
    "model busy",
    "at capacity",
    "over capacity",
];

/// Sorts an error by the provider's codes and words and the HTTP status; `status` is 0 for an error inside a 200.
pub(crate) fn classify(status: u16, codes: &[&str], words: &str) -> ErrorKind {
    // What these say, no code says better: a 413 with a rate limit's code will not fit after a pause either.
    match status {
        // What is spent is set aside for requests that still run (OpenRouter, "In-flight spending budget").
        402 if codes.contains(&"in_flight_budget_exhausted") => return RateLimited,
        402 => return QuotaExhausted,
        413 => return PayloadTooLarge,
        529 => return Overloaded,
        _ => {}
    }
    let words = words.to_lowercase();
    // Alibaba tells of too many tokens in a minute by OpenAI's code for an empty account, and where that is explained.
    if words.contains("error-code#token-limit") {
        return RateLimited;
    }
    let word = || WORDS.iter().find(|(part, _)| words.contains(part)).map(|(_, kind)| *kind);
    let kind = named(CODES, codes).or_else(word).or_else(|| named(STATUSES, codes));
    kind.unwrap_or_else(|| by_status(status, codes, &words))
}

/// The kind that a table has for one of the codes, whole or without what follows its first dot (Volcengine).
fn named(table: &[(&str, ErrorKind)], codes: &[&str]) -> Option<ErrorKind> {
    codes.iter().find_map(|found| {
        let general = found.split('.').next().unwrap_or_default();
        let is_it = |code: &str| found.eq_ignore_ascii_case(code) || general.eq_ignore_ascii_case(code);
        table.iter().find(|(code, _)| is_it(code)).map(|(_, kind)| *kind)
    })
}

fn by_status(status: u16, codes: &[&str], words: &str) -> ErrorKind {
    match status {
        // OpenCode answers so to a model that it does not have.
        401 if codes.contains(&"ModelError") => NotFound,
        401 => Authentication,
        403 => Permission,
        404 | 410 => NotFound,
        408 | 504 => Timeout,
        0 | 200..=299 | 429 | 500.. if FULL.iter().any(|full| words.contains(full)) => Overloaded,
        429 => RateLimited,
        // What a server cannot do, it cannot do later either; local ones say so by a 500.
        501 => InvalidRequest,
        500 if words.contains("is not supported") => InvalidRequest,
        // 409 is a lock that another request holds; 499 a call that was given up, by whoever is between (Google, Cohere).
        409 | 499.. => Unavailable,
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
            (529, Overloaded),
        ];
        for (status, kind) in expected {
            assert_eq!(classify(status, &[], ""), kind, "{status}");
        }
    }

    #[test]
    fn words_know_better_than_a_code_that_says_what_a_status_says() {
        let minute = "Request too large for m on tokens per min (TPM): Limit 30000, Requested 50000";
        assert_eq!(classify(429, &["rate_limit_exceeded", "tokens"], minute), PayloadTooLarge);
        assert_eq!(classify(429, &["rate_limit_exceeded"], "Rate limit reached for m"), RateLimited);
        assert_eq!(classify(429, &["ThrottlingException"], "Too many tokens, please wait"), RateLimited);
        assert_eq!(classify(400, &["SensitiveContentDetected.Violence"], ""), ContentPolicy);
        assert_eq!(classify(429, &["RateLimitExceeded.EndpointRPMExceeded"], ""), RateLimited);
    }
}
