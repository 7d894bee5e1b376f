//! What servers in the wild do, and what then has to be set.

use serde_json::{Value, json};
use toolgate_testkit::{OAuthSettings, Rig, RigSettings, TokenShape};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::Report;
use crate::Bench;

/// A server whose metadata is at the place that its path says, and the settings to ask it.
async fn server(metadata: impl Fn(&str) -> Value) -> MockServer {
    let server = MockServer::start().await;
    let found = ResponseTemplate::new(200).set_body_json(metadata(&server.uri()));
    Mock::given(path("/.well-known/oauth-protected-resource/mcp")).respond_with(found).mount(&server).await;
    server
}

async fn discovery(server: &MockServer, says: &str, fix: &str) {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[tls]\ninsecure_loopback = true\n").unwrap();
    let url = format!("{}/mcp", server.uri());
    let changes = [("OAUTH_TOKEN_URL", ""), ("OAUTH_ISSUER", ""), ("MCP_SERVER_URL", &*url)];
    let after = &["token", "JWKS", "JWT", "MCP", "policy"];
    Report::of(&bench, &changes).await.fails(("Authorization server", "discovery"), says, fix, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_names_something_else_leads_to_the_settings_that_do_without() {
    // The resource is the origin, for an endpoint below it.
    let root = server(|url| json!({"resource": url, "authorization_servers": [url]})).await;
    discovery(&root, "the resource does not match", "OAUTH_ISSUER and OAUTH_RESOURCE").await;

    // The issuer has a slash that the document at its place has not.
    let slash = server(
        |url| json!({"resource": format!("{url}/mcp"), "authorization_servers": [format!("{url}/tenant/")]}),
    )
    .await;
    let issuer = json!({"issuer": format!("{}/tenant", slash.uri())});
    let found = ResponseTemplate::new(200).set_body_json(issuer);
    Mock::given(path("/.well-known/oauth-authorization-server/tenant"))
        .respond_with(found)
        .mount(&slash)
        .await;
    discovery(&slash, "the issuer does not match", "registered at the one found: set OAUTH_ISSUER").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_is_none_leads_to_the_settings_that_do_without() {
    let pages = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_raw("<html></html>", "text/html");
    Mock::given(path("/.well-known/oauth-protected-resource/mcp")).respond_with(page).mount(&pages).await;
    discovery(&pages, "not a usable metadata", "token_url, issuer and jwks_url").await;

    let login = MockServer::start().await;
    let away = ResponseTemplate::new(302).insert_header("location", "/login?next=canary");
    Mock::given(path("/.well-known/oauth-protected-resource/mcp")).respond_with(away).mount(&login).await;
    discovery(&login, "redirects to", "token_url, issuer and jwks_url").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_in_another_claim_lead_to_it() {
    let oauth = OAuthSettings::default().with_shape(TokenShape::EntraId);
    let rig = Rig::start(RigSettings::default().with_oauth(oauth)).await;
    let bench = Bench { rig, folder: tempfile::tempdir().unwrap() };
    let scope = format!("{}/.default", bench.rig.mcp_url());
    let audience = bench.rig.mcp_url();
    let changes = [("OAUTH_SCOPES", &*scope), ("OAUTH_AUDIENCE", &*audience)];
    let report = Report::of(&bench, &changes).await;
    let judged = report.steps().find(|step| step["name"] == "JWT").unwrap();
    assert_eq!(judged["state"], "warning", "{:#}", report.0);
    assert!(judged["says"].as_str().unwrap().contains("the claim roles"), "{judged}");
    assert!(judged["fix"].as_str().unwrap().contains("scope_claims = [\"roles\"]"), "{judged}");

    let text = "[oauth.accept]\nscope_claims = [\"roles\"]\n";
    std::fs::write(bench.folder().join("toolgate.toml"), text).unwrap();
    let report = Report::of(&bench, &changes).await;
    let judged = report.steps().find(|step| step["name"] == "JWT").unwrap();
    assert_eq!(judged["state"], "good", "{:#}", report.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_of_the_older_transport_is_told() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder().join("toolgate.toml"), "[tls]\ninsecure_loopback = true\n").unwrap();
    let older = MockServer::start().await;
    Mock::given(path("/sse")).respond_with(ResponseTemplate::new(405)).mount(&older).await;
    let url = format!("{}/sse", older.uri());
    let report = Report::of(&bench, &[("MCP_SERVER_URL", &url)]).await;
    report.fails(("Tools", "MCP"), "405", "HTTP with SSE alone", &["policy"]);
}
