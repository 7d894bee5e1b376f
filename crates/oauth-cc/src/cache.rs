//! The token cache of one client: reads take no lock, and however many callers there are, one token request runs.

mod flight;
pub(crate) mod schedule;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use toolgate_http_client::HttpClient;

use crate::scope::Scopes;
use crate::token_client::TokenClient;
use crate::{AccessToken, ClientCredentials, TokenError, TokenSource};
use flight::Shared;

/// The tokens of one client for one resource and one set of scopes. Clones share everything.
///
/// - A token is served without a lock until a margin before it expires; up to another margin earlier a refresh starts
///   beside the callers.
/// - One request runs at a time, in its own task: a caller that gives up cancels nothing.
/// - When a refresh fails, the token is served until it really expires. Without a token, a failure is told to all
///   callers for at most a second, or for as long as the server's `Retry-After` says, and then tried again.
/// - Time is monotonic: setting the clock changes nothing.
#[derive(Clone)]
pub struct TokenCache {
    client: Arc<TokenClient>,
    shared: Arc<Shared>,
    margin: Duration,
    attempts: u32,
}

impl TokenCache {
    /// An empty cache; the first [`token`](TokenSource::token) makes the first request.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use toolgate_http_client::HttpClient;
    /// use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenSource};
    /// # async fn example(http: Arc<dyn HttpClient>) -> Result<(), toolgate_oauth_cc::TokenError> {
    /// let secret = ClientAuthentication::SecretBasic(Secret::from_env("OAUTH_CLIENT_SECRET")?);
    /// let cache = TokenCache::new(ClientCredentials::new("https://as.example/token", "my-client", secret)?, http);
    /// let token = cache.token().await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(credentials: ClientCredentials, http: Arc<dyn HttpClient>) -> Self {
        Self {
            client: Arc::new(TokenClient { credentials, http }),
            shared: Arc::default(),
            margin: Duration::from_secs(60),
            attempts: 3,
        }
    }

    /// How long before its expiry a token is no longer handed out without asking for a new one. Default 60 s: longer
    /// than a call takes and than clocks are apart. At most a quarter of a token's lifetime is used.
    #[must_use]
    pub fn with_margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// How many requests may be made for one token when there is no answer, or one that says "not now" (429, 502, 503,
    /// 504). Default 3. Everything else is never repeated.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// An empty cache with the same settings that asks for `scopes`.
    pub(crate) fn widened(&self, scopes: Scopes) -> Self {
        let credentials = ClientCredentials { scopes, ..self.client.credentials.clone() };
        let client = Arc::new(TokenClient { credentials, http: Arc::clone(&self.client.http) });
        Self { client, shared: Arc::default(), margin: self.margin, attempts: self.attempts }
    }

    /// What the cache asks for.
    #[must_use]
    pub fn credentials(&self) -> &ClientCredentials {
        &self.client.credentials
    }
}

#[async_trait]
impl TokenSource for TokenCache {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        match self.cached() {
            Some(token) => Ok(token),
            None => self.wait_for_flight().await,
        }
    }

    fn cached(&self) -> Option<AccessToken> {
        let now = Instant::now();
        let held = self.shared.held.load();
        let held = held.as_deref()?;
        if now >= held.deadlines.stale_at {
            return None;
        }
        if now >= held.deadlines.refresh_at {
            self.refresh_ahead(now);
        }
        Some(held.token.clone())
    }

    fn refused(&self, token: &AccessToken) {
        self.shared.evict(token);
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("credentials", &self.client.credentials)
            .field("margin", &self.margin)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
