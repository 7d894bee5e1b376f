//! Asking about a token (RFC 7662) and giving it back (RFC 7009), with the client authentication of the token request.

use std::time::SystemTime;

use http::{HeaderMap, StatusCode};
use serde_json::Value;
use toolgate_http_client::redacted_url;

use crate::endpoint_url::Endpoint;
use crate::retry_after::retry_after;
use crate::scope::{self, Scopes};
use crate::token_client::TokenClient;
use crate::{AccessToken, TokenError, echo, json};

/// What the authorization server says about a token (RFC 7662 section 2.2).
///
/// ```no_run
/// # use toolgate_oauth_cc::{TokenCache, TokenError, TokenSource};
/// # async fn example(tokens: TokenCache) -> Result<(), TokenError> {
/// let tokens = tokens.with_introspection_endpoint("https://as.example/introspect")?;
/// let said = tokens.introspect(&tokens.token().await?).await?;
/// if !said.active {
///     println!("revoked, or the server does not know it");
/// } else if !said.audience.iter().any(|audience| audience == "https://mcp.example/mcp") {
///     println!("good, but for {:?}", said.audience);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Introspection {
    /// `active`: nothing else counts when it is false.
    pub active: bool,
    /// `scope`.
    pub scopes: Option<Scopes>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `aud`, one or several.
    pub audience: Vec<String>,
    /// `exp`, in seconds since 1970.
    pub expires_at: Option<u64>,
    /// The whole answer: one JSON object without repeated members.
    pub document: String,
}

impl TokenClient {
    pub(crate) async fn introspect(
        &self,
        endpoint: &Endpoint,
        token: &AccessToken,
    ) -> Result<Introspection, TokenError> {
        let (status, headers, body) = self.ask_about(endpoint, token).await?;
        let invalid = |reason: String| TokenError::InvalidResponse {
            url: redacted_url(endpoint.url.as_str()),
            reason: echo::without(&reason, &self.credentials, [token.expose_secret()]),
        };
        if status != StatusCode::OK {
            return Err(refused(endpoint, status, &headers));
        }
        if !json::is_json(&headers) {
            return Err(invalid(format!("expected application/json, got {}", json::content_type(&headers))));
        }
        let members = json::object(&body).map_err(invalid)?;
        let text = |name| members.get(name).and_then(Value::as_str);
        let active = members.get("active").and_then(Value::as_bool);
        Ok(Introspection {
            active: active.ok_or_else(|| invalid("expected active to be true or false".to_owned()))?,
            scopes: text("scope").map(scope::parsed).transpose().map_err(invalid)?,
            client_id: text("client_id").map(str::to_owned),
            issuer: text("iss").map(str::to_owned),
            audience: strings(members.get("aud")),
            expires_at: members.get("exp").and_then(Value::as_u64),
            document: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// Revokes `token`. A token that the server does not know is revoked already (RFC 7009 section 2.2).
    pub(crate) async fn revoke(&self, endpoint: &Endpoint, token: &AccessToken) -> Result<(), TokenError> {
        let (status, headers, _) = self.ask_about(endpoint, token).await?;
        if status == StatusCode::OK { Ok(()) } else { Err(refused(endpoint, status, &headers)) }
    }
}

fn refused(endpoint: &Endpoint, status: StatusCode, headers: &HeaderMap) -> TokenError {
    TokenError::HttpStatus {
        url: redacted_url(endpoint.url.as_str()),
        status,
        hint: None,
        retry_after: retry_after(headers, SystemTime::now()),
    }
}

/// A string or an array of strings.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
