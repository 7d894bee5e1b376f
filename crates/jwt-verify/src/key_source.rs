//! Where a verifier's keys come from: a fixed set, or one that its issuer publishes.

use std::sync::Arc;
use std::time::Duration;

use toolgate_http_client::HttpClient;

use crate::{KeySet, RemoteKeys, SkippedKey, VerifyError};

/// The keys of one issuer. Clones share one key set and one fetch.
#[derive(Debug, Clone)]
pub struct KeySource(Source);

#[derive(Debug, Clone)]
enum Source {
    Fixed(Keys),
    Remote(RemoteKeys),
}

/// A key set and its number; another number means that keys have changed.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) set: Arc<KeySet>,
    pub(crate) generation: u64,
}

/// What is known about the keys of a verifier, for health checks.
///
/// ```
/// # use toolgate_jwt_verify::KeySource;
/// let keys = KeySource::jwks_document(r#"{"keys": [
///     {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty": "OKP", "crv": "X25519", "kid": "2", "x": "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"}
/// ]}"#)?;
/// let health = keys.health();
/// assert_eq!(health.usable, ["1"]);
/// for key in &health.skipped {
///     eprintln!("key {:?} is not used: {}", key.kid, key.reason);
/// }
/// assert!(health.age.is_none()); // fixed keys do not age
/// assert!(health.last_failure.is_none());
/// # Ok::<(), toolgate_jwt_verify::VerifyError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct KeyHealth {
    /// The usable keys' `kid`s, escaped; empty for a key without one.
    pub usable: Vec<String>,
    /// The keys that are not used, and why.
    pub skipped: Vec<SkippedKey>,
    /// How long ago the issuer last confirmed them; none for fixed keys and before the first fetch.
    pub age: Option<Duration>,
    /// Why the last fetch did not replace the keys, if it failed.
    pub last_failure: Option<Arc<VerifyError>>,
}

impl KeySource {
    /// A JWKS document that never changes.
    ///
    /// # Errors
    /// As [`KeySet::parse`].
    pub fn jwks_document(document: &str) -> Result<Self, VerifyError> {
        Ok(KeySet::parse(document)?.into())
    }

    /// The JWKS that an issuer publishes, with the defaults of [`RemoteKeys`].
    ///
    /// ```
    /// # use toolgate_jwt_verify::KeySource;
    /// # fn source(client: std::sync::Arc<dyn toolgate_http_client::HttpClient>) -> Result<KeySource, toolgate_jwt_verify::VerifyError> {
    /// KeySource::remote("https://as.example/jwks", client)
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`RemoteKeys::new`].
    pub fn remote(url: &str, client: Arc<dyn HttpClient>) -> Result<Self, VerifyError> {
        Ok(RemoteKeys::new(url, client)?.into())
    }

    /// What is known about the keys.
    #[must_use]
    pub fn health(&self) -> KeyHealth {
        match &self.0 {
            Source::Fixed(keys) => KeyHealth::of(Some(&keys.set), None, None),
            Source::Remote(remote) => remote.health(),
        }
    }

    /// The keys, if they are there and not too old. Never waits.
    pub(crate) fn loaded(&self) -> Option<Keys> {
        match &self.0 {
            Source::Fixed(keys) => Some(keys.clone()),
            Source::Remote(remote) => remote.loaded(),
        }
    }

    /// The keys to verify a token with; waits only for keys that are missing or for a `kid` that nobody has seen.
    pub(crate) async fn for_kid(&self, kid: Option<&str>) -> Result<Keys, VerifyError> {
        match &self.0 {
            Source::Fixed(keys) => Ok(keys.clone()),
            Source::Remote(remote) => remote.for_kid(kid).await,
        }
    }

    /// Keys that came after `keys`, if a fetch may be made and brings any.
    pub(crate) async fn newer(&self, keys: &Keys) -> Option<Keys> {
        match &self.0 {
            Source::Fixed(_) => None,
            Source::Remote(remote) => remote.newer(keys).await,
        }
    }
}

impl KeyHealth {
    pub(crate) fn of(
        set: Option<&KeySet>,
        age: Option<Duration>,
        last_failure: Option<Arc<VerifyError>>,
    ) -> Self {
        let name = |kid: Option<&str>| kid.map(crate::error::escaped).unwrap_or_default();
        Self {
            usable: set.map(|set| set.key_ids().map(name).collect()).unwrap_or_default(),
            skipped: set.map(|set| set.skipped().to_vec()).unwrap_or_default(),
            age,
            last_failure,
        }
    }
}

impl From<KeySet> for KeySource {
    fn from(set: KeySet) -> Self {
        Self(Source::Fixed(Keys { set: Arc::new(set), generation: 0 }))
    }
}

impl From<RemoteKeys> for KeySource {
    fn from(remote: RemoteKeys) -> Self {
        Self(Source::Remote(remote))
    }
}
