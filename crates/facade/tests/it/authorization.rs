//! Tokens of other makes of servers, by configuration alone; the server answers from memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use toolgate::{Config, Environment, HttpClient, HttpError, NoToken, Toolgate};
use toolgate_http_client::{Body, Request, Response, SendOptions};

/// An authorization server with opaque tokens. They are bound to the key of a client that proves one.
#[derive(Default)]
pub(crate) struct Opaque {
    /// In how many seconds tokens expire; far away by default.
    expires_in: Option<i64>,
    bound_to: Mutex<Option<String>>,
    asked_for_tokens: AtomicUsize,
    asked_about: AtomicUsize,
    revoked: AtomicUsize,
    /// The hosts to which a request might only go if they are public.
    public_only: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl HttpClient for Opaque {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let said = String::from_utf8_lossy(request.body()).into_owned();
        if SendOptions::of(&request).public_only {
            self.public_only.lock().unwrap().insert(request.uri().host().unwrap().to_owned());
        }
        let answer = match request.uri().path() {
            "/.well-known/oauth-authorization-server" => json!({
                "issuer": "https://as.example",
                "token_endpoint": "https://as.example/token",
                "introspection_endpoint": "https://asked.example/introspect",
                "revocation_endpoint": "https://given-back.example/revoke",
                "tls_client_certificate_bound_access_tokens": true,
            }),
            "/token" => {
                assert!(said.contains("audience=https%3A%2F%2Fapi.example"), "{said}");
                self.asked_for_tokens.fetch_add(1, Ordering::SeqCst);
                let proof = request.headers().get("dpop").map(|proof| proof.to_str().unwrap());
                *self.bound_to.lock().unwrap() = proof.map(thumbprint);
                let token_type = proof.map_or("bearer", |_| "DPoP");
                json!({"access_token": "0paque", "token_type": token_type, "expires_in": 600})
            }
            "/introspect" => {
                assert!(said.contains("token=0paque"), "{said}");
                self.asked_about.fetch_add(1, Ordering::SeqCst);
                let exp = self.expires_in.map_or(99_999_999_999, |seconds| now() + seconds);
                let mut said =
                    json!({"active": true, "client_id": "crm", "exp": exp, "scope": "customer:read"});
                if let Some(jkt) = &*self.bound_to.lock().unwrap() {
                    said["cnf"] = json!({"jkt": jkt});
                }
                said
            }
            "/revoke" => {
                self.revoked.fetch_add(1, Ordering::SeqCst);
                json!({})
            }
            other => panic!("nothing is at {other}"),
        };
        let answer = http::Response::builder()
            .header("content-type", "application/json")
            .body(Body::from(bytes::Bytes::from(answer.to_string())));
        Ok(answer.unwrap())
    }
}

fn now() -> i64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().try_into().unwrap()
}

/// Of the key that a DPoP proof carries (RFC 7638).
fn thumbprint(proof: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(proof.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    let members: BTreeMap<&str, &Value> =
        ["crv", "kty", "x", "y"].iter().filter_map(|name| Some((*name, header["jwk"].get(*name)?))).collect();
    URL_SAFE_NO_PAD.encode(Sha256::digest(serde_json::to_string(&members).unwrap()))
}

pub(crate) fn config() -> Config {
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

/// DI-14: a name that a server chose may lead into this network.
#[tokio::test]
async fn endpoints_that_a_server_names_elsewhere_must_be_public() {
    let server = Arc::new(Opaque::default());
    let named = |name: &str| server.public_only.lock().unwrap().contains(name);
    let mut config = config();
    (config.oauth.issuer, config.oauth.token_url) = (Some("https://as.example".to_owned()), None);
    (config.oauth.introspection_url, config.oauth.revocation_url) = (None, None);
    config.oauth.audience = vec!["crm".to_owned()];
    let toolgate = Toolgate::open_with(config, server.clone()).unwrap();
    toolgate.token().await.unwrap();
    toolgate.close().await.unwrap();
    assert_eq!(server.revoked.load(Ordering::SeqCst), 1);
    assert!(named("asked.example") && named("given-back.example") && !named("as.example"));
}

/// A token that its server has revoked is used no longer than that.
#[tokio::test(start_paused = true)]
async fn the_word_of_a_server_counts_for_a_minute() {
    let server = Arc::new(Opaque::default());
    let toolgate = Toolgate::open_with(config(), server.clone()).unwrap();
    for (seconds, asked) in [(0, 1), (59, 1), (1, 2), (59, 2)] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        toolgate.token().await.unwrap();
        assert_eq!(server.asked_about.load(Ordering::SeqCst), asked);
    }
}

/// Within the leeway it may still be good, but only its server can say so.
#[tokio::test]
async fn the_word_of_a_server_counts_no_longer_than_the_token() {
    let server = Arc::new(Opaque { expires_in: Some(-10), ..Opaque::default() });
    let toolgate = Toolgate::open_with(config(), server.clone()).unwrap();
    for asked in [1, 2] {
        toolgate.token().await.unwrap();
        assert_eq!(server.asked_about.load(Ordering::SeqCst), asked);
    }
}

/// A client with a key takes the token that is bound to it.
#[tokio::test]
async fn a_token_that_is_bound_to_the_clients_own_key_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("dpop.pem");
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    std::fs::write(&key, pair.serialize_pem()).unwrap();
    let mut config = config();
    config.oauth.dpop_key_file = Some(key);
    let toolgate = Toolgate::open_with(config, Arc::new(Opaque::default())).unwrap();
    let (_, verified) = toolgate.token().await.unwrap();
    assert!(verified.is_sender_constrained());
}

#[tokio::test]
async fn an_opaque_token_nobody_said_to_ask_about_is_refused_with_the_mend() {
    let mut config = config();
    (config.oauth.accept.introspect, config.oauth.introspection_url) = (false, None);
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

/// JV-14: AD FS calls itself by an http URL in its tokens, and Stytch by none: a name to compare, where nothing is asked.
#[tokio::test]
async fn an_issuer_may_be_a_name_where_nothing_is_looked_for_at_it() {
    for name in ["http://fs.example/adfs/services/trust", "stytch.com/project-live-1"] {
        let mut config = config();
        config.oauth.issuer = Some(name.to_owned());
        let refused = Toolgate::open_with(config.clone(), Arc::new(Opaque::default())).err().unwrap();
        assert!(refused.to_string().contains("OAUTH_JWKS_URL"), "{refused}");
        config.oauth.jwks_url = Some("https://as.example/jwks".to_owned());
        let toolgate = Toolgate::open_with(config, Arc::new(Opaque::default())).unwrap();
        assert_eq!(toolgate.token().await.unwrap().1.issuer(), name);
    }
}
