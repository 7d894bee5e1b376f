//! From `[store]` to the database that a fleet shares tokens and counts through.

use std::sync::Arc;
use std::time::Duration;

use toolgate_oauth_cc::store::{self, SharedCount, TokenStore};
#[cfg(feature = "redis")]
use toolgate_oauth_cc::{TokenError, store::redis::RedisStore};
#[cfg(feature = "redis")]
use toolgate_tls_config::ReloadingClientTls;
use url::Url;

#[cfg(feature = "redis")]
use crate::ConfigError;
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
        // Without `//` there is no host, and a password would be taken for the path.
        let Some(url) = Url::parse(&url).ok().filter(|url| url.has_authority() && !url.path().contains('@'))
        else {
            return Some("no URL".to_owned());
        };
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
    let key = config.store.key(&config.environment)?;
    let store = RedisStore::new(&url, &key).map_err(|error| unusable(error, config))?;
    if !store.needs_tls() {
        return Ok(Some(store));
    }
    let tls = ReloadingClientTls::new(config.tls.client_tls())
        .map_err(|error| TokenError::Configuration { setting: "tls".into(), reason: error.to_string() })?;
    Ok(Some(store.with_tls(move || tls.current())))
}

/// By the name of the setting, which has nothing to do with any one token.
#[cfg(feature = "redis")]
fn unusable(error: TokenError, config: &Config) -> NoToken {
    match error {
        TokenError::Configuration { setting, .. } if setting == "token_store" => ConfigError::value(
            "TOOLGATE_STORE_URL (or url under [store])",
            config.store_place().unwrap_or_default(),
            "redis://host:6379/0, rediss://host:6379/0 for TLS, or redis+unix:///path",
        )
        .into(),
        TokenError::Configuration { setting, .. } if setting == "token_store_key" => ConfigError::value(
            "TOOLGATE_STORE_KEY (or what is in key_file under [store])",
            "[redacted]",
            "32 bytes in base64: the output of `openssl rand -base64 32`",
        )
        .into(),
        other => other.into(),
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

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn at(url: &str, key: &str) -> Config {
        let variables = [("TOOLGATE_STORE_URL", url), ("TOOLGATE_STORE_KEY", key)];
        Config { environment: crate::Environment::from_iter(variables), ..Config::default() }
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_named_with_what_it_holds() {
        for (url, found) in [
            ("https://me:canary@s.example:6379/0", "https://s.example:6379/0"),
            ("redis://:canary@s.example/canary@s", "no URL"),
            ("me:canary@s.example:6379", "no URL"),
            ("s.example:6379", "no URL"),
            ("redis://:canary@s.example/first", "redis://s.example/first"),
        ] {
            let told = open(&at(url, KEY)).err().unwrap().to_string();
            let said = format!("TOOLGATE_STORE_URL (or url under [store]) is \"{found}\"; expected redis://");
            assert!(told.starts_with(&said) && !told.contains("canary"), "{url}: {told}");
        }
        let told = open_counts(&at("redis://s.example", "canary")).err().unwrap().to_string();
        assert!(told.starts_with("TOOLGATE_STORE_KEY (or") && told.contains("; expected 32 bytes"), "{told}");
        assert!(!told.contains("canary"), "{told}");
    }

    #[tokio::test]
    async fn a_database_that_cannot_be_reached_is_told_as_that() {
        for (host, said) in
            [("127.0.0.1:1", "the connection was refused"), ("nowhere.invalid", "no connection (")]
        {
            let error = at(&format!("redis://:canary@{host}"), KEY).try_store().await.unwrap_err();
            let told = error.to_string();
            assert!(told.starts_with(&format!("token store: {said}")) && !told.contains("canary"), "{told}");
        }
    }

    /// A recording holds its own token request; its calls are as real as any, and count towards the limits of all.
    #[test]
    fn what_is_recorded_counts_with_the_others() {
        let mut config = at("redis://localhost:1", KEY);
        let shared =
            |config: &Config| (open(config).unwrap().is_some(), open_counts(config).unwrap().is_some());
        assert_eq!(shared(&config), (true, true));
        config.prepare_for_recording().unwrap();
        assert_eq!(shared(&config), (false, true));
        config.share_nothing();
        assert_eq!(shared(&config), (false, false));
    }
}
