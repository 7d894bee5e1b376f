//! What a provider says behind a gateway, which leaves its code out, and what gateways say of their own keys and budgets.

use toolgate_llm_providers::ErrorKind::*;

use super::check;

#[test]
fn a_prompt_that_is_too_long_by_words_alone() {
    check(
        ContextLength,
        &[
            (
                400,
                r#"{"error":{"code":"InvalidParameter","message":"Total tokens of image and text exceed max message tokens.","param":"","type":"BadRequest"}}"#,
            ),
            (400, r#"{"error":{"code":"OutofContextError","message":"no","type":"BadRequest"}}"#),
            (
                400,
                r#"{"object":"error","message":"The sum of prompt length (72417.0), query length (0) should not exceed max_num_tokens (69632)","type":"BadRequestError","code":400}"#,
            ),
            (
                400,
                r#"{"error":{"message":"Input tokens exceed the configured limit of 192000 tokens. Your messages resulted in 504379 tokens."}}"#,
            ),
        ],
    );
}

#[test]
fn content_that_is_refused_by_words_alone() {
    check(
        ContentPolicy,
        &[
            (
                400,
                r#"{"error":{"message":"The request was rejected because it was considered high risk","type":"invalid_request_error"}}"#,
            ),
            (
                400,
                r#"{"error":{"message":"Input data may contain inappropriate content","code":"bad_response"}}"#,
            ),
            (400, r#"{"message":"This request has been blocked by our content filters."}"#),
            (200, r#"{"error":{"message":"系统检测到输入或生成内容可能包含不安全或敏感内容。"}}"#),
        ],
    );
}

/// LiteLLM's proxy, which answers 429 to an empty budget too, and 401 to a model that a key may not ask.
#[test]
fn a_key_of_the_gateways_own() {
    for status in [400, 429] {
        let budget = r#"{"error":{"message":"Budget has been exceeded! Current cost: 1.0, Max budget: 0.05","type":"budget_exceeded","param":null,"code":"429"}}"#;
        let words = r#"{"error":{"message":"ExceededBudget: User=u over budget. Spend=20.1, Budget=20","type":null,"code":"400"}}"#;
        check(QuotaExhausted, &[(status, budget), (status, words)]);
    }
    let of_models = |kind: &str| {
        format!(r#"{{"error":{{"message":"no","type":"{kind}","param":"model","code":"401"}}}}"#)
    };
    for kind in ["key_model_access_denied", "team_model_access_denied"] {
        check(Permission, &[(401, &of_models(kind)), (403, &of_models(kind))]);
    }
    for kind in ["expired_key", "token_not_found_in_db"] {
        check(Authentication, &[(400, &of_models(kind))]);
    }
}

/// AWS, where the head is lost; Cloudflare.
#[test]
fn a_key_that_is_none_by_words_alone() {
    check(
        Authentication,
        &[
            (403, r#"{"message":"The security token included in the request is invalid."}"#),
            (
                403,
                r#"{"message":"The request signature we calculated does not match the signature you provided."}"#,
            ),
            (
                400,
                r#"{"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,"message":"Invalid format for Authorization header"}]}]}"#,
            ),
            (
                403,
                r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"result":null}"#,
            ),
        ],
    );
}

#[test]
fn a_limit_of_requests_in_the_middle_of_a_stream() {
    check(
        RateLimited,
        &[
            (200, r#"{"error":{"code":"1302","message":"no"}}"#),
            (200, r#"{"error":{"message":"您的账户已达到速率限制，请您控制请求频率"}}"#),
            (200, r#"{"error":{"message":"BedrockException - ThrottlingException: slow down"}}"#),
        ],
    );
}
