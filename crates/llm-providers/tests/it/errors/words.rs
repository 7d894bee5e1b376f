//! Codes and words of errors, however they are spelled and wherever they stand: bodies of hosts that share no schema.

use std::time::Duration;

use toolgate_llm_providers::ErrorKind::*;

use super::{check, reply};

#[test]
fn a_code_is_the_same_however_it_is_spelled() {
    for code in ["invalid_api_key", "InvalidApiKey", "INVALID_API_KEY", "invalid-api-key", "Invalid API Key"]
    {
        let body = format!(r#"{{"error":{{"message":"no","code":"{code}"}}}}"#);
        assert_eq!(reply(400, &body).kind(), Authentication, "{code}");
    }
    check(
        Timeout,
        &[
            (500, r#"{"code":"RequestTimeOut","message":"Request timed out, please try again later."}"#),
            (500, r#"{"code":"InternalError.Timeout","message":"An internal timeout error has occured"}"#),
        ],
    );
    check(RateLimited, &[(200, r#"{"error":{"message":"no","type":"litellm.RateLimitError"}}"#)]);
    check(NotFound, &[(400, r#"{"error":{"code":"InvalidEndpointOrModel.NotFound","message":"no"}}"#)]);
    check(InvalidRequest, &[(200, r#"{"error":{"message":"no","code":"InvalidParameter"}}"#)]);
    check(Authentication, &[(403, r#"{"error":{"code":"global/invalid-api-key","message":"no"}}"#)]);
    check(Permission, &[(400, r#"{"code":"Model.AccessDenied","message":"Model access denied."}"#)]);
}

#[test]
fn a_code_may_say_that_it_is_one() {
    for code in ["rate_limit", "rate_limit_error", "RateLimitError", "rate-limit", "rate_limit_reached_error"]
    {
        check(RateLimited, &[(200, &format!(r#"{{"error":{{"message":"no","type":"{code}"}}}}"#))]);
    }
    for (kind, code) in [
        (Authentication, "incorrect_api_key_error"),
        (Authentication, "invalid_authentication_error"),
        (Permission, "permission_denied_error"),
        (NotFound, "resource_not_found_error"),
        (Overloaded, "engine_overloaded"),
        (InvalidRequest, "ValidationError"),
        (Timeout, "TimeoutError"),
    ] {
        check(kind, &[(200, &format!(r#"{{"error":{{"message":"no","type":"{code}"}}}}"#))]);
    }
    check(Unavailable, &[(200, r#"{"error":{"message":"no","type":"error"}}"#)]);
}

/// Novita and those who run its software; hosts that say all in one word; Text Generation Inference.
#[test]
fn a_code_is_found_where_hosts_have_it() {
    for (status, kind, code, body) in [
        (
            403,
            QuotaExhausted,
            "NOT_ENOUGH_BALANCE",
            r#"{"code":403,"reason":"NOT_ENOUGH_BALANCE","message":"no","metadata":{}}"#,
        ),
        (
            403,
            Authentication,
            "INVALID_API_KEY",
            r#"{"code":403,"reason":"INVALID_API_KEY","message":"no","metadata":{}}"#,
        ),
        (404, NotFound, "MODEL_NOT_FOUND", r#"{"code":404,"reason":"MODEL_NOT_FOUND","message":"no"}"#),
        (400, RateLimited, "rate_limit_exceeded", r#"{"error":"rate_limit_exceeded","message":"no"}"#),
        (
            400,
            QuotaExhausted,
            "insufficient_balance",
            r#"{"error":{"error_type":"insufficient_balance","msg":"no"}}"#,
        ),
        (422, InvalidRequest, "validation", r#"{"error":"Input is wrong: no","error_type":"validation"}"#),
    ] {
        let error = reply(status, body);
        assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{body}");
        assert!(error.message().ends_with("no"), "{body}");
    }
    let scaleway =
        r#"{"message":"no","method":"api_key","reason":"not_found","type":"denied_authentication"}"#;
    assert_eq!(reply(401, scaleway).kind(), Authentication);
    // A status in the body of an event is one too, and more than one word is no code.
    let error = reply(200, r#"{"error":"Too Many Requests","message":"no","status":429}"#);
    assert_eq!((error.kind(), error.code()), (RateLimited, None));
}

#[test]
fn words_have_many_names() {
    for body in [
        r#"{"error":true,"message":"no such thing"}"#,
        r#"{"error":400,"message":"no such thing"}"#,
        r#"{"error":"no","detail":"no such thing"}"#,
        r#"{"error":"no such thing","detail":"in line 7"}"#,
        r#"{"errorCode":7,"errorMessage":"no such thing"}"#,
        r#"{"error_description":"no such thing"}"#,
        r#"{"status_code":400,"status_message":"no such thing"}"#,
        r#"{"error":{"code":7,"err_msg":"no such thing"}}"#,
        r#"{"code":7,"result":{"errMsg":""},"errMsg":"no such thing"}"#,
        "event:error\n:HTTP_STATUS/400\ndata:{\"code\":\"InvalidParameter\",\"message\":\"no such thing\"}\n\n",
        "no such thing",
        "no such thing\nrequest id: 7\n",
        "<html>\n<head><title>\nno such thing</title></head><body>x</body></html>",
    ] {
        assert_eq!(reply(400, body).message(), "no such thing", "{body}");
    }
    for body in ["7", "true", "{", "[7]", "<p>no</p>", "--", r#"{"a":{"message":"no"}}"#] {
        assert_eq!(reply(400, body).message(), "", "{body}");
    }
    check(Overloaded, &[(503, "model busy, retry later")]);
}

#[test]
fn times_to_wait_have_many_names() {
    for (status, body, seconds) in [
        (429, r#"{"error":"rate_limit_exceeded","message":"no","retryAfter":60}"#, 60),
        (503, r#"{"error":"Model m is currently loading","estimated_time":20.0}"#, 20),
    ] {
        assert_eq!(reply(status, body).retry_after(), Some(Duration::from_secs(seconds)), "{body}");
    }
}

#[test]
fn an_account_without_money() {
    check(
        QuotaExhausted,
        &[
            // nscale, of an empty account.
            (429, r#"{"error":{"message":"Insufficient credit","type":"x","code":"x"}}"#),
            (429, r#"{"code":"PrepaidBillOverdue","message":"no"}"#),
            (429, r#"{"code":"PostpaidBillOverdue","message":"no"}"#),
            (429, r#"{"code":"CommodityNotPurchased","message":"no"}"#),
            (429, r#"{"code":"Throttling.AllocationQuota","message":"Free allocated quota exceeded."}"#),
            (
                429,
                r#"{"error":{"code":429,"message":"Your project has exceeded its monthly spending cap.","status":"RESOURCE_EXHAUSTED"}}"#,
            ),
            (403, r#"{"error":{"code":"OperationDenied.ServiceOverdue","message":"no","type":"Forbidden"}}"#),
            (
                429,
                r#"{"error":{"code":"QuotaExceeded","message":"Your account has exhausted its free trial quota.","type":"TooManyRequests"}}"#,
            ),
            (403, r#"{"error":{"message":"该令牌额度已用尽 (request id: x)","type":"one_api_error"}}"#),
            (200, r#"{"error":{"message":"您的账户已欠费，请充值后重试。"}}"#),
            (429, r#"{"error":{"message":"Your prepayment credits are depleted."}}"#),
            (
                429,
                r#"{"error":"you (a) have reached your weekly usage limit, upgrade for higher limits: x"}"#,
            ),
            (401, r#"{"message":"Inactive subscription or usage limit reached","request_id":"r"}"#),
            (429, r#"{"error":{"message":"You have no credits remaining. Add credits to continue."}}"#),
            (429, r#"{"error":{"message":"You've reached kimi monthly usage limit"}}"#),
            (403, r#"{"error":"Insufficient funds. Please top up your balance."}"#),
        ],
    );
    // A minute's tokens, by nearly the same words.
    check(
        RateLimited,
        &[
            (
                429,
                r#"{"code":"Throttling.AllocationQuota","message":"Allocated quota exceeded, please increase your quota limit."}"#,
            ),
            (
                429,
                r#"{"error":{"code":"insufficient_quota","message":"Allocated quota exceeded, please increase your quota limit."}}"#,
            ),
            (
                429,
                r#"{"code":429,"reason":"TOKEN_LIMIT_EXCEEDED","message":"token limit exceeded, please try again later"}"#,
            ),
            (429, r#"{"message":"Too many tokens, please wait before trying again."}"#),
            (
                200,
                r#"{"error":{"code":11210,"message":"Xunfei request failed with Sid: x code: 11210, msg: NotEnoughCvError: tokens.total"}}"#,
            ),
        ],
    );
}

#[test]
fn what_servers_say_in_words_of_their_own() {
    check(
        Overloaded,
        &[
            (
                200,
                r#"{"error":{"code":"10010","message":"Xunfei request failed, msg: RecvFromEngineError: Engine Busy"}}"#,
            ),
            (
                200,
                r#"{"error":{"message":"EngineInternalError:The system is busy, please try again later."}}"#,
            ),
            (429, r#"{"detail":"Infrastructure is at maximum capacity, try again later"}"#),
            (429, r#"{"error":{"code":"x","message":"该模型当前访问量过大，请您稍后再试"}}"#),
            (
                503,
                r#"{"code":"ModelServingError","message":"Your requests are being throttled due to system capacity limits."}"#,
            ),
            (503, r#"{"error":{"code":14,"message":"ErrorQueueFull","details":[]}}"#),
            (503, r#"{"error":"This specific model is very busy at this moment.","code":"QUEUE_FULL"}"#),
        ],
    );
    check(
        RateLimited,
        &[
            (503, r#"{"error":{"message":"Rate limited by provider, try again later."}}"#),
            (502, r#"{"error":{"message":"upstream answered 429 Too Many Requests"}}"#),
            (200, r#"{"error":{"message":"Rate limit exceeded"}}"#),
        ],
    );
    check(
        Timeout,
        &[(400, r#"{"error":{"code":"invalid_prompt","message":"AiError: Request timeout (7)"}}"#)],
    );
    check(
        Unavailable,
        &[
            (429, r#"{"error":{"code":"ModelLoadingError","message":"no","type":"TooManyRequests"}}"#),
            (424, r#"{"error":"Request failed during generation: out of memory","error_type":"generation"}"#),
        ],
    );
    check(
        ContentPolicy,
        &[
            (
                451,
                r#"{"error":{"message":"The content you provided or machine outputted is blocked.","type":"x"}}"#,
            ),
            (400, r#"{"error":{"message":"no","type":"censorship_blocked"}}"#),
            (400, r#"{"code":"IPInfringementSuspect","message":"no"}"#),
            (400, r#"{"code":"CustomRoleBlocked","message":"no"}"#),
            (400, r#"{"code":"FaqRuleBlocked","message":"no"}"#),
            (400, r#"{"error":{"message":"no","type":"new_api_error","code":"sensitive_words_detected"}}"#),
            (400, r#"{"error":{"message":"no","type":"new_api_error","code":"prompt_blocked"}}"#),
        ],
    );
}

#[test]
fn what_refuses_a_request_for_good() {
    check(
        NotFound,
        &[
            (503, r#"{"error":{"message":"Incorrect model ID. Please request to view the model page"}}"#),
            (
                400,
                r#"{"error":{"message":"Model Not Exist","type":"invalid_request_error","code":"invalid_request_error"}}"#,
            ),
            (400, r#"{"error":{"message":"No such model m"}}"#),
            (400, r#"{"error":"Model \"m\" not found. Please specify a valid model."}"#),
            (400, r#"{"error":{"message":"The requested model 'm' does not exist."}}"#),
            (
                400,
                r#"{"error":{"code":"InvalidEndpoint.ClosedEndpoint","message":"no","type":"BadRequest"}}"#,
            ),
        ],
    );
    check(InvalidRequest, &[(400, r#"{"error":{"message":"The file f does not exist."}}"#)]);
    check(
        Authentication,
        &[
            (403, r#"{"error_code":"403","message":"Invalid access token. [TraceId: x]"}"#),
            (403, r#"{"detail":"Forbidden: Bad or missing Apikey/JWT."}"#),
            (403, r#"{"message":"API key is missing"}"#),
            (400, r#"{"message":"Invalid API key"}"#),
        ],
    );
    check(
        ContextLength,
        &[
            (
                400,
                r#"{"error":{"message":"The engine prompt length 1327246 exceeds the max_model_len 131072."}}"#,
            ),
            (400, r#"{"error":{"message":"too many tokens in the request"}}"#),
            (400, r#"{"error":{"message":"上下文长度超出模型限制"}}"#),
            (400, r#"{"error":{"message":"max_tokens + prompt exceeds the model's max context"}}"#),
        ],
    );
    check(PayloadTooLarge, &[(400, r#"{"code":"BadRequest.TooLarge","message":"no"}"#)]);
}

/// What hosts say without a code of their own that would tell.
#[test]
fn words_tell_where_codes_do_not() {
    let said = |words: &str| format!(r#"{{"error":{{"message":"{words}","type":"invalid_request_error"}}}}"#);
    for (kind, status, words) in [
        (ContentPolicy, 400, "Your request was rejected as a result of our safety system."),
        (ContentPolicy, 400, "This prompt contains words that violate Google's Responsible AI practices."),
        (QuotaExhausted, 403, "You have exceeded your monthly included credits for Inference Providers."),
        (QuotaExhausted, 429, "Credit limit exceeded, please add credits or upgrade your plan."),
        (Overloaded, 503, "Model too busy, unable to get response in less than 60 second(s)"),
        (MalformedOutput, 500, "error parsing tool call: raw='{prompt is too long', err=unexpected end"),
        (MalformedOutput, 500, "Failed to parse input at pos 184: <tool_call>prompt is too long"),
        (
            InvalidRequest,
            500,
            "Failed to parse tool call arguments as JSON: parse error at line 1, column 27",
        ),
        // A prompt that is too long for this minute is not too long for the model.
        (RateLimited, 429, "Number of input tokens has exceeded your per-minute rate limit."),
        (ContextLength, 400, "The number of input tokens is larger than the model takes."),
        // Claude at Vertex AI.
        (ContextLength, 413, "Prompt is too long"),
        (PayloadTooLarge, 413, "Request exceeds the maximum size"),
    ] {
        check(kind, &[(status, &said(words))]);
    }
    let aws = |code: &str| format!(r#"{{"__type":"{code}","message":"no"}}"#);
    check(RateLimited, &[(400, &aws("ThrottlingException"))]);
    check(Authentication, &[(400, &aws("com.amazon.coral.service#UnrecognizedClientException"))]);
    check(NotFound, &[(400, &said("This model version has reached the end of its life."))]);
    let passed_on = |raw: &str| {
        let raw = serde_json::Value::from(raw);
        format!(
            r#"{{"error":{{"message":"Provider returned error","code":400,"metadata":{{"raw":{raw}}}}}}}"#
        )
    };
    check(
        ContextLength,
        &[(400, &passed_on(r#"{"error":{"code":"context_length_exceeded","message":"no"}}"#))],
    );
    check(Overloaded, &[(400, &passed_on(r#"{"type":"error","error":{"type":"overloaded_error"}}"#))]);
    check(InvalidRequest, &[(400, &passed_on("at most 1 image"))]);
    check(Timeout, &[(524, "<html><head><title>524: A timeout occurred</title></head></html>")]);
}

/// In the words of the servers, which share none.
#[test]
fn what_single_hosts_say() {
    let said = |words: &str| format!(r#"{{"error":{{"message":"{words}","type":"x"}}}}"#);
    check(
        ContextLength,
        &[
            (400, &said("4310 tokens, but the maximum supported sequence length is just 4096!")),
            (
                400,
                r#"{"code":20015,"message":"length of prompt_tokens (9) must be less than max_seq_len (8).","data":null}"#,
            ),
            (400, r#"{"message":"too many tokens: total number of tokens in the prompt cannot exceed 8"}"#),
        ],
    );
    check(
        InvalidRequest,
        &[
            (
                400,
                r#"{"message":"too many tokens: max tokens must be less than or equal to 4096, the maximum output for this model"}"#,
            ),
            (
                500,
                r#"{"error":{"code":500,"message":"tools param requires --jinja flag","type":"server_error"}}"#,
            ),
            (500, r#"{"code":500,"message":"Unsupported param: tools","type":"server_error"}"#),
        ],
    );
    check(
        ContentPolicy,
        &[
            (
                424,
                r#"{"success":false,"result":[],"messages":[],"error":[{"code":2016,"message":"Prompt blocked due to security configurations"}]}"#,
            ),
            (400, &said("Request blocked by input guardrail 'strict'")),
        ],
    );
    check(
        QuotaExhausted,
        &[
            (429, r#"{"error":{"message":"quota exceeded","code":"quota_exceeded"}}"#),
            (429, r#"{"error":{"message":"no","code":"SPEND_LIMIT_EXCEEDED"}}"#),
        ],
    );
    check(
        Authentication,
        &[(403, r#"{"message":"Bearer Token has expired","__type":"AccessDeniedException"}"#)],
    );
    check(NotFound, &[(400, r#"{"error":{"code":"unavailable_model","message":"Unavailable model: m"}}"#)]);
    check(
        Overloaded,
        &[
            (
                503,
                r#"{"code":50508,"message":"System is too busy now. Please try again later.","data":null}"#,
            ),
            (200, &said("ResourceExhausted: Worker local total request limit reached (33/32)")),
        ],
    );
}
