//! Where keys come from, and what answers with them: addresses, media types, what a server says about keeping them (JK-01,
//! JK-02, JV-09).

use std::sync::Arc;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use serde_json::json;
use tokio::time::advance;
use toolgate_jwt_verify::RemoteKeys;

use super::{SECOND, kind, publish, settle};
use crate::issuer::{Answer, Issuer, verifier};
use crate::signer::{Signer, claims};

#[tokio::test(start_paused = true)]
async fn cache_control_and_etag_are_honoured() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    issuer.set_header(CACHE_CONTROL, "max-age=3600");
    issuer.set_header(ETAG, "\"v1\"");
    let (verifier, token) = (issuer.verifier(), signer.token(&claims()));
    kind(&verifier, &token).await;
    advance(3599 * SECOND).await;
    kind(&verifier, &token).await;
    settle().await;
    assert_eq!(issuer.requests(), 1);
    issuer.set(Answer::Status(304));
    advance(SECOND).await;
    kind(&verifier, &token).await;
    settle().await;
    assert_eq!(issuer.requests(), 2);
    assert_eq!(issuer.last_request()[IF_NONE_MATCH], "\"v1\"");
    let health = verifier.key_health();
    assert_eq!((health.age, health.last_failure.is_none()), (Some(Duration::ZERO), true));
    assert_eq!(kind(&verifier, &token).await, "good");
}

#[tokio::test(start_paused = true)]
async fn a_304_that_nobody_asked_for_is_no_key_set() {
    let issuer = Issuer::new(Answer::Status(304));
    assert_eq!(kind(&issuer.verifier(), &Signer::ed25519("1").token(&claims())).await, "http_status");
}

#[test]
fn jk_01_keys_come_by_https() {
    let issuer = Issuer::new(Answer::Stall);
    let kind =
        |url| RemoteKeys::new(url, Arc::clone(&issuer) as _).map_or_else(|error| error.kind(), |_| "taken");
    assert_eq!(kind("http://as.example/jwks"), "insecure_url");
    assert_eq!(kind("http://localhost:9000/jwks"), "taken");
    for bad in ["/jwks", "file:///jwks", "https://user:pw@as.example/", ""] {
        assert_eq!(kind(bad), "configuration", "{bad}");
    }
}

#[tokio::test(start_paused = true)]
async fn jk_01_keys_that_a_server_named_come_from_public_addresses() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    for public_only in [false, true] {
        let verifier = verifier(issuer.keys().with_public_only(public_only));
        assert_eq!(kind(&verifier, &signer.token(&claims())).await, "good");
        assert_eq!(issuer.last_options().public_only, public_only);
    }
}

#[tokio::test(start_paused = true)]
async fn jk_02_json_of_every_name_is_taken_and_nothing_else() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    for (content_type, expected) in [
        ("application/json", "good"),
        ("Application/JSON; charset=utf-8", "good"),
        ("application/jwk-set+json", "good"),
        ("text/html", "malformed"),
        ("text/plain; charset=utf-8", "malformed"),
        ("application/jsonp", "malformed"),
    ] {
        issuer.set_header(CONTENT_TYPE, content_type);
        assert_eq!(kind(&issuer.verifier(), &signer.token(&claims())).await, expected, "{content_type}");
    }
}

/// The issuer's client refuses every other URL, so a fetch of any of these would fail the test.
#[tokio::test(start_paused = true)]
async fn jv_09_no_token_says_where_its_key_is() {
    let (signer, thief) = (Signer::ed25519("1"), Signer::ed25519("1"));
    let issuer = Issuer::new(publish(&[&signer]));
    let verifier = issuer.verifier();
    let header = json!({
        "alg": "EdDSA", "kid": "1", "jwk": thief.jwk(), "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/cert", "x5c": ["AAAA"], "x5t": "AAAA",
    });
    assert_eq!(kind(&verifier, &thief.sign(&header, &claims())).await, "bad_signature");
    assert_eq!(kind(&verifier, &signer.sign(&header, &claims())).await, "good");
    assert_eq!(issuer.requests(), 1);
}
