//! Metadata documents are kept for as long as the server says, within bounds (RFC 9728 section 7.10, RFC 9111 section
//! 5.2.2.1), and longer while the server fails.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use http::header::CACHE_CONTROL;
use tokio::time::Instant;

use super::{AuthorizationServerMetadata, UrlPolicy};

/// Not asked again sooner, whatever the server says.
const SHORTEST: Duration = Duration::from_secs(60);
/// Not kept for longer, whatever the server says, and not past this while it fails.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// Documents change rarely and clients start often.
const UNSAID: Duration = Duration::from_secs(3600);
/// One client has a few issuers.
const MOST: usize = 64;

/// The documents of the issuers asked so far.
#[derive(Default)]
pub(crate) struct Kept(Mutex<HashMap<Key, Entry>>);

/// An issuer, and the policy that its document passed.
pub(crate) type Key = (String, UrlPolicy);

struct Entry {
    metadata: AuthorizationServerMetadata,
    at: Instant,
    lifetime: Duration,
}

impl Kept {
    /// The document of an issuer, if it need not be asked for.
    pub(crate) fn fresh(&self, key: &Key, now: Instant) -> Option<AuthorizationServerMetadata> {
        self.younger(key, now, |entry| entry.lifetime)
    }

    /// The last good document of an issuer, marked stale, for when its server fails.
    pub(crate) fn stale(&self, key: &Key, now: Instant) -> Option<AuthorizationServerMetadata> {
        let mut metadata = self.younger(key, now, |_| LONGEST)?;
        metadata.is_stale = true;
        Some(metadata)
    }

    pub(crate) fn keep(
        &self,
        key: Key,
        metadata: &AuthorizationServerMetadata,
        headers: &HeaderMap,
        now: Instant,
    ) {
        let entry = Entry { metadata: metadata.clone(), at: now, lifetime: lifetime(headers) };
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(key, entry);
    }

    fn younger(
        &self,
        key: &Key,
        now: Instant,
        than: impl Fn(&Entry) -> Duration,
    ) -> Option<AuthorizationServerMetadata> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(key)?;
        (now.saturating_duration_since(entry.at) < than(entry)).then(|| entry.metadata.clone())
    }
}

/// `max-age`, within bounds.
fn lifetime(headers: &HeaderMap) -> Duration {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut lifetime = UNSAID;
    for directive in directives.flat_map(|value| value.split(',')).map(str::trim) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return SHORTEST,
            "max-age" => {
                lifetime = value.trim_matches('"').parse().map_or(SHORTEST, Duration::from_secs);
            }
            _ => {}
        }
    }
    lifetime.clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_stay_within_bounds() {
        let read =
            |text: &str| lifetime(&HeaderMap::from_iter([(CACHE_CONTROL, text.parse().unwrap())])).as_secs();
        assert_eq!(read("public, Max-Age=300"), 300);
        assert_eq!(read("max-age=1"), 60);
        assert_eq!(read("max-age=99999999"), 86400);
        for now in ["no-store, max-age=300", "no-cache", "max-age=-1", "max-age=99999999999999999999999"] {
            assert_eq!(read(now), 60, "{now}");
        }
        assert_eq!(lifetime(&HeaderMap::new()), UNSAID);
    }
}
