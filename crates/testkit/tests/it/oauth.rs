//! The token endpoint, seen from outside: who gets a token, for what, and who is told off how.

use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::json;
use toolgate_testkit::oauth::ClientAuthentication;
use toolgate_testkit::{DevCa, OAuthServer, OAuthSettings, Outage};

use crate::client::Client;

pub(crate) const BASIC: &str = "Basic b3BlbmFpLW1jcC1jbGllbnQ6b3BlbmFpLWNsaWVudC1zZWNyZXQ=";
pub(crate) const GRANT: &str = "grant_type=client_credentials";

pub(crate) async fn start(settings: OAuthSettings) -> (OAuthServer, Client) {
    let ca = DevCa::generate();
    let client = Client::trusting(ca.ca_pem());
    (OAuthServer::start(&ca, settings).await, client)
}

#[tokio::test]
async fn basic_and_post_both_get_a_token() {
    let (server, client) = start(OAuthSettings::default()).await;
    let post = format!("{GRANT}&client_id=openai-mcp-client&client_secret=openai-client-secret");
    for (authorization, form, method) in [
        (BASIC, GRANT, ClientAuthentication::ClientSecretBasic),
        ("", &post, ClientAuthentication::ClientSecretPost),
    ] {
        let answer = client.post_form(server.token_url(), authorization, form).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        let body = answer.json();
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 3600);
        assert_eq!(body["scope"], "customer:read ticket:create account:calculate");
        assert_eq!(server.controls().last_token_request().unwrap().authentication, method);
    }
    assert_eq!(server.controls().token_requests(), 2);
}

#[tokio::test]
async fn refusals_follow_rfc_6749_section_5_2() {
    let (server, client) = start(OAuthSettings::default()).await;
    let post = "client_id=openai-mcp-client&client_secret=openai-client-secret";
    let cases = [
        ("", format!("{GRANT}&client_id=openai-mcp-client&client_secret=wrong"), 401, "invalid_client"),
        ("", format!("{GRANT}&client_id=nobody&client_secret=openai-client-secret"), 401, "invalid_client"),
        ("", GRANT.to_owned(), 401, "invalid_client"),
        ("Bearer abc", GRANT.to_owned(), 401, "invalid_client"),
        (BASIC, format!("{GRANT}&{post}"), 400, "invalid_request"),
        (BASIC, format!("{GRANT}&client_id=somebody-else"), 400, "invalid_request"),
        (BASIC, format!("{GRANT}&{GRANT}"), 400, "invalid_request"),
        (BASIC, "scope=customer:read".to_owned(), 400, "invalid_request"),
        (BASIC, "grant_type=".to_owned(), 400, "invalid_request"),
        (BASIC, "grant_type=password".to_owned(), 400, "unsupported_grant_type"),
        (BASIC, format!("{GRANT}&scope=everything"), 400, "invalid_scope"),
        (BASIC, format!("{GRANT}&scope=customer:read%20%20ticket:create"), 400, "invalid_scope"),
        (BASIC, format!("{GRANT}&resource=https://elsewhere.example/mcp"), 400, "invalid_target"),
    ];
    for (authorization, form, status, error) in cases {
        let answer = client.post_form(server.token_url(), authorization, &form).await;
        assert_eq!(answer.status.as_u16(), status, "{form}: {answer:?}");
        assert_eq!(answer.json()["error"], error, "{form}");
        assert_eq!(answer.header("www-authenticate").is_empty(), status != 401, "{form}");
    }
}

#[tokio::test]
async fn only_forms_in_the_body_are_read() {
    let (server, client) = start(OAuthSettings::default()).await;
    let json = Request::post(server.token_url())
        .header("authorization", BASIC)
        .header("content-type", "application/json")
        .body(Full::from(json!({"grant_type": "client_credentials"}).to_string()))
        .unwrap();
    assert_eq!(client.send(json).await.unwrap().json()["error"], "invalid_request");
    let url = format!("{}?{GRANT}", server.token_url());
    assert_eq!(client.post_form(url, BASIC, "").await.json()["error"], "invalid_request");
    assert_eq!(client.fetch(server.token_url()).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_scope_beyond_the_clients_own_is_narrowed_and_said_so() {
    let (server, client) = start(OAuthSettings::default()).await;
    let who = "client_id=read-only-client&client_secret=read-only-secret";
    let form = format!("{GRANT}&{who}&scope=customer:read+ticket:create");
    let answer = client.post_form(server.token_url(), "", &form).await;
    assert_eq!(answer.json()["scope"], "customer:read");
    let form = format!("{GRANT}&{who}&scope=ticket:create");
    assert_eq!(client.post_form(server.token_url(), "", &form).await.json()["error"], "invalid_scope");
}

#[tokio::test]
async fn metadata_names_the_endpoints() {
    let (server, client) = start(OAuthSettings::default()).await;
    for name in ["oauth-authorization-server", "openid-configuration"] {
        let document = client.fetch(format!("{}/.well-known/{name}", server.issuer())).await.json();
        assert_eq!(document["issuer"], server.issuer());
        assert_eq!(document["token_endpoint"], server.token_url());
        assert_eq!(document["jwks_uri"], server.jwks_url());
        assert_eq!(document["grant_types_supported"], json!(["client_credentials"]));
    }
    assert_eq!(server.controls().metadata_requests(), 2);
}

#[tokio::test]
async fn endpoints_fail_and_recover_on_request() {
    let (server, client) = start(OAuthSettings::default()).await;
    let controls = server.controls();
    controls.set_token_outage(Outage::Unavailable);
    controls.set_jwks_outage(Outage::Disconnect);
    let answer = client.post_form(server.token_url(), BASIC, GRANT).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    let request = || Request::get(server.jwks_url()).body(Full::default()).unwrap();
    assert!(client.send(request()).await.is_err());

    controls.set_token_outage(Outage::None);
    controls.set_jwks_outage(Outage::None);
    assert_eq!(client.post_form(server.token_url(), BASIC, GRANT).await.status, StatusCode::OK);
    assert_eq!(client.send(request()).await.unwrap().status, StatusCode::OK);
    assert_eq!((controls.token_requests(), controls.jwks_requests()), (2, 2));
}

#[tokio::test]
async fn lifetime_and_expires_in_are_set_at_run_time() {
    let (server, client) = start(OAuthSettings::default().with_lifetime(Duration::from_secs(90))).await;
    assert_eq!(client.post_form(server.token_url(), BASIC, GRANT).await.json()["expires_in"], 90);
    server.controls().set_token_lifetime(Duration::from_secs(7));
    assert_eq!(client.post_form(server.token_url(), BASIC, GRANT).await.json()["expires_in"], 7);
    server.controls().omit_expires_in(true);
    let body = client.post_form(server.token_url(), BASIC, GRANT).await.json();
    assert!(body["access_token"].is_string() && body.get("expires_in").is_none(), "{body}");
}
