//! From `[store]` to the database that a fleet shares tokens and counts through.

use std::sync::Arc;
use std::time::Duration;

use toolgate_oauth_cc::store::{self, SharedCount, TokenStore};
#[cfg(feature = "redis")]
use toolgate_oauth_cc::{TokenError, store::redis::RedisStore};
#[cfg(feature = "redis")]
use toolgate_tls_config::ReloadingClientTls;
use url::Url;

use crate::{Config, Error, NoToken};

impl Config {
    /// Where the processes of a fleet share tokens and counts, without the password that may be in its URL; `None` where they do not.
    ///
    /// ```
    /// let config: toolgate::Config = toml::from_str("[store]\nurl = \"redis://:s3cret@tokens.example:6379/0\"")?;
    /// assert_eq!(config.store_place().as_deref(), Some("redis://tokens.example:6379/0"));
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub fn store_place(&self) -> Option<String> {
        let url = self.store.url(&self.environment)?;
        let Ok(url) = Url::parse(&url) else { return Some("no URL".to_owned()) };
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        Some(format!("{}://{host}{port}{}", url.scheme(), url.path()))
    }

    /// Does with that database what sharing tokens and counts takes. Without one, there is nothing to do.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// toolgate::Config::load()?.try_store().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoToken`] where the settings cannot be used, [`Error::Store`] where the database cannot.
    ///
    /// # Cancel safety
    /// Dropping the future may leave the trial's entries in the database for some seconds; nothing reads them.
    pub async fn try_store(&self) -> Result<(), Error> {
        if let (Some(tokens), Some(counts)) = (open(self)?, open_counts(self)?) {
            store::try_out(&*tokens).await?;
            let (trial, short) = ("a trial", Duration::from_secs(1));
            counts.count(trial, u32::MAX, short).await?;
            if let Some(place) = counts.begin(trial, u32::MAX, short).await? {
                counts.go_on(trial, &place, short).await?;
                counts.end(trial, &place).await?;
            }
        }
        Ok(())
    }
}

/// Where tokens are shared, if `config` names a database. It is connected to when it is first needed.
#[cfg(feature = "redis")]
pub(crate) fn open(config: &Config) -> Result<Option<Arc<dyn TokenStore>>, NoToken> {
    if config.tokens_apart {
        return Ok(None);
    }
    Ok(database(config)?.map(|store| Arc::new(store) as _))
}

/// Where the calls of rules are counted together, in the same way.
#[cfg(feature = "redis")]
pub(crate) fn open_counts(config: &Config) -> Result<Option<Arc<dyn SharedCount>>, NoToken> {
    Ok(database(config)?.map(|store| Arc::new(store) as _))
}

#[cfg(feature = "redis")]
fn database(config: &Config) -> Result<Option<RedisStore>, NoToken> {
    let Some(url) = config.store.url(&config.environment) else { return Ok(None) };
    let store = RedisStore::new(&url, &config.store.key(&config.environment)?).map_err(named)?;
    if !store.needs_tls() {
        return Ok(Some(store));
    }
    let tls = ReloadingClientTls::new(config.client_tls())
        .map_err(|error| TokenError::Config { setting: "tls".into(), reason: error.to_string() })?;
    Ok(Some(store.with_tls(move || tls.current())))
}

/// By the names of the settings.
#[cfg(feature = "redis")]
fn named(error: TokenError) -> TokenError {
    match error {
        TokenError::Config { setting, reason } => {
            let setting = match &*setting {
                "token_store" => "TOOLGATE_STORE_URL, or url under [store]".to_owned(),
                "token_store_key" => "TOOLGATE_STORE_KEY, or key_file under [store]".to_owned(),
                _ => setting,
            };
            TokenError::Config { setting, reason }
        }
        other => other,
    }
}

/// Without the feature a store that is asked for is refused: each process would be on its own in silence.
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

#[cfg(not(feature = "redis"))]
pub(crate) fn open_counts(config: &Config) -> Result<Option<Arc<dyn SharedCount>>, NoToken> {
    open(config).map(|_| None)
}

#[cfg(all(test, feature = "redis"))]
mod tests {
    use super::*;

    /// A recording holds its own token request; its calls are as real as any, and count towards the limits of all.
    #[test]
    fn what_is_recorded_counts_with_the_others() {
        let mut config: Config = toml::from_str("[store]\nurl = \"redis://localhost:1\"").unwrap();
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        config.environment = crate::Environment::from_iter([("TOOLGATE_STORE_KEY", key)]);
        let shared =
            |config: &Config| (open(config).unwrap().is_some(), open_counts(config).unwrap().is_some());
        assert_eq!(shared(&config), (true, true));
        config.share_no_tokens();
        assert_eq!(shared(&config), (false, true));
        config.share_nothing();
        assert_eq!(shared(&config), (false, false));
    }
}
