//! Many token caches, one per key: for an application that talks to several resources or as several clients.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use toolgate_http_client::HttpClient;

use crate::cache::CacheKey;
use crate::{ClientCredentials, TokenCache};

/// A bounded set of token caches. Credentials that say the same get the same cache, others never do; the cache that was
/// asked for longest ago gives way to a new one.
pub struct TokenCaches {
    http: Arc<dyn HttpClient>,
    capacity: usize,
    settings: Box<dyn Fn(TokenCache) -> TokenCache + Send + Sync>,
    caches: Mutex<Caches>,
}

#[derive(Default)]
struct Caches {
    /// Counts the uses, to order them.
    clock: u64,
    by_key: HashMap<CacheKey, (TokenCache, u64)>,
}

impl TokenCaches {
    /// No caches yet; all will send through `http`.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use toolgate_oauth_cc::{ClientCredentials, TokenCaches};
    /// # fn example(http: Arc<dyn toolgate_http_client::HttpClient>, credentials: ClientCredentials) {
    /// let caches = TokenCaches::new(http);
    /// let cache = caches.cache(credentials);
    /// # }
    /// ```
    #[must_use]
    pub fn new(http: Arc<dyn HttpClient>) -> Self {
        Self { http, capacity: 256, settings: Box::new(|cache| cache), caches: Mutex::default() }
    }

    /// The same, each set up as `template` is: its client, margin, attempts, store and endpoints.
    ///
    /// ```no_run
    /// # use toolgate_oauth_cc::{TokenCache, TokenCaches, TokenError};
    /// # fn example(cache: TokenCache) -> Result<(), TokenError> {
    /// let caches = TokenCaches::like(&cache);
    /// let narrow = caches.cache(cache.credentials().clone().with_scopes(["customer:read"])?);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn like(template: &TokenCache) -> Self {
        let template = template.clone();
        Self::new(template.http()).with_settings(move |cache| cache.set_up_like(&template))
    }

    /// How many caches are kept. Default 256: more than one process has resources to talk to.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity.max(1);
        self
    }

    /// What every new cache is set to, such as `|cache| cache.with_store(store.clone())`. Default: a cache's defaults.
    #[must_use]
    pub fn with_settings(
        mut self,
        settings: impl Fn(TokenCache) -> TokenCache + Send + Sync + 'static,
    ) -> Self {
        self.settings = Box::new(settings);
        self
    }

    /// The cache for `credentials`: the one that there is, else a new one.
    #[must_use]
    pub fn cache(&self, credentials: ClientCredentials) -> TokenCache {
        let key = CacheKey::of(&credentials);
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        caches.clock += 1;
        let now = caches.clock;
        if let Some((cache, used)) = caches.by_key.get_mut(&key) {
            *used = now;
            return cache.clone();
        }
        if caches.by_key.len() >= self.capacity {
            let oldest = caches.by_key.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| *key);
            oldest.and_then(|key| caches.by_key.remove(&key));
        }
        let cache = (self.settings)(TokenCache::new(credentials, Arc::clone(&self.http)));
        caches.by_key.insert(key, (cache.clone(), now));
        cache
    }

    /// The caches that are kept now, in no order: to close them, or to know which tokens are about.
    #[must_use]
    pub fn all(&self) -> Vec<TokenCache> {
        let caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        caches.by_key.values().map(|(cache, _)| cache.clone()).collect()
    }
}

impl fmt::Debug for TokenCaches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCaches").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
