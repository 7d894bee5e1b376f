//! What a bearer decorator asks for a token: the cache, or any other make.

use async_trait::async_trait;

use crate::{AccessToken, TokenError};

/// Hands out access tokens for one resource.
///
/// A source around another, which says of what kind each failure is:
///
/// ```
/// # use async_trait::async_trait;
/// # use toolgate_oauth_cc::{AccessToken, TokenError, TokenSource};
/// struct Watched<S>(S);
///
/// #[async_trait]
/// impl<S: TokenSource> TokenSource for Watched<S> {
///     async fn token(&self) -> Result<AccessToken, TokenError> {
///         self.0.token().await.inspect_err(|error| eprintln!("no token: {}", error.kind()))
///     }
///     fn cached(&self) -> Option<AccessToken> {
///         self.0.cached()
///     }
///     fn refused(&self, token: &AccessToken) {
///         self.0.refused(token);
///     }
/// }
/// ```
#[async_trait]
pub trait TokenSource: Send + Sync + 'static {
    /// A token that is usable now: from the cache, or after one token request shared by all callers.
    ///
    /// # Errors
    /// [`TokenError`] when there is no usable token and none could be got.
    ///
    /// # Cancel safety
    /// Dropping the future abandons the wait only; a request under way goes on for the other callers.
    async fn token(&self) -> Result<AccessToken, TokenError>;

    /// A token that is usable now without waiting, if there is one. Default: none, so [`token`](Self::token) is asked.
    fn cached(&self) -> Option<AccessToken> {
        None
    }

    /// A resource server refused `token` (401): it must not be handed out again. A newer token is kept.
    fn refused(&self, token: &AccessToken);

    /// A resource server demanded `scopes` (403 `insufficient_scope`). Whether the next [`token`](Self::token) will be
    /// asked with them; default: no, a client-credentials client may abort at once (MCP authorization, Step-Up).
    fn step_up(&self, scopes: &[String]) -> bool {
        let _ = scopes;
        false
    }
}
