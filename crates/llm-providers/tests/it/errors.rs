//! Providers' own words for what went wrong, each with the kind that it has to have: retries and failover hang on it.
//!
//! The bodies are of the shapes that the providers document, or that their users show in public; the values are ours.

mod gateways;
mod limits;
mod words;

use std::time::SystemTime;

use http::{HeaderMap, StatusCode};
use toolgate_llm_providers::ErrorKind::{self, *};
use toolgate_llm_providers::{Dialect, Provider, ProviderError};

fn reply(status: u16, body: &str) -> ProviderError {
    let provider = Provider::new("p", "https://models.example", Dialect::OpenAiChat).unwrap();
    let status = StatusCode::from_u16(status).unwrap();
    provider.decode_error(status, &HeaderMap::new(), body.as_bytes(), SystemTime::UNIX_EPOCH, None)
}

fn check(kind: ErrorKind, replies: &[(u16, &str)]) {
    for (status, body) in replies {
        assert_eq!(reply(*status, body).kind(), kind, "{status} {body}");
    }
}

#[test]
fn a_conversation_that_is_too_long() {
    check(
        ContextLength,
        &[
            (
                400,
                r#"{"error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000"}}"#,
            ),
            (
                400,
                r#"{"code":"Client specified an invalid argument","error":"This model's maximum prompt length is 131072 but the request contains 537812 tokens."}"#,
            ),
            (
                400,
                r#"{"error":"Trying to keep the first 4410 tokens. However, the model is loaded with context length of only 4096 tokens"}"#,
            ),
            (
                400,
                r#"{"error":{"message":"Invalid request: Your request exceeded model token limit: 8192 (requested: 9012)","type":"invalid_request_error"}}"#,
            ),
            (
                400,
                r#"{"object":"error","message":"The decoder prompt (length 40000) is longer than the maximum model length of 32768.","type":"BadRequestError","code":400}"#,
            ),
            (
                422,
                r#"{"error":{"message":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193","type":"invalid_request_error"}}"#,
            ),
            (
                400,
                r#"{"error":{"code":"invalid_parameter_error","message":"Range of input length should be [1, 129024]","type":"invalid_request_error"}}"#,
            ),
            (
                400,
                r#"{"message":"too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292"}"#,
            ),
            (
                400,
                r#"{"errors":[{"code":"invalid_input_argument","message":"the number of input tokens 9000 cannot exceed the total tokens limit 8192 for this model"}],"status_code":400}"#,
            ),
            (400, r#"{"error":{"message":"Prompt exceeds max length","code":"1261"}}"#),
            (
                400,
                r#"{"object":"error","message":"max_tokens must be at least 1, got -186.","type":"BadRequestError","code":400}"#,
            ),
            (
                400,
                r#"{"error":{"code":"tokens_too_long","message":"Prompt tokens too long","type":"invalid_request_error"}}"#,
            ),
        ],
    );
}

#[test]
fn a_prompt_that_is_too_long() {
    check(
        ContextLength,
        &[
            (
                400,
                r#"{"error":{"message":"prompt token count of 5000 exceeds the limit of 4096","code":"model_max_prompt_tokens_exceeded"}}"#,
            ),
            (
                400,
                r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"error_type":"context_length_exceeded"}}}"#,
            ),
            (400, r#"{"error":{"message":"Prompt exceeds max length","type":"invalid_request_error"}}"#),
            (400, r#"{"error":{"message":"tokens in request more than max tokens allowed","code":"1210"}}"#),
            (400, r#"{"error":{"message":"prompt token count of 5000 exceeds the limit of 4096"}}"#),
            (
                400,
                r#"{"message":"too many tokens: size limit exceeded by 11326 tokens. The limit for this model is 128000 tokens."}"#,
            ),
        ],
    );
}

#[test]
fn a_provider_that_is_full() {
    check(
        Overloaded,
        &[
            (
                429,
                r#"{"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}"#,
            ),
            (498, r#"{"error":{"message":"Flex tier capacity exceeded","code":"capacity_exceeded"}}"#),
            (
                429,
                r#"{"message":"We're experiencing high traffic right now!","type":"too_many_requests_error","code":"queue_exceeded"}"#,
            ),
            (
                503,
                r#"{"error":{"code":503,"message":"This model is currently experiencing high demand.","status":"UNAVAILABLE"}}"#,
            ),
            (429, r#"{"error":"Model is overloaded","error_type":"overloaded"}"#),
            (
                429,
                r#"{"object":"error","message":"Service tier capacity exceeded for this model.","type":"service_tier_capacity_exceeded","code":"3505"}"#,
            ),
            (429, r#"{"error":{"code":"1312","message":"busy"}}"#),
            (
                429,
                r#"{"errors":[{"message":"Capacity temporarily exceeded, please try again. (3040)","code":3040}]}"#,
            ),
            (
                200,
                r#"{"error":"Service is currently unavailable due to high demand. Please try again later. (E003)"}"#,
            ),
            (429, r#"{"error":{"code":"NoCapacity","message":"x"}}"#),
            (429, r#"{"error":{"message":"System is experiencing high demand."}}"#),
            (503, r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#),
            (500, r#"{"type":"error","error":{"type":"api_error","message":"Overloaded"}}"#),
            (
                200,
                r#"{"type":"error","error":{"type":"service_unavailable_error","code":"server_is_overloaded","message":"Our servers are currently overloaded."}}"#,
            ),
            (
                502,
                r#"{"error":{"message":"Provider returned error","code":502,"metadata":{"error_type":"provider_overloaded"}}}"#,
            ),
            (
                503,
                r#"{"error":{"message":"m is currently over capacity. Please try again.","type":"internal_server_error"}}"#,
            ),
            (
                429,
                r#"{"code":"Some resource has been exhausted","error":"The model is at capacity and currently cannot serve this request."}"#,
            ),
            (429, r#"{"error":{"message":"Model busy, retry later"}}"#),
            (
                429,
                r#"{"error":{"code":429,"message":"No capacity available for model m on the server","status":"RESOURCE_EXHAUSTED","details":[{"reason":"MODEL_CAPACITY_EXHAUSTED"}]}}"#,
            ),
        ],
    );
}

#[test]
fn a_provider_that_is_away() {
    check(
        Unavailable,
        &[
            (
                400,
                r#"{"status":400,"title":"Bad Request","detail":"Function id 'f': DEGRADED function cannot be invoked"}"#,
            ),
            (499, r#"{"error":{"code":499,"message":"The operation was cancelled.","status":"CANCELLED"}}"#),
            (
                200,
                r#"{"error":{"message":"Provider returned error","metadata":{"error_type":"provider_unavailable"}}}"#,
            ),
        ],
    );
}

#[test]
fn content_that_is_refused() {
    check(
        ContentPolicy,
        &[
            (
                400,
                r#"{"error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#,
            ),
            (
                400,
                r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error","code":"invalid_request_error"}}"#,
            ),
            (
                400,
                r#"{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","code":"invalid_prompt"}}"#,
            ),
            (
                400,
                r#"{"error":{"message":"Your request was rejected as a result of our safety system.","code":"moderation_blocked"}}"#,
            ),
            (
                403,
                r#"{"error":{"message":"m requires moderation on p. Your input was flagged for \"x\".","code":403,"metadata":{"reasons":["x"]}}}"#,
            ),
            (500, r#"{"type":"error","error":{"type":"api_error","message":"input new_sensitive (1026)"}}"#),
            (
                400,
                r#"{"error":{"code":"SensitiveContentDetected.SevereViolation","message":"no","type":"BadRequest"}}"#,
            ),
            (
                400,
                r#"{"error":{"code":"OutputTextSensitiveContentDetected","message":"no","type":"BadRequest"}}"#,
            ),
            (400, r#"{"error":{"code":"1301","message":"no"}}"#),
            (
                400,
                r#"{"error":{"message":"litellm.BadRequestError: AzureException - The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"code":"400"}}"#,
            ),
            (
                400,
                r#"{"error":{"code":"image_url_unsafe","message":"the content of image_url.url","type":"unsafe_request"}}"#,
            ),
        ],
    );
}

#[test]
fn who_asks() {
    check(
        Authentication,
        &[
            (
                403,
                r#"{"error":{"code":403,"message":"Your API key was reported as leaked.","status":"PERMISSION_DENIED"}}"#,
            ),
            (
                400,
                r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: x."}"#,
            ),
            // Bedrock.
            (403, r#"{"Message":"Authentication failed: Please make sure your API Key is valid."}"#),
        ],
    );
}

#[test]
fn a_model_that_is_not_there() {
    check(
        NotFound,
        &[
            (
                400,
                r#"{"code":20012,"message":"Model does not exist. Please check it carefully.","data":null}"#,
            ),
            (
                410,
                r#"{"error":{"message":"The model is no longer available","type":"invalid_request_error"}}"#,
            ),
            (
                400,
                r#"{"error":{"message":"The model `m` has been decommissioned","code":"model_decommissioned"}}"#,
            ),
            (
                400,
                r#"{"error":{"code":"unknown_model","message":"Unknown model: m","details":"Unknown model"}}"#,
            ),
            (400, r#"{"error":{"code":"1211","message":"Unknown Model, please check the model code."}}"#),
            (400, r#""Model not found: m""#),
            (
                400,
                r#"{"error":{"message":"/chat/completions: Invalid model name passed in model=m","type":"invalid_request_error","code":"400"}}"#,
            ),
            (
                400,
                r#"{"error":{"message":"The dedicated endpoint for m is not running","type":"invalid_request_error","code":"dedicated_endpoint_not_running"}}"#,
            ),
            (400, r#"{"errors":{"message":"Model id : m , has no provider supported","request_id":"r"}}"#),
            (401, r#"{"type":"error","error":{"type":"ModelError","message":"Model m is not supported"}}"#),
        ],
    );
}

#[test]
fn what_is_not_allowed() {
    check(
        Permission,
        &[
            (
                400,
                r#"{"error":{"message":"Organization has been restricted.","code":"organization_restricted"}}"#,
            ),
            (
                400,
                r#"{"error":{"type":"invalid_request_error","message":"This organization has been disabled."}}"#,
            ),
            (429, r#"{"error":{"code":"1311","message":"the plan does not have this model"}}"#),
            (
                401,
                r#"{"error":{"code":"PermissionDenied","message":"The principal lacks the required data action"}}"#,
            ),
        ],
    );
    check(
        MalformedOutput,
        &[(400, r#"{"error":{"message":"Failed to generate JSON.","code":"json_validate_failed"}}"#)],
    );
}

#[test]
fn words_are_found_where_they_say_most() {
    for (body, code, message) in [
        (r#"{"status":429,"title":"Too Many Requests"}"#, None, "Too Many Requests"),
        (r#"{"status":429,"title":"Too Many Requests","detail":"wait"}"#, None, "wait"),
        (r#"{"error":"Too Many Requests","message":"wait"}"#, None, "wait"),
        (r#"{"error_code":"LIMIT","message":"wait"}"#, Some("LIMIT"), "wait"),
        (r#"{"detail":{"error":"wait"}}"#, None, "wait"),
        (r#"{"errors":{"message":"wait","request_id":"r"}}"#, None, "wait"),
        (r#"{"error_msg":"wait","error_code":"APIG.0308","request_id":"r"}"#, Some("APIG.0308"), "wait"),
        (r#"{"code":11115,"msg":"wait","requestId":"r"}"#, None, "wait"),
        (
            r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"wait","error_type":"rate_limit_exceeded"}}}"#,
            Some("rate_limit_exceeded"),
            "Provider returned error: wait",
        ),
    ] {
        let error = reply(429, body);
        assert_eq!((error.code(), error.message()), (code, message), "{body}");
    }
}
