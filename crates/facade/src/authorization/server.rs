//! The authorization server as this client knows it: for the command to show, and for people to check.

use serde::Serialize;
use toolgate_http_client::Origin;
use toolgate_oauth_cc::ClientAuthentication;
use toolgate_oauth_cc::discovery::AuthorizationServerMetadata;

use crate::ConfigError;
use crate::config::OAuthConfig;
use crate::config::shown::{shows, written};

/// The authorization server that the client's tokens come from. Written or debugged, its URLs are without their queries, which may
/// hold a key.
///
/// ```no_run
/// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), toolgate::Error> {
/// use toolgate::Found;
///
/// for client in toolgate.token_clients() {
///     let server = client.authorization_server().await?;
///     match server.found {
///         Found::Configured => println!("tokens of {} by the settings", server.issuer),
///         _ => println!("tokens of {}, found at {}", server.issuer, server.token_endpoint),
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AuthorizationServer {
    /// How it was found.
    pub found: Found,
    /// The issuer that tokens must name.
    pub issuer: String,
    /// Where tokens are asked for.
    #[serde(serialize_with = "written")]
    pub token_endpoint: String,
    /// Where its keys are.
    #[serde(serialize_with = "written")]
    pub jwks_url: String,
    /// How the client authenticates there, by the name in the OAuth registry.
    pub client_authentication: String,
    /// The resource that tokens are asked for (RFC 8707).
    pub resource: Option<String>,
    /// Audiences of which a token must name one.
    pub audiences: Vec<String>,
    /// Whether tokens are bound to a key of the client (RFC 9449).
    pub dpop: bool,
    /// Whether it says that it binds tokens to the certificate that this client shows (RFC 8705 section 3.3).
    pub certificate_bound: bool,
    /// Where it is asked about tokens (RFC 7662).
    #[serde(serialize_with = "written")]
    pub introspection_endpoint: Option<String>,
    /// Where tokens are given back (RFC 7009).
    #[serde(serialize_with = "written")]
    pub revocation_endpoint: Option<String>,
}

shows!(
    AuthorizationServer,
    plain: [found, client_authentication, dpop, certificate_bound],
    redacted: [
        issuer, token_endpoint, jwks_url, resource, audiences, introspection_endpoint, revocation_endpoint,
    ],
);

/// How an authorization server was found.
///
/// See the example of [`AuthorizationServer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Found {
    /// Its token endpoint is configured.
    Configured,
    /// By its issuer's metadata (RFC 8414, OpenID Connect Discovery).
    Issuer,
    /// By the MCP server's challenge and metadata (RFC 9728), then its issuer's.
    Resource,
}

impl AuthorizationServer {
    /// From the token URL; what is not configured beside it is derived from that.
    pub(super) fn configured(oauth: &OAuthConfig, token_url: String) -> Result<Self, ConfigError> {
        let issuer = match &oauth.issuer {
            Some(issuer) => issuer.clone(),
            None => issuer_of(&token_url)?,
        };
        let jwks_url = match &oauth.jwks_url {
            Some(url) => url.clone(),
            None if oauth.issuer.is_none() || has_place(&issuer) => jwks_of(&issuer),
            None => {
                return Err(ConfigError::Missing {
                    what: "the URL of the issuer's keys",
                    mend: "set OAUTH_JWKS_URL, or jwks_url under [oauth]: this issuer is a name and no https URL",
                });
            }
        };
        Ok(Self::new(Found::Configured, issuer, token_url, jwks_url))
    }

    /// From its metadata, for a client that authenticates like this.
    pub(super) fn discovered(
        metadata: &AuthorizationServerMetadata,
        client: &ClientAuthentication,
        found: Found,
    ) -> Self {
        let jwks_url = metadata.jwks_uri.clone().unwrap_or_else(|| jwks_of(&metadata.issuer));
        Self {
            introspection_endpoint: metadata.introspection_endpoint_for(client).map(str::to_owned),
            revocation_endpoint: metadata.revocation_endpoint_for(client).map(str::to_owned),
            certificate_bound: metadata.certificate_bound_tokens,
            ..Self::new(found, metadata.issuer.clone(), metadata.token_endpoint.clone(), jwks_url)
        }
    }

    fn new(found: Found, issuer: String, token_endpoint: String, jwks_url: String) -> Self {
        Self {
            found,
            issuer,
            token_endpoint,
            jwks_url,
            client_authentication: String::new(),
            resource: None,
            audiences: Vec::new(),
            dpop: false,
            certificate_bound: false,
            introspection_endpoint: None,
            revocation_endpoint: None,
        }
    }
}

/// Whether `url` is of another origin than `issuer`.
pub(super) fn is_elsewhere(url: &str, issuer: &str) -> bool {
    let origin = |url: &str| url.parse().ok().and_then(|url| Origin::of(&url).ok());
    origin(url) != origin(issuer)
}

/// Whether something may be looked for at `issuer`, which is a mere name at some (AD FS, Stytch).
fn has_place(issuer: &str) -> bool {
    let origin = issuer.parse().ok().and_then(|issuer| Origin::of(&issuer).ok());
    origin.is_some_and(|origin| origin.is_secure() || origin.is_loopback())
}

fn jwks_of(issuer: &str) -> String {
    format!("{}/jwks", issuer.trim_end_matches('/'))
}

/// The token URL without its last `/token` segment; another last segment says nothing about the issuer.
fn issuer_of(token_url: &str) -> Result<String, ConfigError> {
    let issuer = token_url.strip_suffix("/token").filter(|rest| rest.contains("://") && !rest.ends_with('/'));
    let expected = "a URL that ends in /token, or the issuer to be set too (OAUTH_ISSUER)";
    issuer.map(str::to_owned).ok_or_else(|| ConfigError::url("the token endpoint", token_url, expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_is_the_token_url_without_its_last_segment() {
        assert_eq!(issuer_of("https://localhost:8443/token").unwrap(), "https://localhost:8443");
        assert_eq!(issuer_of("https://as.example/realms/a/token").unwrap(), "https://as.example/realms/a");
        for unclear in
            ["https://as.example/oauth2/v1/access", "https://as.example/token/", "/token", "https:///token"]
        {
            assert!(issuer_of(unclear).is_err(), "{unclear}");
        }
    }
}
