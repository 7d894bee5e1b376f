//! Tokens shared by a fleet of processes: one of them makes the token request, the others read its token.

mod count;
#[cfg(feature = "redis")]
pub mod redis;
mod trial;

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep, timeout};

use crate::access_token::Scheme;
use crate::cache::{CacheKey, schedule};
use crate::response::MAX_LIFETIME;
use crate::scope::Scopes;
use crate::{AccessToken, ClientCredentials, Secret, TokenError, TokenType};

pub use count::SharedCount;
pub use trial::try_out;

/// A process that holds the lock longer than this is taken for dead.
const LEASE: Duration = Duration::from_secs(10);
/// The others wait for its token this long before they ask themselves.
const PATIENCE: Duration = Duration::from_secs(15);
/// A store that needs longer for one step is as good as down.
const STEP: Duration = Duration::from_secs(1);
/// Between two looks for the token.
const POLL: Duration = Duration::from_millis(50);

/// A token as a store keeps it. The store must not show the secret to anybody and not keep it past `expires_in`.
///
/// See the example of [`TokenStore`].
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// The token itself.
    pub secret: Secret,
    /// How the token is presented.
    pub token_type: TokenType,
    /// The scopes granted.
    pub scopes: Option<Scopes>,
    /// How long the token is still valid, by the clock of the store: what is left when it is read.
    pub expires_in: Duration,
    /// How long it was valid when it was stored.
    pub lifetime: Duration,
}

impl StoredToken {
    /// The token, as far as it fits what `credentials` ask for.
    pub(crate) fn token_for(&self, credentials: &ClientCredentials) -> Option<AccessToken> {
        let unbound = self.token_type == TokenType::Bearer && credentials.takes_unbound();
        let scheme = if unbound { Scheme::Bearer } else { credentials.scheme() };
        let fits = scheme.token_type() == self.token_type;
        let expires_at = Instant::now() + self.expires_in.min(MAX_LIFETIME);
        if fits {
            AccessToken::new(self.secret.expose_secret(), scheme, expires_at, self.scopes.clone())
        } else {
            None
        }
    }
}

/// A store is unreachable, or holds something that is not ours. The cache then asks for a token itself. The text is for logs:
/// no secret and no URL with a password belongs in it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("token store: {0}")]
pub struct StoreError(pub String);

/// A lock that [`TokenStore::lock`] took: random, so that only its owner releases it.
///
/// See the example of [`TokenStore`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease(pub String);

/// Where processes share tokens. What reaches it is not sealed: that is the store's to do before it leaves the process, as
/// [`RedisStore`](https://docs.rs/toolgate-oauth-cc/latest/toolgate_oauth_cc/store/redis/struct.RedisStore.html) does.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Mutex, PoisonError};
/// use std::time::{Duration, Instant};
///
/// use async_trait::async_trait;
/// use toolgate_oauth_cc::CacheKey;
/// use toolgate_oauth_cc::store::{Lease, StoreError, StoredToken, TokenStore};
///
/// /// For the caches of one process, such as in tests. Nobody is locked out: at worst, two of them ask.
/// #[derive(Default)]
/// struct Here(Mutex<HashMap<CacheKey, (StoredToken, Instant)>>);
///
/// #[async_trait]
/// impl TokenStore for Here {
///     async fn read(&self, key: &CacheKey) -> Result<Option<StoredToken>, StoreError> {
///         let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
///         Ok(kept.and_then(|(mut token, since)| {
///             token.expires_in = token.expires_in.checked_sub(since.elapsed())?; // over: nothing is stored
///             Some(token)
///         }))
///     }
///     async fn write(&self, key: &CacheKey, token: &StoredToken) -> Result<(), StoreError> {
///         let kept = (token.clone(), Instant::now());
///         self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(*key, kept);
///         Ok(())
///     }
///     async fn lock(&self, _: &CacheKey, _: Duration) -> Result<Option<Lease>, StoreError> {
///         Ok(Some(Lease(String::new())))
///     }
///     async fn unlock(&self, _: &CacheKey, _: &Lease) -> Result<(), StoreError> {
///         Ok(())
///     }
/// }
/// # #[tokio::main]
/// # async fn main() -> Result<(), StoreError> {
/// toolgate_oauth_cc::store::try_out(&Here::default()).await?;
/// # Ok(()) }
/// ```
///
/// # Cancel safety
/// A step that takes longer than a second is given up and its future dropped: the cache goes on as if the store were down.
/// A lock that was taken all the same ends with its lease.
#[async_trait]
pub trait TokenStore: Send + Sync + 'static {
    /// The token stored for `key`, if it is still valid.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read(&self, key: &CacheKey) -> Result<Option<StoredToken>, StoreError>;

    /// Stores `token` until it expires.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn write(&self, key: &CacheKey, token: &StoredToken) -> Result<(), StoreError>;

    /// Takes the right to make the token request for `key`; `None` when another process has it. The store releases it by
    /// itself after `lease`.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn lock(&self, key: &CacheKey, lease: Duration) -> Result<Option<Lease>, StoreError>;

    /// Gives the right back, if `lease` still holds it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn unlock(&self, key: &CacheKey, lease: &Lease) -> Result<(), StoreError>;
}

/// One attempt to get a token with the help of a store.
pub(crate) struct Sharing<'a> {
    pub(crate) store: &'a dyn TokenStore,
    pub(crate) key: CacheKey,
    pub(crate) margin: Duration,
    /// The token that is to be replaced, or that a resource refused.
    pub(crate) unwanted: Option<AccessToken>,
}

/// What came of looking for a shared token.
enum Found {
    Token(AccessToken),
    /// Nobody has one, and it is this process's turn to ask.
    Turn(Lease),
    /// The store is down, or the process whose turn it was did not deliver.
    Nothing,
}

impl Sharing<'_> {
    /// A token that another process got, or the outcome of `request`, made by one process at a time. With the store
    /// down, every process asks for itself.
    pub(crate) async fn token(
        &self,
        rebuild: impl Fn(&StoredToken) -> Option<AccessToken>,
        request: impl Future<Output = Result<AccessToken, TokenError>>,
    ) -> Result<AccessToken, TokenError> {
        match self.find(&rebuild).await {
            Found::Token(token) => Ok(token),
            Found::Nothing => request.await,
            Found::Turn(lease) => {
                let outcome = request.await;
                if let Ok(token) = &outcome {
                    self.step(self.store.write(&self.key, &stored(token))).await;
                }
                self.step(self.store.unlock(&self.key, &lease)).await;
                outcome
            }
        }
    }

    async fn find(&self, rebuild: &impl Fn(&StoredToken) -> Option<AccessToken>) -> Found {
        let until = Instant::now() + PATIENCE;
        let mut lease = None;
        loop {
            let Some(read) = self.step(self.store.read(&self.key)).await else { return Found::Nothing };
            if let Some(token) =
                read.filter(|stored| self.is_fresh(stored)).and_then(|stored| rebuild(&stored))
                && self.unwanted.as_ref() != Some(&token)
            {
                if let Some(lease) = &lease {
                    self.step(self.store.unlock(&self.key, lease)).await;
                }
                return Found::Token(token);
            }
            // With the lock in hand and still no token: another process did not store one before it let go.
            if let Some(lease) = lease {
                return Found::Turn(lease);
            }
            lease = match self.step(self.store.lock(&self.key, LEASE)).await {
                None => return Found::Nothing,
                Some(Some(lease)) => Some(lease),
                Some(None) if Instant::now() >= until => return Found::Nothing,
                Some(None) => {
                    sleep(schedule::jittered(POLL)).await;
                    None
                }
            };
        }
    }

    fn is_fresh(&self, stored: &StoredToken) -> bool {
        stored.expires_in > self.margin.min(stored.lifetime / 4)
    }

    /// One step of the store, `None` when it failed.
    async fn step<T>(&self, step: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
        match in_time(step).await {
            Ok(done) => Some(done),
            Err(error) => {
                tracing::warn!(%error, "asking for a token without the shared store");
                None
            }
        }
    }
}

/// One step of a store, which must not take long.
async fn in_time<T>(step: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout(STEP, step).await.unwrap_or_else(|_| Err(StoreError(format!("no answer within {STEP:?}"))))
}

fn stored(token: &AccessToken) -> StoredToken {
    let expires_in = token.expires_in();
    StoredToken {
        secret: Secret::new(token.expose_secret()),
        token_type: token.token_type(),
        scopes: token.scopes().cloned(),
        expires_in,
        lifetime: expires_in,
    }
}
