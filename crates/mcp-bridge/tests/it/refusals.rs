//! Statuses that say no: typed, and apart from failures.

use toolgate_mcp_bridge::BridgeError;

use crate::liar::{Liar, empty, response, with_tool};
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

#[tokio::test]
async fn a_wrong_url_says_its_status() {
    let liar = Liar::start(|_| empty(404)).await;
    let error = bridge(&liar.url).tools().await.unwrap_err();
    assert!(matches!(error, BridgeError::Status { status: 404, .. }), "{error}");
}
