//! Protected resource metadata (RFC 9728), as far as finding the authorization server needs it.

use serde_json::Value;
use toolgate_http_client::redacted_url;

use super::document::Document;
use crate::TokenError;
use crate::error::foreign;

/// What a protected resource, such as an MCP server, says about itself.
///
/// See the example of [`Discovery::new`](super::Discovery::new).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtectedResourceMetadata {
    /// `resource`: the identifier that was asked for; the `resource` parameter of token requests (RFC 8707).
    pub resource: String,
    /// `authorization_servers`: issuers, not checked against anything yet.
    pub authorization_servers: Vec<String>,
    /// `scopes_supported`: never asked for wholesale.
    pub scopes_supported: Vec<String>,
}

/// Which authorization server the credentials may be sent to.
///
/// See the example of [`Discovery::new`](super::Discovery::new).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// The issuer that the credentials were registered with; no other.
    Issuer(String),
    /// The one that the resource names, if it names exactly one: for credentials that were made for this very resource,
    /// when nobody knows the issuer's name. The resource then decides who sees the secret, so prefer
    /// [`Issuer`](Self::Issuer), and keep the issuer that was found for the next time.
    OnlyOneNamed,
}

impl ProtectedResourceMetadata {
    /// `identifiers`: what the resource may call itself, given how the document was found.
    pub(crate) fn read(document: &Document<'_>, identifiers: &[&str]) -> Result<Self, TokenError> {
        let named = document.get("resource").and_then(Value::as_str);
        // RFC 9728 section 3.3: identical to what the URL was built from.
        let Some(resource) = identifiers.iter().find(|identifier| named == Some(**identifier)) else {
            return Err(TokenError::ResourceMismatch {
                expected: identifiers
                    .iter()
                    .map(|identifier| redacted_url(identifier))
                    .collect::<Vec<_>>()
                    .join(" or "),
                found: document.shown("resource"),
            });
        };
        let servers = document.strings("authorization_servers")?.unwrap_or_default();
        if servers.is_empty() {
            return Err(TokenError::Malformed {
                url: redacted_url(document.url),
                reason: "expected authorization_servers to name at least one issuer".to_owned(),
            });
        }
        Ok(Self {
            resource: (*resource).to_owned(),
            authorization_servers: servers,
            scopes_supported: document.strings("scopes_supported")?.unwrap_or_default(),
        })
    }

    /// The issuer that `trust` allows, if the resource names it: to the letter, but for a slash behind an issuer without a
    /// path, which resources add or leave out. What `trust` says is what counts from there on.
    ///
    /// # Errors
    /// [`TokenError::UntrustedAuthorizationServer`].
    pub fn authorization_server<'a>(&'a self, trust: &'a Trust) -> Result<&'a str, TokenError> {
        let found = match (trust, &*self.authorization_servers) {
            (Trust::Issuer(issuer), servers) => {
                servers.iter().any(|server| is_named(issuer, server)).then_some(issuer)
            }
            (Trust::OnlyOneNamed, [only]) => Some(only),
            (Trust::OnlyOneNamed, _) => None,
        };
        found.map(String::as_str).ok_or_else(|| TokenError::UntrustedAuthorizationServer {
            trusted: match trust {
                Trust::Issuer(issuer) => foreign(issuer),
                Trust::OnlyOneNamed => "whichever issuer the resource names alone".to_owned(),
            },
            offered: foreign(&self.authorization_servers.join(", ")),
        })
    }
}

/// Whether `server` is `issuer`. An empty path is the path `/` (RFC 3986 section 6.2.3); of any other, a slash makes another.
fn is_named(issuer: &str, server: &str) -> bool {
    let bare = |url: &str| {
        let (scheme, authority) = url.strip_suffix('/')?.split_once("://")?;
        (!authority.contains(['/', '?', '#'])).then(|| format!("{scheme}://{authority}"))
    };
    issuer == server || bare(issuer).as_deref() == Some(server) || bare(server).as_deref() == Some(issuer)
}
