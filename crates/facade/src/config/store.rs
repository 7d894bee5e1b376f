//! `[store]`: a Redis or Valkey database where the processes of a fleet share tokens, so that one of them asks for all, and
//! count the calls of rules with a limit.

use std::path::PathBuf;

use serde::Deserialize;
use toolgate_oauth_cc::Secret;

use super::shown::shows;
use super::{ConfigError, Environment, read_text};

/// `[store]`: where tokens are shared, which are sealed before they leave the process, and where calls count towards the
/// `rate` and `concurrent` of a rule whichever process makes them.
///
/// ```
/// let config: toolgate::Config = toml::from_str(
///     r#"
///     [store]
///     url = "rediss://tokens.example.com:6379/0"
///     key_file = "/run/secrets/token-store-key"
///     "#,
/// )?;
/// assert!(config.store.url.is_some());
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct StoreConfig {
    /// The database: `rediss://host:6379/0` (TLS, trusted by `[tls]`), `redis://host:6379/0`, `redis+unix:///path`. A URL
    /// with a password belongs into the variable `TOOLGATE_STORE_URL`, which wins over this.
    pub url: Option<String>,
    /// The file with the 32 random bytes, in base64, that tokens are sealed and names hashed with; the same for every process. Default:
    /// the variable `TOOLGATE_STORE_KEY`. Made by `openssl rand -base64 32`.
    pub key_file: Option<PathBuf>,
}

shows!(StoreConfig, plain: [key_file], redacted: [url]);

impl StoreConfig {
    /// The variables that hold what opens the database and what is in it.
    pub(crate) const SECRET_VARIABLES: [&str; 2] = [Self::URL, Self::KEY];
    pub(crate) const URL: &str = "TOOLGATE_STORE_URL";
    const KEY: &str = "TOOLGATE_STORE_KEY";

    /// The database's URL, if a store is wanted.
    pub(crate) fn url(&self, environment: &Environment) -> Option<String> {
        environment.get(Self::URL).or_else(|| self.url.clone())
    }

    /// The key that tokens are sealed with.
    #[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "no store, no key"))]
    pub(crate) fn key(&self, environment: &Environment) -> Result<Secret, ConfigError> {
        match &self.key_file {
            Some(file) => Ok(Secret::new(read_text(file)?)),
            None => environment.get(Self::KEY).map(Secret::new).ok_or(ConfigError::Missing {
                what: "the key that shared tokens are sealed with",
                mend: "put the output of `openssl rand -base64 32` into TOOLGATE_STORE_KEY, or name its file as \
                       key_file under [store]",
            }),
        }
    }
}
