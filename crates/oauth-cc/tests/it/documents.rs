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

/// DI-09: resources write an issuer without a path with a slash behind it or without, whatever it says itself. Its own document
/// is held against what was configured, to the letter.
#[tokio::test(start_paused = true)]
async fn di_09_a_slash_behind_an_issuer_without_a_path_makes_no_other() {
    let found = async |trusted: &str, named: &str, own: &str| {
        let about = json!({"resource": RESOURCE, "authorization_servers": [named]});
        let server = json!({"issuer": own, "token_endpoint": "https://as.example/token"});
        let documents =
            [Step::json(401, ""), Step::json(200, about.to_string()), Step::json(200, server.to_string())];
        let discovery = Discovery::new(Script::new(documents));
        let found = discovery.from_resource(RESOURCE, &Trust::Issuer(trusted.to_owned())).await;
        found.map(|found| found.server.issuer).map_err(|error| error.kind())
    };
    let (bare, slash) = ("https://as.example", "https://as.example/");
    assert_eq!(found(bare, slash, bare).await.as_deref(), Ok(bare));
    assert_eq!(found(slash, bare, slash).await.as_deref(), Ok(slash));
    assert_eq!(found(bare, slash, slash).await, Err("issuer_mismatch"));
    for (trusted, named) in [
        (ISSUER, "https://as.example/t1/"),
        ("https://as.example/t1/", ISSUER),
        (bare, "https://as.example//"),
        (bare, "https://as.example.evil.example/"),
        (bare, "http://as.example/"),
        (bare, "https://as.example?/"),
        ("as.example", "as.example/"),
    ] {
        assert!(
            matches!(
                found(trusted, named, trusted).await,
                Err("untrusted_authorization_server" | "configuration")
            ),
            "{named}"
        );
    }
}

/// As serializers write what there is not.
#[tokio::test(start_paused = true)]
async fn what_is_null_is_not_there() {
    let server = json!({
        "issuer": ISSUER, "token_endpoint": "https://as.example/t1/token", "jwks_uri": null,
        "introspection_endpoint": null, "revocation_endpoint": null, "scopes_supported": null,
        "token_endpoint_auth_methods_supported": null, "grant_types_supported": null,
        "mtls_endpoint_aliases": {"token_endpoint": null, "introspection_endpoint": null},
        "tls_client_certificate_bound_access_tokens": null,
    });
    let bare = read(document("x", json!(1))).await.unwrap();
    assert_eq!(read(Step::json(200, server.to_string())).await.unwrap(), bare);
    let about = json!({"resource": RESOURCE, "authorization_servers": [ISSUER], "scopes_supported": null});
    let documents =
        [Step::json(401, ""), Step::json(200, about.to_string()), Step::json(200, server.to_string())];
    let discovery = Discovery::new(Script::new(documents));
    let found = discovery.from_resource(RESOURCE, &Trust::OnlyOneNamed).await.unwrap();
    assert!(found.resource.scopes_supported.is_empty());
    for needed in ["issuer", "token_endpoint"] {
        let mut without = server.clone();
        without[needed] = Value::Null;
        let error = read(Step::json(200, without.to_string())).await.unwrap_err();
        assert!(matches!(error.kind(), "issuer_mismatch" | "bad_endpoint"), "{error}");
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

/// An empty path is the path `/` (RFC 3986 section 6.2.3), and the request goes to that either way.
#[tokio::test(start_paused = true)]
async fn di_11_a_resource_without_a_path_may_be_named_with_a_slash() {
    let found = async |url: &str, named: &str, header: Option<&str>| {
        let about = json!({"resource": named, "authorization_servers": [ISSUER]});
        let mut challenge = Step::json(401, "");
        if let Some(header) = header {
            challenge = challenge.with_header("www-authenticate", header);
        }
        let http = Script::new([challenge, Step::json(200, about.to_string()), document("x", json!(1))]);
        let found = Discovery::new(http).from_resource(url, &Trust::OnlyOneNamed).await;
        found.map(|found| found.resource.resource).map_err(|error| error.kind())
    };
    let named = Some("Bearer resource_metadata=\"https://mcp.example/metadata\"");
    for header in [None, named] {
        for (url, resource) in
            [("https://mcp.example", "https://mcp.example/"), ("https://mcp.example/", "https://mcp.example")]
        {
            assert_eq!(found(url, resource, header).await.as_deref(), Ok(resource), "{header:?}");
            assert_eq!(found(url, url, header).await.as_deref(), Ok(url), "{header:?}");
        }
    }
    assert_eq!(found(RESOURCE, "https://mcp.example", named).await, Err("resource_mismatch"));
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
