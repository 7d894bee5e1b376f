//! Against a real HTTP server: what is sent, what is never shown, what is not followed.

use std::sync::Arc;

use toolgate_http_client::HyperClient;
use toolgate_oauth_cc::{TokenCache, TokenSource};
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::script::credentials;

pub(crate) fn client() -> HyperClient {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    HyperClient::builder(Arc::new(tls)).with_insecure_loopback(true).build()
}

#[tokio::test]
async fn one_request_and_then_the_cache() {
    let server = MockServer::start().await;
    let token = r#"{"access_token":"canary-token","token_type":"Bearer","expires_in":3600}"#;
    Mock::given(method("POST"))
        .and(path("/token"))
        .and(header("authorization", "Basic Y2xpZW50OmNhbmFyeS1zZWNyZXQ="))
        .and(body_string("grant_type=client_credentials&scope=a+b"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(token, "application/json"))
        .expect(1)
        .mount(&server)
        .await;
    let credentials = credentials(&format!("{}/token", server.uri())).with_scopes(["b", "a"]).unwrap();
    let cache = TokenCache::new(credentials, Arc::new(client()));
    let first = cache.token().await.unwrap();
    assert_eq!(cache.token().await.unwrap(), first);
    let shown = format!("{cache:?} {first:?}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn redirects_are_not_followed_with_a_secret() {
    let server = MockServer::start().await;
    let redirect = ResponseTemplate::new(307).insert_header("location", format!("{}/evil", server.uri()));
    Mock::given(path("/token")).respond_with(redirect).expect(1).mount(&server).await;
    Mock::given(path("/evil")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    let cache = TokenCache::new(credentials(&format!("{}/token", server.uri())), Arc::new(client()));
    assert_eq!(cache.token().await.unwrap_err().kind(), "redirect_refused");
}

#[tokio::test]
async fn cleartext_needs_the_switch_before_any_byte_leaves() {
    let server = MockServer::start().await;
    let off = credentials(&format!("{}/token", server.uri())).with_insecure_loopback(false);
    assert_eq!(TokenCache::new(off, Arc::new(client())).token().await.unwrap_err().kind(), "insecure_url");
    assert!(server.received_requests().await.unwrap().is_empty());
}
