//! `jwt-verify`'s own layer in front of a real MCP server, met by our own clients: its challenges lead them to the
//! authorization server, and to the scope that is missing.

use std::sync::Arc;

use axum::Router;
use http::Request;
use toolgate_examples::rig::FULL;
use toolgate_examples::scenario::SCENARIOS;
use toolgate_http_client::{HttpClient, HyperClient};
use toolgate_jwt_verify::{KeySource, TokenGuard, Verifier, VerifyError};
use toolgate_testkit::{McpSettings, Place, RigSettings};
use toolgate_tls_config::ClientTls;

use crate::check::{Bench, Outcome, ask, equal, holds, open};

/// A guard for the resource at `place`: tokens of its issuer, for it, with the scope to read customers.
fn token_guard(place: &Place) -> Result<TokenGuard, VerifyError> {
    let tls = ClientTls::new().with_only_extra_roots().with_ca_pem(place.ca_pem.as_str()).build();
    let refused =
        |error: toolgate_tls_config::TlsError| VerifyError::Configuration { reason: error.to_string() };
    let http: Arc<dyn HttpClient> = Arc::new(HyperClient::builder(tls.map_err(refused)?).build());
    let keys = KeySource::remote(&place.jwks_url, http)?;
    let verifier = Verifier::new(&place.issuer, [place.resource.as_str()], keys)?;
    TokenGuard::new(Arc::new(verifier))
        .with_resource_metadata(&place.metadata_url)?
        .with_scopes(["customer:read"])
}

async fn guarded() -> Result<Bench, String> {
    // Without a guard nothing is served, and every check fails.
    let guard = |service: Router, place: &Place| {
        token_guard(place).map_or_else(|_| Router::new(), |guard| service.layer(guard))
    };
    Bench::start(RigSettings::default().with_mcp(McpSettings::default().with_guard(guard))).await
}

/// From the URL of the MCP server alone: the layer's challenge names the metadata, that names the issuer.
pub(crate) async fn lets_the_right_token_in() -> Outcome {
    let bench = guarded().await?;
    let mut config = bench.config(FULL);
    config.oauth.token_url = None;
    let answer = ask(&open(config)?, SCENARIOS[1].question).await?;
    equal("tool calls at the server", bench.rig.mcp().controls().calls(), 1)?;
    holds("the call was denied", answer.passages.iter().all(|passage| passage.decision.is_allowed()))
}

/// No token, a foreign one, and one without the scope, as RFC 6750 section 3 and RFC 9728 section 5.1 want them told.
pub(crate) async fn says_what_is_missing() -> Outcome {
    let bench = guarded().await?;
    let tls =
        ClientTls::new().with_ca_file(bench.rig.ca_path()).build().map_err(|error| error.to_string())?;
    let http = HyperClient::builder(tls).build();
    let challenge = async |token: Option<&str>| -> Result<(u16, String), String> {
        let mut request = Request::post(bench.rig.mcp_url());
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(bytes::Bytes::new()).map_err(|error| error.to_string())?;
        let response = http.send(request).await.map_err(|error| error.to_string())?;
        let header = response.headers().get("www-authenticate").and_then(|value| value.to_str().ok());
        Ok((response.status().as_u16(), header.unwrap_or_default().to_owned()))
    };
    let (status, told) = challenge(None).await?;
    equal("status without a token", status, 401)?;
    holds(format_args!("{told}"), told.contains("resource_metadata=\"https://") && !told.contains("error"))?;
    let (status, told) = challenge(Some("a.b.c")).await?;
    equal("status with a foreign token", status, 401)?;
    holds(format_args!("{told}"), told.contains("error=\"invalid_token\""))?;

    let mut config = bench.config(FULL);
    config.oauth.scopes = Some(vec!["ticket:create".to_owned()]);
    config.oauth.resource = Some(bench.rig.mcp_url());
    let toolgate = open(config)?;
    let (token, _) = toolgate.token().await.map_err(|error| error.to_string())?;
    let (status, told) = challenge(Some(token.expose_secret())).await?;
    equal("status without the scope", status, 403)?;
    holds(
        format_args!("{told}"),
        told.contains("error=\"insufficient_scope\"") && told.contains("scope=\"customer:read\""),
    )
}
