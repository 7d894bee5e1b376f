//! `private_key_jwt` as the token endpoint sees it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::Value;
use toolgate_oauth_cc::{
    ClientAuthentication, ClientCredentials, PrivateKeyJwt, Secret, SigningAlgorithm, SigningKey, TokenCache,
    TokenSource,
};

use crate::script::{Script, Step};

/// RFC 8037 appendix A.1.
pub(crate) fn key() -> SigningKey {
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","kid":"k1",
        "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    SigningKey::from_jwk(&Secret::new(jwk), SigningAlgorithm::EdDSA).unwrap()
}

pub(crate) fn claims(jws: &str) -> Value {
    serde_json::from_slice(&BASE64URL.decode(jws.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn parameter(body: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(body).find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

fn cache(script: &Arc<Script>, issuer: Option<&str>) -> TokenCache {
    let authentication = ClientAuthentication::PrivateKeyJwt(PrivateKeyJwt::new(key()));
    let mut credentials =
        ClientCredentials::new("https://as.example/t1/token", "client", authentication).unwrap();
    if let Some(issuer) = issuer {
        credentials = credentials.with_issuer(issuer).unwrap();
    }
    TokenCache::new(credentials, Arc::<Script>::clone(script))
}

#[tokio::test(start_paused = true)]
async fn every_attempt_signs_anew() {
    let script = Script::new([Step::error(503, "temporarily_unavailable"), Step::token(600)]);
    cache(&script, Some("https://as.example/t1")).token().await.unwrap();
    let requests = script.requests.lock().unwrap();
    assert_eq!(requests.len(), 2);
    let mut ids = Vec::new();
    for request in requests.iter() {
        assert!(request.headers().get("authorization").is_none());
        let body = request.body();
        assert_eq!(parameter(body, "client_secret"), None);
        let kind = parameter(body, "client_assertion_type").unwrap();
        assert_eq!(kind, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let claims = claims(&parameter(body, "client_assertion").unwrap());
        assert_eq!((&claims["aud"], &claims["sub"]), (&"https://as.example/t1".into(), &"client".into()));
        ids.push(claims["jti"].as_str().unwrap().to_owned());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test(start_paused = true)]
async fn without_an_issuer_no_assertion_leaves() {
    let script = Script::new([Step::token(600)]);
    assert_eq!(cache(&script, None).token().await.unwrap_err().kind(), "configuration");
    assert_eq!(script.count(), 0);
}
