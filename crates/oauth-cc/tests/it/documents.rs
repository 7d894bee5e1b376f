//! What a metadata document may say, served by a client without a network (RFC 8414 section 3.3, RFC 9728 section 3.3).

use std::sync::Arc;

use http::HeaderMap;
use serde_json::{Value, json};
use toolgate_oauth_cc::discovery::{AuthorizationServerMetadata, Discovered, Discovery, Trust};
use toolgate_oauth_cc::{Challenge, ClientAuthentication, Secret, TokenError};

use crate::script::{Script, Step};

const ISSUER: &str = "https://as.example/t1";
const RESOURCE: &str = "https://mcp.example/mcp";

/// A good document of the issuer with one member changed; `null` removes it.
fn document(name: &str, value: Value) -> Step {
    let mut document = json!({"issuer": ISSUER, "token_endpoint": "https://as.example/t1/token"});
    match value {
        Value::Null => drop(document.as_object_mut().unwrap().remove(name)),
        value => document[name] = value,
    }
    Step::json(200, document.to_string())
}

async fn read(step: Step) -> Result<AuthorizationServerMetadata, TokenError> {
    Discovery::new(Script::new([step])).from_issuer(ISSUER).await
}

/// What discovery makes of a resource that calls itself so.
async fn found(resource: &str) -> Result<Discovered, TokenError> {
    let about =
        json!({"resource": resource, "authorization_servers": [ISSUER], "scopes_supported": ["admin"]});
    let server = document("scopes_supported", json!(["admin", "root"]));
    let http = Script::new([Step::json(401, ""), Step::json(200, about.to_string()), server]);
    Discovery::new(http).from_resource(RESOURCE, &Trust::Issuer(ISSUER.to_owned())).await
}

#[tokio::test(start_paused = true)]
async fn di_02_a_document_that_is_no_json_ends_the_search() {
    let script = Script::new([Step::json(404, ""), Step::json(200, "<html>"), document("x", json!(1))]);
    let error = Discovery::new(Arc::<Script>::clone(&script)).from_issuer(ISSUER).await.unwrap_err();
    assert_eq!((error.kind(), script.count()), ("malformed", 2));
}

#[tokio::test(start_paused = true)]
async fn di_03_the_issuer_is_identical_or_nothing_counts() {
    assert!(read(document("x", json!(1))).await.is_ok());
    for other in [
        json!("https://as.example/t1/"),
        json!("https://as.example"),
        json!("https://AS.example/t1"),
        json!("https://evil.example/t1"),
        json!([ISSUER]),
        Value::Null,
    ] {
        let error = read(document("issuer", other.clone())).await.unwrap_err();
        assert_eq!(error.kind(), "issuer_mismatch", "{other}");
        assert!(error.to_string().contains(other.as_str().unwrap_or("found")), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn di_05_endpoints_are_https_absolute_and_bare() {
    for bad in [
        json!("http://as.example/token"),
        json!("/token"),
        json!("https://user:pw@as.example/token"),
        json!("https://as.example/token#f"),
        json!("javascript:alert(1)"),
        json!(7),
        Value::Null,
    ] {
        let error = read(document("token_endpoint", bad.clone())).await.unwrap_err();
        assert_eq!(error.kind(), "bad_endpoint", "{bad}");
        assert!(error.to_string().contains("token_endpoint"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn di_06_to_di_08_what_is_absent_or_unverified_changes_nothing() {
    let other_grants = read(document("grant_types_supported", json!(["authorization_code"]))).await.unwrap();
    assert_eq!(other_grants.auth_methods, ["client_secret_basic"]);
    let signed = read(document("signed_metadata", json!("eyJhbGciOiJub25lIn0.e30."))).await.unwrap();
    assert_eq!(signed, other_grants);
}

#[tokio::test(start_paused = true)]
async fn cc_05_without_a_common_method_both_sides_are_named() {
    let theirs = document("token_endpoint_auth_methods_supported", json!(["tls_client_auth", "x\u{1b}"]));
    let error = read(theirs).await.unwrap().secret_authentication(Secret::new("s")).unwrap_err();
    assert_eq!(error.kind(), "no_common_auth_method");
    let text = error.to_string();
    assert!(text.contains("client_secret_post") && text.contains("tls_client_auth, x\\u{1b}"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn di_11_a_document_about_another_resource_is_refused() {
    for other in ["https://mcp.example/mcp/", "https://mcp.example", "https://evil.example/mcp", ""] {
        assert_eq!(found(other).await.unwrap_err().kind(), "resource_mismatch", "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn cc_14_supported_scopes_are_not_asked_for() {
    let found = found(RESOURCE).await.unwrap();
    let secret = || ClientAuthentication::SecretBasic(Secret::new("s"));
    let asked = |scopes: &[&str]| {
        let credentials = found.credentials("client", secret(), scopes.iter().copied()).unwrap();
        credentials.scopes().iter().cloned().collect::<Vec<_>>()
    };
    assert!(asked(&[]).is_empty());
    assert_eq!(asked(&["customer:read"]), ["customer:read"]);
}

#[test]
fn di_15_metadata_at_another_origin_needs_the_switch() {
    let mut headers = HeaderMap::new();
    let header = "Bearer resource_metadata=\"https://other.example/metadata\"";
    headers.insert("www-authenticate", header.parse().unwrap());
    let challenge = Challenge::bearer(&headers).unwrap().unwrap();
    let discovery = Discovery::new(Script::new([]));
    let error = discovery.metadata_url(RESOURCE, &challenge).unwrap_err();
    assert_eq!(error.kind(), "cross_origin_metadata");
    let allowed = discovery.with_cross_origin_metadata(true).metadata_url(RESOURCE, &challenge).unwrap();
    assert_eq!(allowed.as_deref(), Some("https://other.example/metadata"));
}
