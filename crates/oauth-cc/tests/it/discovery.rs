//! Discovery against a real HTTP server: the order of places, what stops, what is never asked.

use std::sync::Arc;

use serde_json::json;
use toolgate_oauth_cc::TokenCache;
use toolgate_oauth_cc::discovery::{Discovery, Trust, UrlPolicy};
use toolgate_oauth_cc::{Secret, TokenSource};
use wiremock::matchers::{any, body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::script::{Script, Step};
use crate::wire::client;

fn discovery() -> Discovery {
    Discovery::new(Arc::new(client()))
        .with_insecure_loopback(true)
        .with_url_policy(UrlPolicy::new().with_insecure_loopback(true))
}

async fn serve(server: &MockServer, at: &str, body: serde_json::Value) {
    Mock::given(method("GET"))
        .and(path(at))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

async fn asked(server: &MockServer) -> Vec<String> {
    server.received_requests().await.unwrap().iter().map(|request| request.url.path().to_owned()).collect()
}

#[tokio::test]
async fn from_the_url_of_an_mcp_server_alone() {
    let server = MockServer::start().await;
    let base = server.uri();
    let challenge = format!("Bearer scope=\"mcp:read\", resource_metadata=\"{base}/custom/location.json\"");
    Mock::given(method("GET"))
        .and(path("/mcp"))
        .respond_with(ResponseTemplate::new(401).insert_header("www-authenticate", challenge))
        .mount(&server)
        .await;
    let resource = format!("{base}/mcp");
    serve(
        &server,
        "/custom/location.json",
        json!({"resource": resource, "authorization_servers": [format!("{base}/t1")]}),
    )
    .await;
    serve(
        &server,
        "/t1/.well-known/openid-configuration",
        json!({
            "issuer": format!("{base}/t1"),
            "token_endpoint": format!("{base}/t1/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "grant_types_supported": ["client_credentials"],
        }),
    )
    .await;
    Mock::given(method("POST"))
        .and(path("/t1/token"))
        .and(body_string_contains("scope=mcp%3Aread"))
        .and(body_string_contains("client_secret=s"))
        .and(body_string_contains("resource=http"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"access_token": "tok", "token_type": "Bearer"})),
        )
        .expect(1)
        .mount(&server)
        .await;

    let found = discovery().from_resource(&resource, &Trust::OnlyOneNamed).await.unwrap();
    let authentication = found.server.secret_authentication(Secret::new("s")).unwrap();
    let credentials = found.credentials("client", authentication, ["configured"]).unwrap();
    assert_eq!(credentials.issuer(), Some(&*format!("{base}/t1")));
    TokenCache::new(credentials, Arc::new(client())).token().await.unwrap();
    let expected = [
        "/mcp",
        "/custom/location.json",
        "/.well-known/oauth-authorization-server/t1",
        "/.well-known/openid-configuration/t1",
        "/t1/.well-known/openid-configuration",
        "/t1/token",
    ];
    assert_eq!(asked(&server).await, expected);
}

#[tokio::test]
async fn path_then_root_when_the_challenge_names_no_place() {
    let server = MockServer::start().await;
    let base = server.uri();
    serve(
        &server,
        "/.well-known/oauth-protected-resource",
        json!({"resource": base, "authorization_servers": [base]}),
    )
    .await;
    serve(
        &server,
        "/.well-known/oauth-authorization-server",
        json!({"issuer": base, "token_endpoint": format!("{base}/token")}),
    )
    .await;
    let found =
        discovery().from_resource(&format!("{base}/mcp"), &Trust::Issuer(base.clone())).await.unwrap();
    assert_eq!(found.resource.resource, base);
    let expected = [
        "/mcp",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server",
    ];
    assert_eq!(asked(&server).await, expected);
}

#[tokio::test]
async fn a_foreign_authorization_server_is_never_asked() {
    let (server, foreign) = (MockServer::start().await, MockServer::start().await);
    let (base, evil) = (server.uri(), foreign.uri());
    let resource = format!("{base}/mcp");
    for servers in [json!([evil]), json!([evil, format!("{evil}/2")])] {
        let document = json!({"resource": resource, "authorization_servers": servers});
        serve(&server, "/.well-known/oauth-protected-resource/mcp", document).await;
        let trust = Trust::Issuer("https://as.example".to_owned());
        let error = discovery().from_resource(&resource, &trust).await.unwrap_err();
        assert_eq!(error.kind(), "untrusted_authorization_server");
        server.reset().await;
    }
    assert!(asked(&foreign).await.is_empty());
}

#[tokio::test]
async fn a_server_error_stops_and_everything_tried_is_listed() {
    let server = MockServer::start().await;
    let issuer = format!("{}/t1", server.uri());
    let error = discovery().from_issuer(&issuer).await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), ("discovery", false));
    assert_eq!(error.to_string().matches("(404)").count(), 3, "{error}");
    server.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(503)).expect(1).mount(&server).await;
    let error = discovery().from_issuer(&issuer).await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), ("discovery", true));
}

#[tokio::test]
async fn the_mutual_tls_alias_is_used_by_mutual_tls_clients_only() {
    use toolgate_oauth_cc::ClientAuthentication;
    let server = MockServer::start().await;
    let base = server.uri();
    serve(
        &server,
        "/.well-known/oauth-authorization-server",
        json!({
            "issuer": base,
            "token_endpoint": format!("{base}/token"),
            "introspection_endpoint": format!("{base}/introspect"),
            "revocation_endpoint": format!("{base}/revoke"),
            "mtls_endpoint_aliases": {
                "token_endpoint": format!("{base}/mtls/token"),
                "introspection_endpoint": format!("{base}/mtls/introspect"),
            },
            "token_endpoint_auth_methods_supported": ["tls_client_auth", "client_secret_basic"],
            "tls_client_certificate_bound_access_tokens": true,
        }),
    )
    .await;
    let metadata = discovery().from_issuer(&base).await.unwrap();
    assert!(metadata.certificate_bound_tokens);
    let tls = metadata.credentials("client", ClientAuthentication::TlsClientAuth).unwrap();
    assert_eq!(tls.token_endpoint(), format!("{base}/mtls/token"));
    let basic = metadata.secret_authentication(Secret::new("s")).unwrap();
    for (authentication, introspection) in
        [(&ClientAuthentication::TlsClientAuth, "mtls/introspect"), (&basic, "introspect")]
    {
        let found = metadata.introspection_endpoint_for(authentication);
        assert_eq!(found, Some(&*format!("{base}/{introspection}")));
        // Without an alias both ask at the same place.
        let found = metadata.revocation_endpoint_for(authentication);
        assert_eq!(found, Some(&*format!("{base}/revoke")));
    }
    assert_eq!(metadata.credentials("client", basic).unwrap().token_endpoint(), format!("{base}/token"));
    let post = ClientAuthentication::SecretPost(Secret::new("s"));
    assert_eq!(metadata.credentials("client", post).unwrap_err().kind(), "no_common_auth_method");
}

#[tokio::test(start_paused = true)]
async fn a_document_is_kept_as_told_and_longer_while_its_server_fails() {
    let good = r#"{"issuer":"https://as.example","token_endpoint":"https://as.example/token"}"#;
    let good = Step::json(200, good).with_header("cache-control", "max-age=120");
    let (none, other) = (|| Step::json(404, ""), r#"{"issuer":"https://other.example"}"#);
    let script = Script::new([
        good,
        Step::json(503, ""),
        Step::json(429, ""),
        none(),
        none(),
        none(),
        Step::json(200, "<h1>under maintenance</h1>"),
        Step::json(200, other),
        none(),
    ]);
    let discovery = Discovery::new(Arc::<Script>::clone(&script));
    let ask = || discovery.from_issuer("https://as.example");
    assert!(!ask().await.unwrap().is_stale);
    tokio::time::advance(std::time::Duration::from_secs(100)).await;
    assert!(!ask().await.unwrap().is_stale);
    assert_eq!(script.count(), 1);
    tokio::time::advance(std::time::Duration::from_secs(21)).await;
    for failure in ["unavailable", "busy, then not there", "not there", "not JSON"] {
        assert!(ask().await.unwrap().is_stale, "{failure}");
    }
    // A document that must not be used is told (DI-03).
    assert_eq!(ask().await.unwrap_err().kind(), "issuer_mismatch");
    assert!(ask().await.unwrap().is_stale);
    tokio::time::advance(std::time::Duration::from_secs(24 * 3600)).await;
    assert_eq!(ask().await.unwrap_err().kind(), "discovery", "no longer than a day");
}

#[tokio::test]
async fn di_16_a_redirected_document_is_refused() {
    let server = MockServer::start().await;
    let to = format!("{}/elsewhere", server.uri());
    let redirect = ResponseTemplate::new(302).insert_header("location", to);
    Mock::given(any()).respond_with(redirect).mount(&server).await;
    let error = discovery().from_issuer(&server.uri()).await.unwrap_err();
    assert_eq!(error.kind(), "redirect_refused");
    assert_eq!(asked(&server).await, ["/.well-known/oauth-authorization-server"]);
}

/// The document of the issuer that `url` is.
fn document(url: &str) -> Step {
    Step::json(200, format!(r#"{{"issuer":"{url}","token_endpoint":"{url}/token"}}"#))
}

#[tokio::test(start_paused = true)]
async fn cleartext_to_this_machine_is_a_switch() {
    let url = "http://127.0.0.1:1";
    let script = Script::new([document(url)]);
    let strict = Discovery::new(Arc::<Script>::clone(&script));
    assert_eq!(strict.from_issuer(url).await.unwrap_err().kind(), "insecure_url");
    assert_eq!(script.count(), 0);
    strict.with_insecure_loopback(true).from_issuer(url).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn urls_of_a_server_are_followed_by_the_policy_that_is_set() {
    let document =
        Step::json(200, r#"{"issuer":"https://as.example","token_endpoint":"https://127.0.0.1:1/token"}"#);
    let script = Script::new([document]);
    let strict = Discovery::new(Arc::<Script>::clone(&script));
    assert_eq!(strict.from_issuer("https://as.example").await.unwrap_err().kind(), "blocked_address");
    let lenient = strict.with_url_policy(UrlPolicy::new().with_insecure_loopback(true));
    lenient.from_issuer("https://as.example").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_document_says_that_it_is_json() {
    let mut page = document("https://as.example");
    page.headers = vec![("content-type", "text/html".to_owned())];
    let error = Discovery::new(Script::new([page])).from_issuer("https://as.example").await.unwrap_err();
    assert!(error.to_string().contains("expected application/json"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn documents_of_many_issuers_do_not_pile_up() {
    let issuer = |number: usize| format!("https://as{number}.example");
    // One is asked for again, because the others took its place.
    let script = Script::new((0..65).chain([0, 0]).map(|number| document(&issuer(number))));
    let discovery = Discovery::new(Arc::<Script>::clone(&script));
    for number in (0..64).chain([0, 63]) {
        discovery.from_issuer(&issuer(number)).await.unwrap();
    }
    assert_eq!(script.count(), 64);
    for number in [64, 0, 64] {
        discovery.from_issuer(&issuer(number)).await.unwrap();
    }
    assert_eq!(script.count(), 66);
}
