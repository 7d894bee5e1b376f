//! Accounts that are empty, and those that asked too much for now: the same status at many providers.

use std::time::Duration;

use toolgate_llm_providers::ErrorKind::{PayloadTooLarge, QuotaExhausted, RateLimited};

use super::{check, reply};

const MINUTE: &str = r#"{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 18.2s.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},{"retryDelay":"18s"}]}}"#;
const DAY: &str = r#"{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 18.2s.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"retryDelay":"18s"}]}}"#;

#[test]
fn a_days_quota_does_not_come_back_in_seconds() {
    assert_eq!(reply(429, MINUTE).retry_after(), Some(Duration::from_secs(18)));
    assert_eq!(reply(429, DAY).retry_after(), None);
}

/// The same by a word of its own, and a delay below a second.
#[test]
fn a_limit_of_a_day_and_a_short_delay() {
    let body = |quota: &str, delay: &str| {
        format!(
            r#"{{"error":{{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED","details":[{{"violations":[{{"quotaId":"{quota}"}}]}},{{"retryDelay":"{delay}"}}]}}}}"#
        )
    };
    let told = |quota, delay| {
        let error = reply(429, &body(quota, delay));
        (error.kind(), error.retry_after())
    };
    assert_eq!(told("GenerateContentDailyRequests", "18s"), (QuotaExhausted, None));
    assert_eq!(told("RequestsPerMinute", "900ms"), (RateLimited, Some(Duration::from_millis(900))));
    assert_eq!(told("RequestsPerMinute", "1.5s"), (RateLimited, Some(Duration::from_millis(1500))));
}

/// Bedrock says so by the code that it has for a limit of a minute, too.
#[test]
fn tokens_of_a_day_do_not_come_back_after_a_pause() {
    for code in ["", r#""__type":"ThrottlingException","#] {
        let body = |words: &str| format!(r#"{{{code}"message":"{words}"}}"#);
        check(
            QuotaExhausted,
            &[
                (429, &body("Too many tokens per day, please wait before trying again.")),
                (429, &body("An error occurred (ThrottlingException): Too many tokens per day, please wait")),
            ],
        );
        check(RateLimited, &[(429, &body("Too many tokens, please wait before trying again."))]);
    }
}

#[test]
fn an_account_that_has_to_be_filled_first() {
    check(
        QuotaExhausted,
        &[
            (
                400,
                r#"{"error":{"type":"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on 2026-01-01"}}"#,
            ),
            (
                403,
                r#"{"code":"permission denied","error":"Your newly created team doesn't have any credits or licenses yet."}"#,
            ),
            (
                403,
                r#"{"errors":[{"code":"token_quota_reached","message":"This api request exceeded token quota limit."}],"status_code":403}"#,
            ),
            (
                412,
                r#"{"error":{"code":"PRECONDITION_FAILED","message":"Account a is suspended, possibly due to reaching the monthly spending limit","type":"error"}}"#,
            ),
            (429, r#"{"message":"You are using a Trial key, which is limited to 1000 API calls / month."}"#),
            (403, r#"{"code":30001,"message":"Sorry, your account balance is insufficient","data":null}"#),
            (
                429,
                r#"{"type":"error","error":{"type":"insufficient_balance_error","message":"insufficient balance (1008)"}}"#,
            ),
            (
                429,
                r#"{"error":{"code":"SetLimitExceeded","message":"Your account has reached the set inference limit","type":"TooManyRequests"}}"#,
            ),
            (
                403,
                r#"{"error":{"code":"AllocationQuota.FreeTierOnly","message":"The free tier of the model has been exhausted."}}"#,
            ),
            (403, r#"{"error":{"message":"Key limit exceeded (total limit).","code":403}}"#),
            (403, r#"{"error":{"message":"your subscription payment is past due.","type":"api_error"}}"#),
            (
                429,
                r#"{"errors":[{"message":"AiError: you have used up your daily free allocation of 10,000 neurons","code":4006}],"success":false}"#,
            ),
            (429, r#"{"error":{"code":"1309","message":"Your plan has expired"}}"#),
            (
                429,
                r#"{"error":{"type":"insufficient_quota","code":"project_spend_limit_exceeded","message":"no"}}"#,
            ),
            (429, r#"{"error":{"type":"tokens","code":"credit_balance_exhausted","message":"no"}}"#),
            (403, r#"{"error":{"message":"You've reached your usage limit for this billing cycle."}}"#),
            (
                429,
                r#"{"error":{"type":"rate_limit_error","message":"no","details":{"error_code":"enforced_spend_limit_reached"}}}"#,
            ),
        ],
    );
}

#[test]
fn an_account_with_nothing_left() {
    check(
        QuotaExhausted,
        &[
            (
                429,
                r#"{"error":{"type":"rate_limit_error","message":"Usage credits are required for this model.","details":{"error_code":"credits_required"}}}"#,
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"You're out of extra usage."}}"#,
            ),
            (403, r#"{"error":{"message":"Insufficient credits","code":403}}"#),
            (
                403,
                r#"{"error":{"message":"Budget limit exceeded","code":403,"metadata":{"limit_source":"openrouter_workspace_budget"}}}"#,
            ),
            (
                402,
                r#"{"error":{"message":"no","code":402,"metadata":{"reason":"weight_exceeds_budget","limit_source":"openrouter_credits"}}}"#,
            ),
            (
                401,
                r#"{"type":"error","error":{"type":"CreditsError","message":"No payment method. Add one here"}}"#,
            ),
            (401, r#"{"type":"error","error":{"type":"MonthlyLimitError","message":"no"}}"#),
            (
                403,
                r#"{"error":{"message":"user quota is not enough","type":"new_api_error","code":"insufficient_user_quota"}}"#,
            ),
            (
                403,
                r#"{"error":{"message":"no","type":"one_api_error","code":"pre_consume_token_quota_failed"}}"#,
            ),
            (
                429,
                r#"{"type":"error","error":{"type":"rate_limit_error","code":"1310","message":"[1310][Weekly/Monthly Limit Exhausted. Your limit will reset at 2026-07-14 07:49:08]"}}"#,
            ),
            (
                429,
                r#"{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED","details":[{"reason":"QUOTA_EXHAUSTED"}]}}"#,
            ),
            (429, DAY),
        ],
    );
}

#[test]
fn too_much_for_now() {
    check(
        RateLimited,
        &[
            (503, r#"{"error":{"type":"rate_limit_error","code":"slow_down","message":"no"}}"#),
            // Tokens in a minute, in OpenAI's words for an empty account; the page that is linked says so (Alibaba).
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota. For details, see: https://docs.example/error-code#token-limit","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            ),
            (
                402,
                r#"{"error":{"message":"This request would exceed your available credits given your current in-flight requests.","code":402,"metadata":{"reason":"in_flight_budget_exhausted","limit_source":"openrouter_in_flight_budget","headers":{"Retry-After":"120"}}}}"#,
            ),
            (429, MINUTE),
            (429, r#"{"status":429,"title":"Too Many Requests"}"#),
            (
                429,
                r#"{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"Exceeded workspace input tokens per minute rate limit"}"#,
            ),
            (
                429,
                r#"{"message":"Tokens per minute limit exceeded - too many tokens processed.","type":"too_many_tokens_error","code":"token_quota_exceeded"}"#,
            ),
            (
                429,
                r#"{"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED"}}"#,
            ),
            (
                429,
                r#"{"error":{"code":"1308","message":"Usage limit reached for 5 hour. Your limit will reset at 2026-08-27 21:31:39"}}"#,
            ),
            (200, r#"{"error":{"message":"rate limit exceeded","code":"rate_limited"}}"#),
            (
                429,
                r#"{"errors":[{"code":"consumption_limit_reached","message":"Consumption limit reached"}],"status_code":429}"#,
            ),
        ],
    );
    check(
        PayloadTooLarge,
        &[(
            429,
            r#"{"error":{"message":"Request too large for m on tokens per min (TPM): Limit 30000, Requested 50000.","type":"tokens","code":"rate_limit_exceeded"}}"#,
        )],
    );
}
