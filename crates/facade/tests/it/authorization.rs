//! Tokens of other makes of servers, by configuration alone; the server answers from memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use toolgate::{Config, Environment, HttpClient, HttpError, NoToken, Toolgate};
use toolgate_http_client::{Body, Request, Response};

/// An authorization server with opaque tokens.
#[derive(Default)]
struct Opaque {
    asked_for_tokens: AtomicUsize,
    asked_about: AtomicUsize,
    revoked: AtomicUsize,
}

#[async_trait]
impl HttpClient for Opaque {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let said = String::from_utf8_lossy(request.body()).into_owned();
        let answer = match request.uri().path() {
            "/token" => {
                assert!(said.contains("audience=https%3A%2F%2Fapi.example"), "{said}");
                self.asked_for_tokens.fetch_add(1, Ordering::SeqCst);
                r#"{"access_token":"0paque","token_type":"bearer","expires_in":600}"#
            }
            "/introspect" => {
                assert!(said.contains("token=0paque"), "{said}");
                self.asked_about.fetch_add(1, Ordering::SeqCst);
                r#"{"active":true,"client_id":"crm","exp":99999999999,"scope":"customer:read"}"#
            }
            "/revoke" => {
                self.revoked.fetch_add(1, Ordering::SeqCst);
                "{}"
            }
            other => panic!("nothing is at {other}"),
        };
        let answer = http::Response::builder()
            .header("content-type", "application/json")
            .body(Body::from(bytes::Bytes::from(answer)));
        Ok(answer.unwrap())
    }
}

fn config() -> Config {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("toolgate.toml");
    let text = r#"
        [oauth]
        token_url = "https://as.example/token"
        client_id = "crm"
        parameters = { audience = "https://api.example" }
        introspection_url = "https://as.example/introspect"
        revocation_url = "https://as.example/revoke"
        revoke_on_close = true
        [oauth.accept]
        introspect = true
        client_id_audience = true
    "#;
    std::fs::write(&file, text).unwrap();
    let mut config = Config::from_file(&file).unwrap();
    config.environment = Environment::from_iter([("OAUTH_CLIENT_SECRET", "s")]);
    config
}

#[tokio::test]
async fn an_opaque_token_is_what_its_server_says_until_it_is_given_back() {
    let server = Arc::new(Opaque::default());
    let toolgate = Toolgate::open_with(config(), server.clone()).unwrap();
    for _ in 0..3 {
        let (_, verified) = toolgate.token().await.unwrap();
        assert_eq!(verified.scopes().to_string(), "customer:read");
    }
    assert_eq!(server.asked_for_tokens.load(Ordering::SeqCst), 1);
    assert_eq!(server.asked_about.load(Ordering::SeqCst), 1, "its word counts for a while");
    toolgate.close().await.unwrap();
    assert_eq!(server.revoked.load(Ordering::SeqCst), 1);
    toolgate.token().await.unwrap();
    assert_eq!(server.asked_for_tokens.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_opaque_token_nobody_said_to_ask_about_is_refused_with_the_mend() {
    let mut config = config();
    config.oauth.accept.introspect = false;
    let toolgate = Toolgate::open_with(config, Arc::new(Opaque::default())).unwrap();
    let error = toolgate.token().await.unwrap_err();
    assert!(matches!(&error, toolgate::Error::NoToken(NoToken::Opaque)), "{error}");
    assert!(error.to_string().contains("introspect = true"), "{error}");
}

#[tokio::test]
async fn what_the_server_must_have_is_asked_for_when_it_is_missing() {
    let mut config = config();
    config.oauth.introspection_url = None;
    let refused = Toolgate::open_with(config, Arc::new(Opaque::default())).unwrap_err().to_string();
    assert!(refused.contains("introspection_url"), "{refused}");
}
