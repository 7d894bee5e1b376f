//! The OAuth clients of one configuration, one by one: for whoever wants to see where each token comes from and whether it
//! is any good. Calls of tools do not come through here.

use std::sync::Arc;
use std::time::Duration;

use toolgate_jwt_verify::{KeyHealth, VerifiedToken};
use toolgate_oauth_cc::AccessToken;

use crate::config::OAuthConfig;
use crate::verified::VerifiedTokens;
use crate::{AuthorizationServer, Error};

/// One OAuth client, or one resource of it, and the MCP servers that its tokens are for.
///
/// ```no_run
/// # async fn example(toolgate: toolgate::Toolgate) {
/// for client in toolgate.token_clients() {
///     match client.token().await {
///         Ok((_, claims)) => println!("{:?}: good until {:?}", client.servers(), claims.expires_at()),
///         Err(error) => println!("{:?}: {error}", client.servers()),
///     }
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct TokenClient {
    servers: Vec<String>,
    tokens: Arc<VerifiedTokens>,
}

impl TokenClient {
    pub(crate) fn new(servers: Vec<String>, tokens: Arc<VerifiedTokens>) -> Self {
        Self { servers, tokens }
    }

    /// The names of those MCP servers; after them, of those that are programs: its tokens decide about their calls too, and
    /// they are sent none.
    #[must_use]
    pub fn servers(&self) -> &[String] {
        &self.servers
    }

    /// What is configured for it: `[oauth]` with what its server says over it, or `[mcp.NAME.oauth]`.
    #[must_use]
    pub fn oauth(&self) -> &OAuthConfig {
        self.tokens.oauth()
    }

    /// Whether its authorization server has been found, as it is before its first token is asked for.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.tokens.is_established()
    }

    /// Asks for a token, unless there is one, and judges nothing: where the asking fails, no verifying can be at fault.
    /// For how long it was issued.
    ///
    /// # Errors
    /// [`Error::NoToken`] when none is issued.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn request_token(&self) -> Result<Duration, Error> {
        Ok(self.tokens.issued().await?.expires_in())
    }

    /// The current token and what it says.
    ///
    /// # Errors
    /// [`Error::NoToken`] when none is issued or the one that is cannot be verified.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn token(&self) -> Result<(AccessToken, Arc<VerifiedToken>), Error> {
        self.token_for(&[]).await
    }

    /// The token that calls are made with whose rule names `scopes`: the same as [`token`](Self::token), but where
    /// `per_tool` is set.
    ///
    /// # Errors
    /// As [`token`](Self::token).
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn token_for(&self, scopes: &[String]) -> Result<(AccessToken, Arc<VerifiedToken>), Error> {
        Ok(self.tokens.verified(scopes).await?)
    }

    /// The authorization server that tokens come from, found first if it is not configured.
    ///
    /// # Errors
    /// [`Error::NoToken`] when discovery fails.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn authorization_server(&self) -> Result<AuthorizationServer, Error> {
        Ok(self.tokens.established().await?.server.clone())
    }

    /// What is known about the issuer's keys: how many can be used, which were skipped and why, how old they are.
    ///
    /// # Errors
    /// As [`authorization_server`](Self::authorization_server).
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn key_health(&self) -> Result<KeyHealth, Error> {
        Ok(self.tokens.established().await?.verifier.key_health())
    }
}

impl std::fmt::Debug for TokenClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenClient").field("servers", &self.servers).finish_non_exhaustive()
    }
}
