//! A token store in Redis or Valkey. Names are keyed hashes and values are sealed with AES-256-GCM, so whoever reads the
//! database learns no token, no client and no scope.

mod connect;
mod count;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD as BASE64URL};
use connect::{Place, Tls, failed};
use redis::aio::MultiplexedConnection;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio_rustls::rustls::ClientConfig;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Lease, StoreError, StoredToken, TokenStore};
use crate::cache::CacheKey;
use crate::{Secret, TokenError, TokenType};

/// Releases a lock only for whoever holds it.
const UNLOCK: &str =
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end";
/// A store that does not answer in this time is down.
const TIMEOUT: Duration = Duration::from_millis(500);

/// A token store in Redis or Valkey, over TLS, plain TCP or a Unix socket.
pub struct RedisStore {
    place: Place,
    tls: Option<Tls>,
    connection: Mutex<Option<MultiplexedConnection>>,
    seal: RandomizedNonceKey,
    names: hmac::Key,
}

/// What is sealed.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Sealed {
    secret: String,
    dpop: bool,
    #[zeroize(skip)]
    scopes: Option<crate::scope::Scopes>,
    lifetime_ms: u64,
}

impl RedisStore {
    /// The store at `url` (`rediss://host:6379/0` over TLS, for which [`with_tls`](Self::with_tls) is needed;
    /// `redis://host:6379/0`, `redis+unix:///path`). `key` is 32 random bytes in base64, the same in
    /// every process: `openssl rand -base64 32`. No connection is made yet.
    ///
    /// ```no_run
    /// use toolgate_oauth_cc::{Secret, store::redis::RedisStore};
    /// # fn example() -> Result<RedisStore, toolgate_oauth_cc::TokenError> {
    /// RedisStore::new("redis://127.0.0.1:6379/0", &Secret::from_env("TOKEN_STORE_KEY")?)
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`TokenError::Configuration`] for an unusable URL or key.
    pub fn new(url: &str, key: &Secret) -> Result<Self, TokenError> {
        let place = Place::parse(url)?;
        let wrong = || {
            TokenError::configuration(
                "token_store_key",
                "expected 32 bytes in base64: openssl rand -base64 32",
            )
        };
        let root = Zeroizing::new(BASE64.decode(key.expose_secret().trim()).map_err(|_| wrong())?);
        if root.len() != 32 {
            return Err(wrong());
        }
        // One key per purpose.
        let root = hmac::Key::new(hmac::HMAC_SHA256, &root);
        let seal = RandomizedNonceKey::new(&AES_256_GCM, hmac::sign(&root, b"toolgate token").as_ref());
        let names = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, b"toolgate name").as_ref());
        Ok(Self { place, tls: None, connection: Mutex::new(None), seal: seal.map_err(|_| wrong())?, names })
    }

    /// Sets the TLS configuration for `rediss://`, asked for at each new connection so that certificates can be
    /// renewed.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use toolgate_oauth_cc::{Secret, store::redis::RedisStore};
    /// # fn example(tls: Arc<rustls::ClientConfig>, key: Secret) -> Result<(), toolgate_oauth_cc::TokenError> {
    /// let store = RedisStore::new("rediss://cache.example:6380/0", &key)?.with_tls(move || tls.clone());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_tls(mut self, tls: impl Fn() -> Arc<ClientConfig> + Send + Sync + 'static) -> Self {
        self.tls = Some(Arc::new(tls));
        self
    }

    /// Whether the URL asks for TLS.
    #[must_use]
    pub fn needs_tls(&self) -> bool {
        self.place.needs_tls()
    }

    fn name(&self, kind: &str, of: &[u8]) -> String {
        format!("toolgate:{kind}:{}", BASE64URL.encode(hmac::sign(&self.names, of)))
    }

    /// Runs one command; after a failure the next one connects anew.
    async fn run<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, StoreError> {
        let mut connection = self.connection().await?;
        match command.query_async(&mut connection).await {
            Ok(value) => Ok(value),
            Err(error) => {
                *self.connection.lock().await = None;
                Err(failed(&error))
            }
        }
    }

    /// The connection, which its clones share. Only connecting holds the lock, for as long as [`TIMEOUT`] at most.
    async fn connection(&self) -> Result<MultiplexedConnection, StoreError> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = &*slot {
            return Ok(connection.clone());
        }
        let connection = self.place.connect(self.tls.as_ref()).await?;
        *slot = Some(connection.clone());
        Ok(connection)
    }

    fn sealed(&self, name: &str, token: &StoredToken) -> Result<Vec<u8>, StoreError> {
        let content = Sealed {
            secret: token.secret.expose_secret().to_owned(),
            dpop: token.token_type == TokenType::DPoP,
            scopes: token.scopes.clone(),
            lifetime_ms: millis(token.lifetime),
        };
        let mut text =
            serde_json::to_vec(&content).map_err(|_| StoreError("a token cannot be written".to_owned()))?;
        let nonce = self.seal.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut text);
        let nonce = nonce.map_err(|_| StoreError("sealing a token failed".to_owned()))?;
        Ok([&nonce.as_ref()[..], &text].concat())
    }

    fn opened(&self, name: &str, value: &[u8], expires_in: Duration) -> Result<StoredToken, StoreError> {
        let foreign = || StoreError("the stored value was not sealed with this key".to_owned());
        let (nonce, text) = value.split_at_checked(NONCE_LEN).ok_or_else(foreign)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| foreign())?;
        let mut text = Zeroizing::new(text.to_vec());
        let text =
            self.seal.open_in_place(nonce, Aad::from(name.as_bytes()), &mut text).map_err(|_| foreign())?;
        let content: Sealed = serde_json::from_slice(text).map_err(|_| foreign())?;
        Ok(StoredToken {
            secret: Secret::new(content.secret.clone()),
            token_type: if content.dpop { TokenType::DPoP } else { TokenType::Bearer },
            scopes: content.scopes.clone(),
            expires_in,
            lifetime: Duration::from_millis(content.lifetime_ms),
        })
    }
}

#[async_trait]
impl TokenStore for RedisStore {
    async fn read(&self, key: &CacheKey) -> Result<Option<StoredToken>, StoreError> {
        let name = self.name("token", key.as_bytes());
        let value: Option<Vec<u8>> = self.run(redis::cmd("GET").arg(&name)).await?;
        let Some(value) = value else { return Ok(None) };
        // The store's clock says how long is left; the clocks of the processes may differ.
        let left: i64 = self.run(redis::cmd("PTTL").arg(&name)).await?;
        match u64::try_from(left) {
            Ok(left) => self.opened(&name, &value, Duration::from_millis(left)).map(Some),
            Err(_) => Ok(None),
        }
    }

    async fn write(&self, key: &CacheKey, token: &StoredToken) -> Result<(), StoreError> {
        let left = millis(token.expires_in);
        if left == 0 {
            return Ok(());
        }
        let name = self.name("token", key.as_bytes());
        let value = self.sealed(&name, token)?;
        self.run(redis::cmd("SET").arg(&name).arg(value).arg("PX").arg(left)).await
    }

    async fn lock(&self, key: &CacheKey, lease: Duration) -> Result<Option<Lease>, StoreError> {
        let mark = Lease(random()?);
        let name = self.name("lock", key.as_bytes());
        let set: Option<String> = self
            .run(redis::cmd("SET").arg(&name).arg(&mark.0).arg("NX").arg("PX").arg(millis(lease)))
            .await?;
        Ok(set.map(|_| mark))
    }

    async fn unlock(&self, key: &CacheKey, lease: &Lease) -> Result<(), StoreError> {
        let name = self.name("lock", key.as_bytes());
        let _: i64 = self.run(redis::cmd("EVAL").arg(UNLOCK).arg(1).arg(&name).arg(&lease.0)).await?;
        Ok(())
    }
}

/// A text that nobody else has.
fn random() -> Result<String, StoreError> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| StoreError("the system has no randomness".to_owned()))?;
    Ok(BASE64URL.encode(random))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("place", &self.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_as_it_was_and_under_its_own_name_alone() {
        let key = format!(" {}\n", BASE64.encode([7; 32]));
        let store = RedisStore::new("redis://127.0.0.1:1/0", &Secret::new(key)).unwrap();
        assert!(!store.needs_tls());
        for token_type in [TokenType::DPoP, TokenType::Bearer] {
            let lifetime = Duration::from_secs(600);
            let token = StoredToken {
                secret: Secret::new("canary"),
                token_type,
                scopes: Some(["a".to_owned()].into()),
                expires_in: lifetime,
                lifetime,
            };
            let sealed = store.sealed("one", &token).unwrap();
            assert!(!sealed.windows(6).any(|bytes| bytes == b"canary"));
            let opened = store.opened("one", &sealed, Duration::from_secs(5)).unwrap();
            assert_eq!(
                (opened.secret.expose_secret(), opened.token_type, opened.scopes),
                ("canary", token_type, token.scopes)
            );
            assert_eq!((opened.expires_in.as_secs(), opened.lifetime), (5, lifetime));
            assert!(store.opened("other", &sealed, lifetime).is_err());
        }
    }
}
