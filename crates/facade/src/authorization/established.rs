//! What tokens of one client for one resource come from and are verified by, once that is settled.

use toolgate_jwt_verify::{VerifiedToken, Verifier};
use toolgate_oauth_cc::{TokenCache, TokenCaches, TokenError};
use toolgate_tls_config::ClientTls;

use super::{AuthorizationServer, NoToken};

/// A token cache and a verifier for what it issues.
pub(crate) struct Established {
    pub(crate) tokens: TokenCache,
    /// Tokens for the calls of one rule each, where they are to hold no other scopes.
    pub(super) narrow: Option<Narrow>,
    pub(crate) verifier: Verifier,
    pub(crate) server: AuthorizationServer,
    /// The thumbprint of the key that tokens are bound to.
    pub(crate) dpop: Option<String>,
    /// Tells the certificate that tokens may be bound to.
    pub(crate) tls: ClientTls,
    /// Whether its tokens are opaque, and the server is asked about each.
    pub(crate) introspects: bool,
    /// Whether tokens that are bound to nothing are refused.
    pub(super) require_bound: bool,
}

/// Where narrow tokens come from.
pub(crate) struct Narrow {
    pub(super) caches: TokenCaches,
    /// What the resource demands of any request.
    pub(super) demanded: Vec<String>,
    /// Whether a token may hold more than was asked for.
    pub(super) allow_wider: bool,
}

impl Established {
    /// The cache with the tokens for calls whose rule names `scopes`. A rule that names none gets the common token: a
    /// request that names none would leave the choice to the server.
    pub(crate) fn cache(&self, scopes: &[String]) -> Result<TokenCache, TokenError> {
        let Some(narrow) = self.narrow.as_ref().filter(|_| !scopes.is_empty()) else {
            return Ok(self.tokens.clone());
        };
        let wanted = narrow.demanded.iter().chain(scopes).cloned();
        Ok(narrow.caches.cache(self.tokens.credentials().clone().with_scopes(wanted)?))
    }

    /// Every cache that may hold a token.
    pub(crate) fn caches(&self) -> Vec<TokenCache> {
        let narrow = self.narrow.iter().flat_map(|narrow| narrow.caches.all());
        [self.tokens.clone()].into_iter().chain(narrow).collect()
    }

    /// Whether a token is bound to something that this client proves, where that is demanded.
    pub(crate) fn check_binding(&self, token: &VerifiedToken) -> Result<(), NoToken> {
        if self.require_bound && !token.is_sender_constrained() { Err(NoToken::Unbound) } else { Ok(()) }
    }

    /// What is to be told of a token that was issued unbound, though its server can bind it (RFC 8705 section 3).
    pub(crate) fn unbound(&self, token: &VerifiedToken) -> Option<&'static str> {
        (self.server.certificate_bound && !token.is_sender_constrained()).then_some(
            "the access token is not bound to this client's certificate, though its server says that it binds tokens: \
             whoever gets hold of it can use it. Register the client with tls_client_certificate_bound_access_tokens = \
             true; with require_bound = true under [oauth] such tokens are refused",
        )
    }

    /// Whether a token for calls whose rule names `scopes` holds nothing else, where it is to be narrow.
    pub(crate) fn check_width(&self, scopes: &[String], token: &VerifiedToken) -> Result<(), NoToken> {
        let Some(narrow) = self.narrow.as_ref().filter(|narrow| !narrow.allow_wider && !scopes.is_empty())
        else {
            return Ok(());
        };
        let asked = |held: &str| scopes.iter().chain(&narrow.demanded).any(|scope| scope == held);
        let wider: Vec<String> = token
            .scopes()
            .iter()
            .filter(|held| !asked(held))
            .map(|held| held.escape_debug().to_string())
            .collect();
        if wider.is_empty() { Ok(()) } else { Err(NoToken::TooWide { scopes: wider }) }
    }
}
