//! JV-23 and JV-24: the guard in front of an axum service.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::Extension;
use axum::routing::post;
use axum::{Router, http};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use toolgate_jwt_verify::{KeySource, TokenGuard, VerifiedToken, Verifier};
use tower_service::Service;

use crate::dpop::{proof_header, sha256, thumbprint};
use crate::issuer::{Answer, Issuer};
use crate::signer::{AUDIENCE, ISSUER, Signer, jwks};

const METADATA: &str = "https://mcp.example/.well-known/oauth-protected-resource";

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn token(signer: &Signer, scope: &str, confirmation: Option<Value>) -> String {
    let mut claims = json!({"iss": ISSUER, "aud": AUDIENCE, "client_id": "client-1", "exp": seconds() + 60, "scope": scope});
    if let Some(confirmation) = confirmation {
        claims["cnf"] = confirmation;
    }
    signer.token(&claims)
}

fn guard(keys: impl Into<KeySource>) -> TokenGuard {
    let verifier = Verifier::new(ISSUER, [AUDIENCE], keys.into()).unwrap();
    let guard = TokenGuard::new(Arc::new(verifier)).with_resource_metadata(METADATA).unwrap();
    guard.with_scopes(["customer:read", "ticket:create"]).unwrap()
}

fn service(guard: TokenGuard) -> Router {
    let inner = |Extension(token): Extension<Arc<VerifiedToken>>, request: Request<Body>| async move {
        assert!(request.headers().get("authorization").is_none(), "the token must not travel on");
        assert!(request.headers().get("dpop").is_none());
        token.client_id().unwrap().to_owned()
    };
    Router::new().route("/mcp", post(inner)).layer(guard)
}

fn fixed(signer: &Signer) -> KeySource {
    KeySource::jwks_document(&jwks(&[signer])).unwrap()
}

async fn call(service: &mut Router, uri: &str, headers: &[(&str, String)]) -> Response<Body> {
    let mut request = Request::post(uri);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    service.call(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn challenges(response: &Response<Body>) -> Vec<&str> {
    response.headers().get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn a_good_token_gets_through_whatever_the_case_of_its_scheme() {
    let signer = Signer::ed25519("1");
    let mut service = service(guard(fixed(&signer)));
    let token = token(&signer, "ticket:create customer:read", None);
    for scheme in ["Bearer", "bearer", "BEARER "] {
        let response = call(&mut service, "/mcp", &[("authorization", format!("{scheme} {token}"))]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(axum::body::to_bytes(response.into_body(), 100).await.unwrap(), "client-1");
    }
}

#[tokio::test]
async fn no_token_is_a_challenge_without_an_error_code() {
    let mut service = service(guard(fixed(&Signer::ed25519("1"))));
    for headers in [vec![], vec![("authorization", "Basic YTpi".to_owned())]] {
        let response = call(&mut service, "/mcp", &headers).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let expected =
            format!("Bearer scope=\"customer:read ticket:create\", resource_metadata=\"{METADATA}\"");
        assert_eq!(challenges(&response), [expected]);
    }
}

#[tokio::test]
async fn a_bad_token_is_told_nothing_but_that() {
    let (signer, other) = (Signer::ed25519("1"), Signer::ed25519("1"));
    let mut service = service(guard(fixed(&signer)));
    for bad in [token(&other, "", None), "x.y.z".to_owned(), token(&signer, "", Some(json!({"jkt": "x"})))] {
        let response = call(&mut service, "/mcp", &[("authorization", format!("Bearer {bad}"))]).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let expected = format!(
            "Bearer error=\"invalid_token\", scope=\"customer:read ticket:create\", resource_metadata=\"{METADATA}\""
        );
        assert_eq!(challenges(&response), [expected]);
    }
}

#[tokio::test]
async fn a_missing_scope_is_403_and_names_what_is_needed() {
    let signer = Signer::ed25519("1");
    let mut service = service(guard(fixed(&signer)));
    let token = token(&signer, "customer:read", None);
    let response = call(&mut service, "/mcp", &[("authorization", format!("Bearer {token}"))]).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(
        challenges(&response)[0]
            .starts_with("Bearer error=\"insufficient_scope\", scope=\"customer:read ticket:create\"")
    );
}

#[tokio::test]
async fn tokens_in_odd_places_are_400() {
    let signer = Signer::ed25519("1");
    let mut service = service(guard(fixed(&signer)));
    let token = token(&signer, "customer:read ticket:create", None);
    let bearer = ("authorization", format!("Bearer {token}"));
    let odd = [
        ("/mcp", vec![bearer.clone(), bearer.clone()]),
        ("/mcp", vec![("authorization", format!("Bearer {token}, Bearer {token}"))]),
        ("/mcp", vec![("authorization", "Bearer ".to_owned())]),
        ("/mcp", vec![("authorization", format!("DPoP {token}"))]),
        ("/mcp?a=1&access_token=x", vec![bearer.clone()]),
        ("/mcp?acc%65ss%5ftoken=x", vec![bearer.clone()]),
        ("/mcp?access_token", vec![bearer]),
    ];
    for (uri, headers) in odd {
        let response = call(&mut service, uri, &headers).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{uri} {headers:?}");
        assert!(challenges(&response)[0].contains("error=\"invalid_request\""));
    }
}

#[tokio::test]
async fn keys_that_are_missing_are_our_fault_and_say_503() {
    let issuer = Issuer::new(Answer::Unreachable);
    let mut service = service(guard(issuer.keys()));
    let token = token(&Signer::ed25519("1"), "", None);
    let response = call(&mut service, "/mcp", &[("authorization", format!("Bearer {token}"))]).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((challenges(&response).len(), response.headers()["retry-after"].as_bytes()), (0, &b"30"[..]));
}

#[tokio::test]
async fn dpop_by_setting() {
    let (signer, client) = (Signer::ed25519("1"), Signer::p256(""));
    let token = token(&signer, "customer:read ticket:create", Some(json!({"jkt": thumbprint(&client)})));
    let claims = json!({
        "jti": "p1", "htm": "POST", "htu": "https://mcp.example/mcp", "iat": seconds(), "ath": sha256(&token),
    });
    let proof = client.sign(&proof_header(&client), &claims);
    let headers = [("authorization", format!("DPoP {token}")), ("dpop", proof)];
    let mut without = service(guard(fixed(&signer)));
    assert_eq!(call(&mut without, "/mcp", &headers).await.status(), StatusCode::UNAUTHORIZED);
    let mut with = service(guard(fixed(&signer)).with_dpop("https://mcp.example/"));
    assert_eq!(call(&mut with, "/mcp?page=2", &headers).await.status(), StatusCode::OK);
    let replayed = call(&mut with, "/mcp", &headers).await;
    let said = challenges(&replayed);
    assert!(
        said[0].starts_with("Bearer error=\"invalid_dpop_proof\"") && said[1].starts_with("DPoP "),
        "{said:?}"
    );
    assert!(said[1].contains("algs=\"RS256"));
}

#[test]
fn text_that_would_break_a_header_is_refused() {
    let verifier = Arc::new(Verifier::new(ISSUER, [AUDIENCE], fixed(&Signer::ed25519("1"))).unwrap());
    let guard = || TokenGuard::new(verifier.clone());
    for bad in ["a\"b", "a\\b", "a\r\nb", "", "ä"] {
        assert!(
            guard().with_resource_metadata(bad).is_err() && guard().with_scopes([bad]).is_err(),
            "{bad:?}"
        );
    }
    assert!(guard().with_scopes(["a b"]).is_err());
}
