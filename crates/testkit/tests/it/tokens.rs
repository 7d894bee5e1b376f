//! The tokens themselves, checked with jsonwebtoken against the published keys.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Header, Validation, decode, decode_header};
use serde_json::Value;
use toolgate_testkit::{Algorithm, OAuthServer, OAuthSettings, TokenShape};

use crate::client::Client;
use crate::oauth::{BASIC, GRANT, start};

const RESOURCE: &str = "https://localhost:8001/mcp";

async fn issue(server: &OAuthServer, client: &Client, form: &str) -> String {
    let body = client.post_form(server.token_url(), BASIC, form).await.json();
    body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {body}")).to_owned()
}

async fn published(server: &OAuthServer, client: &Client) -> JwkSet {
    serde_json::from_slice(&client.fetch(server.jwks_url()).await.body).unwrap()
}

/// Verifies with the key named by `kid`, or the first one.
fn verify(keys: &JwkSet, issuer: &str, audience: &str, token: &str) -> Result<(Header, Value), Error> {
    let header = decode_header(token)?;
    let jwk = match &header.kid {
        Some(kid) => keys.find(kid).ok_or(ErrorKind::InvalidKeyFormat)?,
        None => &keys.keys[0],
    };
    let mut validation = Validation::new(header.alg);
    validation.leeway = 0;
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    let verified = decode(token, &DecodingKey::from_jwk(jwk)?, &validation)?;
    Ok((verified.header, verified.claims))
}

#[tokio::test]
async fn the_articles_shape_without_a_resource() {
    let (server, client) = start(OAuthSettings::default()).await;
    let token = issue(&server, &client, GRANT).await;
    let keys = published(&server, &client).await;
    let (header, claims) = verify(&keys, server.issuer(), "openai-mcp-client", &token).unwrap();
    assert_eq!((header.kid, header.typ.as_deref()), (None, Some("JWT")));
    assert_eq!(claims["scope"], "customer:read ticket:create account:calculate");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!((3595..=3600).contains(&(claims["exp"].as_u64().unwrap() - now)), "{claims}");
}

#[tokio::test]
async fn rfc_9068s_shape_with_a_resource_in_both_algorithms() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        let settings = OAuthSettings::default().with_algorithm(algorithm).with_resource(RESOURCE);
        let (server, client) = start(settings).await;
        let token = issue(&server, &client, &format!("{GRANT}&resource={RESOURCE}")).await;
        let keys = published(&server, &client).await;
        let (header, claims) = verify(&keys, server.issuer(), RESOURCE, &token).unwrap();
        assert_eq!(format!("{:?}", header.alg), algorithm.name());
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(header.kid, keys.keys[0].common.key_id);
        assert_eq!((&claims["client_id"], &claims["aud"]), (&"openai-mcp-client".into(), &RESOURCE.into()));
    }
}

#[tokio::test]
async fn a_shape_can_be_fixed() {
    let settings = OAuthSettings::default().with_shape(TokenShape::Plain).with_resource(RESOURCE);
    let (server, client) = start(settings).await;
    let token = issue(&server, &client, &format!("{GRANT}&resource={RESOURCE}")).await;
    let keys = published(&server, &client).await;
    assert!(verify(&keys, server.issuer(), "openai-mcp-client", &token).is_ok());
}

#[tokio::test]
async fn two_tokens_of_one_second_differ() {
    let (server, client) = start(OAuthSettings::default()).await;
    assert_ne!(issue(&server, &client, GRANT).await, issue(&server, &client, GRANT).await);
}

#[tokio::test]
async fn rotation_replaces_the_published_key() {
    let settings = OAuthSettings::default().with_algorithm(Algorithm::Es256).with_shape(TokenShape::Modern);
    let (server, client) = start(settings).await;
    let aud = "openai-mcp-client";
    let before = issue(&server, &client, GRANT).await;
    server.controls().add_key();
    let both = published(&server, &client).await;
    let after = issue(&server, &client, GRANT).await;
    assert_eq!(both.keys.len(), 2);
    for token in [&before, &after] {
        assert!(verify(&both, server.issuer(), aud, token).is_ok());
    }
    server.controls().retire_keys();
    let one = published(&server, &client).await;
    assert_eq!(verify(&one, server.issuer(), aud, &before).unwrap_err().kind(), &ErrorKind::InvalidKeyFormat);
    assert!(verify(&one, server.issuer(), aud, &after).is_ok());
    server.controls().rotate_keys();
    let other = published(&server, &client).await;
    assert_eq!(other.keys.len(), 1);
    assert_ne!(other.keys[0].common.key_id, one.keys[0].common.key_id);
}

#[tokio::test]
async fn bad_tokens_on_request_are_bad_in_one_way() {
    let (server, client) = start(OAuthSettings::default().with_algorithm(Algorithm::Es256)).await;
    let controls = server.controls();
    let keys = published(&server, &client).await;
    let check = |token: &str| verify(&keys, server.issuer(), "openai-mcp-client", token);

    controls.forge_tokens(true);
    let forged = issue(&server, &client, GRANT).await;
    controls.forge_tokens(false);
    assert_eq!(check(&forged).unwrap_err().kind(), &ErrorKind::InvalidSignature);

    controls.wrong_audience(true);
    let misdirected = issue(&server, &client, GRANT).await;
    controls.wrong_audience(false);
    assert_eq!(check(&misdirected).unwrap_err().kind(), &ErrorKind::InvalidAudience);

    controls.expire_tokens(true);
    let expired = issue(&server, &client, GRANT).await;
    controls.expire_tokens(false);
    assert_eq!(check(&expired).unwrap_err().kind(), &ErrorKind::ExpiredSignature);

    assert!(check(&issue(&server, &client, GRANT).await).is_ok());
}

#[tokio::test]
async fn a_slow_endpoint_is_slow() {
    let (server, client) = start(OAuthSettings::default().with_algorithm(Algorithm::Es256)).await;
    server.controls().set_token_delay(Duration::from_millis(40));
    let started = std::time::Instant::now();
    issue(&server, &client, GRANT).await;
    assert!(started.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn each_make_asks_and_answers_in_its_own_way() {
    let settings = |shape| OAuthSettings::default().with_shape(shape).with_resource(RESOURCE);
    let issued = async |settings, form: &str, audience: &str| {
        let (server, client) = start(settings).await;
        let token = issue(&server, &client, form).await;
        let keys = published(&server, &client).await;
        let (header, claims) = verify(&keys, server.issuer(), audience, &token).unwrap();
        assert_eq!((header.typ.as_deref(), header.kid.is_some()), (Some("JWT"), true));
        claims
    };
    let claims = issued(settings(TokenShape::Keycloak), GRANT, RESOURCE).await;
    assert_eq!(claims["scope"], "customer:read ticket:create account:calculate");

    let form = format!("{GRANT}&audience={RESOURCE}");
    let claims = issued(settings(TokenShape::Auth0), &form, RESOURCE).await;
    assert!(claims["iss"].as_str().unwrap().ends_with('/'), "{claims}");

    let entra = settings(TokenShape::EntraId).with_resource("api://2222");
    let claims = issued(entra, &format!("{GRANT}&scope=api://2222/.default"), "2222").await;
    assert_eq!((claims["roles"].as_array().unwrap().len(), &claims["scope"]), (3, &Value::Null), "{claims}");
}
