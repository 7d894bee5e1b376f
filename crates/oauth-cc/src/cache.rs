//! The token cache of one client: reads take no lock, and however many callers there are, one token request runs.

mod flight;
mod key;
pub(crate) mod schedule;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use toolgate_http_client::HttpClient;

use self::flight::Shared;
pub use self::key::CacheKey;
use crate::endpoint_url::{self, Endpoint};
use crate::introspection::Introspection;
use crate::scope::Scopes;
use crate::store::TokenStore;
use crate::token_client::TokenClient;
use crate::{AccessToken, ClientCredentials, TokenError, TokenSource};

/// The tokens of one client for one resource and one set of scopes. Clones share everything.
///
/// - A token is served without a lock until a margin before it expires; up to another margin earlier a refresh starts
///   beside the callers.
/// - One request runs at a time, in its own task: a caller that gives up cancels nothing.
/// - When a refresh fails, the token is served until it really expires. Without a token, a failure is told to all
///   callers for at most a second, or for as long as the server's `Retry-After` says, and then tried again.
/// - A token that a resource refused is dropped, and no other; a resource that refuses every token causes at most eight
///   new ones in ten seconds.
/// - Time is monotonic: setting the clock changes nothing.
#[derive(Clone)]
pub struct TokenCache {
    client: Arc<TokenClient>,
    shared: Arc<Shared>,
    margin: Duration,
    attempts: u32,
    store: Option<Arc<dyn TokenStore>>,
    introspection: Option<Endpoint>,
    revocation: Option<Endpoint>,
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
            store: None,
            introspection: None,
            revocation: None,
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

    /// Shares tokens with other processes through `store`: one of them asks, the others read. Default: none. While the
    /// store is down, every process asks for itself.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Where [`introspect`](Self::introspect) asks (RFC 7662). Default: nowhere.
    ///
    /// # Errors
    /// [`TokenError::Configuration`] or [`TokenError::InsecureUrl`] for anything but an https URL.
    pub fn with_introspection_endpoint(mut self, url: &str) -> Result<Self, TokenError> {
        let url = endpoint_url::configured("introspection_endpoint", url)?;
        self.introspection = Some(Endpoint { url, public_only: false });
        Ok(self)
    }

    /// Where [`close`](Self::close) revokes the token (RFC 7009). Default: nowhere, and the token just expires.
    ///
    /// # Errors
    /// As [`with_introspection_endpoint`](Self::with_introspection_endpoint).
    pub fn with_revocation_endpoint(mut self, url: &str) -> Result<Self, TokenError> {
        let url = endpoint_url::configured("revocation_endpoint", url)?;
        self.revocation = Some(Endpoint { url, public_only: false });
        Ok(self)
    }

    /// Says that a server chose the introspection endpoint, such as by metadata that names it at another origin than its own:
    /// then only a public address is connected to (RFC 9728 section 7.7). Default: somebody configured it.
    #[must_use]
    pub fn with_public_introspection(mut self, public_only: bool) -> Self {
        self.introspection = self.introspection.map(|endpoint| Endpoint { public_only, ..endpoint });
        self
    }

    /// The same for the revocation endpoint.
    #[must_use]
    pub fn with_public_revocation(mut self, public_only: bool) -> Self {
        self.revocation = self.revocation.map(|endpoint| Endpoint { public_only, ..endpoint });
        self
    }

    /// What the authorization server says about `token` now (RFC 7662).
    ///
    /// # Errors
    /// [`TokenError::Configuration`] without an introspection endpoint; otherwise as [`token`](TokenSource::token).
    ///
    /// # Cancel safety
    /// Dropping the future drops the question.
    pub async fn introspect(&self, token: &AccessToken) -> Result<Introspection, TokenError> {
        let Some(endpoint) = &self.introspection else {
            return Err(TokenError::configuration("introspection_endpoint", "none is set"));
        };
        self.client.introspect(endpoint, token).await
    }

    /// Forgets the token and, if a revocation endpoint is set, revokes it. A token shared through a store is left to the
    /// other processes.
    ///
    /// # Errors
    /// The token is forgotten also when revoking fails: [`TokenError::HttpStatus`], transport errors.
    ///
    /// # Cancel safety
    /// Dropping the future may leave the token unrevoked; it is forgotten anyway.
    pub async fn close(&self) -> Result<(), TokenError> {
        let token = self.shared.forget();
        match (&self.revocation, &self.store, token) {
            (Some(endpoint), None, Some(token)) => self.client.revoke(endpoint, &token).await,
            _ => Ok(()),
        }
    }

    /// An empty cache with the same settings that asks for `scopes`.
    pub(crate) fn widened(&self, scopes: Scopes) -> Self {
        let credentials = ClientCredentials { scopes, ..self.client.credentials.clone() };
        let client = Arc::new(TokenClient { credentials, http: Arc::clone(&self.client.http) });
        Self { client, shared: Arc::default(), ..self.clone() }
    }

    /// What this cache asks for, with all settings of `template`.
    pub(crate) fn set_up_like(self, template: &Self) -> Self {
        Self { client: self.client, shared: self.shared, ..template.clone() }
    }

    pub(crate) fn http(&self) -> Arc<dyn HttpClient> {
        Arc::clone(&self.client.http)
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
        let held = self.shared.held().peek();
        let held = held.as_deref()?;
        if now >= held.deadlines.stale_at {
            return None;
        }
        if now >= held.deadlines.refresh_at {
            self.refresh_ahead(held, now);
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
