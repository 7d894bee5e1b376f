//! Statuses that say no: typed, and apart from failures.

use serde_json::json;
use toolgate_mcp_bridge::BridgeError;

use crate::liar::{Liar, empty, json_response, response, with_tool};
use crate::support::{bridge, call};

fn challenged(status: u16, challenge: &str) -> axum::response::Response {
    let mut response = empty(status);
    response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
    response
}

#[tokio::test]
async fn a_401_at_the_start_is_unauthorized_with_the_scope() {
    let liar =
        Liar::start(|_| challenged(401, r#"Bearer error="invalid_token", scope="customer:read""#)).await;
    let error = bridge(&liar.url).tools().await.unwrap_err();
    assert!(
        matches!(&error, BridgeError::Unauthorized { scope: Some(scope), .. } if scope == "customer:read"),
        "{error}"
    );
    assert!(!error.is_transient());
    assert_eq!(liar.all().len(), 1, "a refused token must not be tried again");
}

#[tokio::test]
async fn a_401_without_a_challenge_is_unauthorized_too() {
    let liar = Liar::legacy(with_tool(|_| empty(401))).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::Unauthorized { scope: None, .. }), "{error}");
}

#[tokio::test]
async fn a_403_names_the_scope_or_is_forbidden() {
    let challenge = r#"Bearer error="insufficient_scope", scope="ticket:create""#;
    let liar = Liar::legacy(with_tool(move |_| challenged(403, challenge))).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    let BridgeError::InsufficientScope { scope, .. } = &error else { panic!("{error}") };
    assert_eq!(scope.as_deref(), Some("ticket:create"));
    assert!(!error.may_have_run());

    let liar = Liar::modern(with_tool(|_| empty(403))).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn a_4xx_did_nothing_and_a_5xx_may_have() {
    let liar = Liar::legacy(with_tool(|_| {
        let mut response = empty(429);
        response.headers_mut().insert("retry-after", "7".parse().unwrap());
        response
    }))
    .await;
    let limited = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    let BridgeError::Status { status: 429, retry_after: Some(after), .. } = &limited else {
        panic!("{limited}")
    };
    assert!(after.as_secs() == 7 && limited.is_transient());

    let liar = Liar::legacy(with_tool(|_| response(502, "text/html", "<h1>canary</h1>"))).await;
    let broken = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(&broken, BridgeError::OutcomeUnknown { .. }), "{broken}");
    assert!(!broken.is_transient() && !broken.to_string().contains("canary"));
    assert_eq!(liar.asked("tools/call").len(), 1);
}

/// What a gateway, a framework or a proxy says is all that there is to go by.
#[tokio::test]
async fn a_status_brings_the_servers_words() {
    for (media_type, body, words) in [
        ("text/plain", "Invalid Host header\u{1b}[31m", "HTTP status 400: Invalid Host header\\u{1b}[31m"),
        (
            "application/json",
            r#"{"error": "Missing MCP-Protocol-Version"}"#,
            "400: Missing MCP-Protocol-Version",
        ),
        ("application/json", r#"{"error": {"status": "no", "message": "quota"}}"#, "400: quota"),
        ("application/problem+json", r#"{"title": "no", "detail": "not here"}"#, "400: not here"),
        ("text/html", "<h1>canary</h1>", "HTTP status 400"),
        ("application/json", "{}", "HTTP status 400"),
        ("text/plain", " ", "HTTP status 400"),
    ] {
        let liar = Liar::legacy(with_tool(move |_| response(400, media_type, body))).await;
        let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
        assert!(
            matches!(&error, BridgeError::Status { status: 400, .. }) && !error.may_have_run(),
            "{error}"
        );
        assert!(error.to_string().ends_with(words), "{error}");
    }
    let liar = Liar::legacy(with_tool(|_| response(503, "text/plain", "no upstream"))).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(error.may_have_run() && error.to_string().contains("503: no upstream"), "{error}");
}

#[tokio::test]
async fn too_many_requests_are_that_in_json_rpc_too() {
    let body = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Rate limit exceeded"}}"#;
    let liar = Liar::legacy(with_tool(move |_| {
        let mut response = response(429, "application/json", body);
        response.headers_mut().insert("retry-after", "7".parse().unwrap());
        response
    }))
    .await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(&error, BridgeError::Status { status: 429, retry_after: Some(_), .. }), "{error}");
    assert!(error.is_transient() && !error.may_have_run(), "{error}");
    assert!(error.to_string().ends_with("429: Rate limit exceeded"), "{error}");
}

/// As Slack has it, and others.
#[tokio::test]
async fn an_error_that_is_none_by_the_standard_brings_its_words() {
    for error in [
        json!("cursor_invalid"),
        json!({"code": "E_CURSOR", "message": "cursor_invalid"}),
        json!({"message": "cursor_invalid"}),
    ] {
        let liar = Liar::legacy(with_tool(move |ask| {
            json_response(200, &json!({"jsonrpc": "2.0", "id": ask.id, "error": error}))
        }))
        .await;
        let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
        assert!(
            matches!(&error, BridgeError::Refused { message, .. } if message == "cursor_invalid"),
            "{error}"
        );
        assert!(error.may_have_run(), "nobody knows: {error}");
    }
    for none in [json!(7), json!({"code": -32000}), json!([])] {
        let liar = Liar::legacy(with_tool(move |ask| {
            json_response(200, &json!({"jsonrpc": "2.0", "id": ask.id, "error": none}))
        }))
        .await;
        let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
        assert!(matches!(&error, BridgeError::Protocol { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_url_says_its_status() {
    let liar = Liar::start(|_| empty(404)).await;
    let error = bridge(&liar.url).tools().await.unwrap_err();
    assert!(matches!(error, BridgeError::Status { status: 404, .. }), "{error}");
}
