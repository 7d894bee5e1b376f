//! From `[store]` to the database that tokens are shared through.

use std::sync::Arc;

use toolgate_oauth_cc::store::TokenStore;

use crate::{Config, NoToken};

/// The store that `config` names, if it names one. It connects when it is first needed.
#[cfg(feature = "redis")]
pub(crate) fn open(config: &Config) -> Result<Option<Arc<dyn TokenStore>>, NoToken> {
    use toolgate_oauth_cc::store::redis::RedisStore;
    use toolgate_tls_config::ReloadingClientTls;

    let Some(url) = config.store.url(&config.environment) else { return Ok(None) };
    let store = RedisStore::new(&url, &config.store.key(&config.environment)?)?;
    if !store.needs_tls() {
        return Ok(Some(Arc::new(store)));
    }
    let tls = ReloadingClientTls::new(config.client_tls()).map_err(|error| {
        toolgate_oauth_cc::TokenError::Config { setting: "tls".into(), reason: error.to_string() }
    })?;
    Ok(Some(Arc::new(store.with_tls(move || tls.current()))))
}

/// Without the feature a store that is asked for is refused: each process would ask for its own tokens in silence.
#[cfg(not(feature = "redis"))]
pub(crate) fn open(config: &Config) -> Result<Option<Arc<dyn TokenStore>>, NoToken> {
    match config.store.url(&config.environment) {
        None => Ok(None),
        Some(_) => Err(crate::ConfigError::Missing {
            what: "the feature `redis` of this build",
            mend: "build with it, or take [store] and TOOLGATE_STORE_URL away",
        }
        .into()),
    }
}
