//! The token endpoint: client credentials only, strictly after RFC 6749 sections 3.2, 4.4 and 5, and RFC 8707.

use std::collections::HashSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Uri, header};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::clients::{Client, ClientAuthentication, authenticate};
use super::controls::OAuthControls;
use super::refusal::Refusal;

/// What a client asked for, as the server understood it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest {
    /// Who asked.
    pub client_id: String,
    /// How it proved that.
    pub authentication: ClientAuthentication,
    /// The `scope` parameter as sent.
    pub scope: Option<String>,
    /// Every `resource` parameter in order.
    pub resources: Vec<String>,
}

/// The parameters of a form body; empty ones count as omitted (RFC 6749 section 3.2).
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let media_type =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let essence = media_type.split(';').next().unwrap_or("").trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refusal::invalid_request("the body must be application/x-www-form-urlencoded"));
        }
        let pairs: Vec<_> =
            form_urlencoded::parse(body).into_owned().filter(|(_, value)| !value.is_empty()).collect();
        let mut seen = HashSet::new();
        // RFC 8707 section 2 lets `resource` alone be repeated.
        if !pairs.iter().filter(|(name, _)| name != "resource").all(|(name, _)| seen.insert(name)) {
            return Err(Refusal::invalid_request("a parameter is repeated"));
        }
        Ok(Self(pairs))
    }

    pub(super) fn one(&self, name: &'static str) -> Option<&str> {
        self.all(name).next()
    }

    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// What a token request says.
const IN_THE_BODY: [&str; 8] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "scope",
    "resource",
    "audience",
];

/// A grant that may be signed.
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) resources: Vec<String>,
}

pub(super) async fn token(
    State(server): State<OAuthControls>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    server.count_token_request();
    if let Some(failure) = server.token_trouble().befalls().await {
        return failure;
    }
    match grant(&server, &uri, &headers, &body) {
        Ok(grant) => issue(&server, &grant),
        Err(refusal) => refusal.into_response(),
    }
}

fn grant(server: &OAuthControls, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Grant, Refusal> {
    // The endpoint's URL may have a query of its own, and no parameter of the request in it (RFC 6749 sections 2.3.1 and 3.2).
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    if query.into_iter().any(|(name, _)| IN_THE_BODY.contains(&&*name)) {
        return Err(Refusal::invalid_request("parameters belong in the body, not in the URL"));
    }
    let form = Form::parse(headers, body)?;
    let (client, authentication) = authenticate(server.clients(), headers, &form)?;
    server.record(TokenRequest {
        client_id: client.id().to_owned(),
        authentication,
        scope: form.one("scope").map(str::to_owned),
        resources: form.all("resource").map(str::to_owned).collect(),
    });
    match form.one("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal::unsupported_grant_type()),
        None => return Err(Refusal::invalid_request("grant_type is missing")),
    }
    let scope = granted_scope(server, client, server.shape().scopes(&form))?;
    let resources = server.shape().resources(&form, &server.resources());
    if !resources.iter().all(|resource| server.allows_resource(resource)) {
        return Err(Refusal::invalid_target("the resource is not one that this server issues tokens for"));
    }
    Ok(Grant { client_id: client.id().to_owned(), scope, resources })
}

/// A scope that no client has is `invalid_scope`; one beyond this client's own is left out of the grant, and the
/// response says so (RFC 6749 section 3.3).
fn granted_scope(server: &OAuthControls, client: &Client, asked: Option<&str>) -> Result<String, Refusal> {
    let Some(asked) = asked.filter(|_| !server.grants_all()) else { return Ok(client.scopes().join(" ")) };
    let asked: Vec<&str> = asked.split(' ').collect();
    if !asked.iter().all(|scope| is_scope_token(scope)) {
        return Err(Refusal::invalid_scope("scope is malformed"));
    }
    if !asked.iter().all(|scope| server.knows_scope(scope)) {
        return Err(Refusal::invalid_scope("scope is unknown"));
    }
    let granted: Vec<&str> =
        asked.into_iter().filter(|scope| client.scopes().iter().any(|own| own == scope)).collect();
    if granted.is_empty() {
        return Err(Refusal::invalid_scope("the client may have none of the scopes"));
    }
    Ok(granted.join(" "))
}

/// RFC 6749 section 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

fn issue(server: &OAuthControls, grant: &Grant) -> Response {
    let (token, lifetime) = server.sign(grant);
    let mut body = Map::new();
    body.insert("access_token".into(), Value::from(token));
    body.insert("token_type".into(), Value::from("Bearer"));
    if let Some(lifetime) = lifetime {
        body.insert("expires_in".into(), Value::from(lifetime.as_secs()));
    }
    body.insert("scope".into(), Value::from(grant.scope.as_str()));
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (headers, Json(Value::Object(body))).into_response()
}
