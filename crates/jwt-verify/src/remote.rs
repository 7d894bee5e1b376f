//! The key set that an issuer publishes at its `jwks_uri`, kept fresh without ever holding up a known key.
//!
//! Reading is one atomic load. Fetches run in a task of their own, one at a time: whoever needs the result waits for
//! that task, and nobody else does. What was good stays until something better comes or its maximum age is over.

mod fetch;
mod schedule;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::Uri;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;
use toolgate_http_client::{HttpClient, Origin, redacted_url};

use crate::key_source::Keys;
use crate::{KeyHealth, KeyRules, VerifyError};
use schedule::{Reason, Schedule, Timing};

/// Keys fetched from a URL and shared by everything that clones this.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// # use toolgate_http_client::HttpClient;
/// # use toolgate_jwt_verify::{KeySource, RemoteKeys, Verifier, VerifyError};
/// # fn verifier(client: Arc<dyn HttpClient>) -> Result<Verifier, VerifyError> {
/// let keys = RemoteKeys::new("https://as.example/jwks", client)?
///     .with_cooldown(Duration::from_secs(10)) // this issuer rotates its keys often
///     .with_deadline(Duration::from_secs(3));
/// Verifier::new("https://as.example", ["https://mcp.example"], keys.into())
/// # }
/// ```
#[derive(Clone)]
pub struct RemoteKeys {
    settings: Settings,
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Settings {
    url: Uri,
    /// The URL in messages.
    shown: Arc<str>,
    client: Arc<dyn HttpClient>,
    timing: Timing,
    deadline: Duration,
    rules: KeyRules,
    public_only: bool,
}

struct Shared {
    loaded: ArcSwapOption<Loaded>,
    schedule: Mutex<Schedule>,
    /// Counts fetches that have ended.
    landed: watch::Sender<u64>,
}

/// A key set and how long it may be used.
struct Loaded {
    keys: Keys,
    confirmed: Instant,
    fresh_for: Duration,
    etag: Option<http::HeaderValue>,
}

impl RemoteKeys {
    /// Keys from `url`, fetched through `client` when the first token comes.
    ///
    /// # Errors
    /// [`VerifyError::InsecureUrl`] for plain `http` to another machine, [`VerifyError::Configuration`] for what is no
    /// absolute URL.
    pub fn new(url: &str, client: Arc<dyn HttpClient>) -> Result<Self, VerifyError> {
        let unusable = |_| {
            VerifyError::configuration(format!(
                "expected the https URL of a key set, found {}",
                redacted_url(url)
            ))
        };
        let uri: Uri = url.parse().map_err(|_| unusable(()))?;
        let origin = Origin::of(&uri).map_err(|_| unusable(()))?;
        if !origin.is_secure() && !origin.is_loopback() {
            return Err(VerifyError::InsecureUrl { url: redacted_url(url) });
        }
        let shared = Shared {
            loaded: ArcSwapOption::empty(),
            schedule: Mutex::new(Schedule::default()),
            landed: watch::Sender::new(0),
        };
        let settings = Settings {
            url: uri,
            shown: redacted_url(url).into(),
            client,
            timing: Timing::default(),
            deadline: Duration::from_secs(10),
            rules: KeyRules::default(),
            public_only: false,
        };
        Ok(Self { settings, shared: Arc::new(shared) })
    }

    /// The least time between two fetches because of unknown `kid`s, and between two others; it counts from the
    /// attempt, also when that failed. Default 30 s: long enough that forged tokens cannot make us a flood, short
    /// enough for a key rotation.
    #[must_use]
    pub fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.settings.timing.cooldown = cooldown;
        self
    }

    /// How long keys count as fresh when the server's `Cache-Control` says nothing. Default 10 minutes: a withdrawn key
    /// stops working soon. The first token after it has the keys fetched anew and does not wait for them. Never less
    /// than the cool-down, never more than half of the maximum age, whatever the server says.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.timing.lifetime = lifetime;
        self
    }

    /// How old keys may become when the server cannot be reached; then nothing verifies. Default 24 hours.
    #[must_use]
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        self.settings.timing.maximum_age = max_age;
        self
    }

    /// How long one fetch may take in all. Default 10 s.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// Which keys are strong enough. Default [`KeyRules::default`].
    #[must_use]
    pub fn with_rules(mut self, rules: KeyRules) -> Self {
        self.settings.rules = rules;
        self
    }

    /// Whether a server chose the URL, such as by metadata that names keys at another origin than its own: then only
    /// public addresses are connected to (RFC 9728 section 7.7). Default off, for a URL that somebody configured.
    #[must_use]
    pub fn with_public_only(mut self, public_only: bool) -> Self {
        self.settings.public_only = public_only;
        self
    }

    pub(crate) fn health(&self) -> KeyHealth {
        let loaded = self.shared.loaded.load();
        let loaded = loaded.as_ref();
        let last_failure = self.shared.schedule().last_failure();
        KeyHealth::of(
            loaded.map(|loaded| &*loaded.keys.set),
            loaded.map(|loaded| loaded.confirmed.elapsed()),
            last_failure,
        )
    }

    /// The keys, unless there are none or they are too old. When they are no longer fresh, a fetch begins that nobody
    /// here waits for.
    pub(crate) fn loaded(&self) -> Option<Keys> {
        let loaded = self.shared.loaded.load();
        let loaded = loaded.as_ref()?;
        let age = loaded.confirmed.elapsed();
        if age >= loaded.fresh_for {
            self.begin(Reason::Due);
        }
        (age < self.settings.timing.maximum_age).then(|| loaded.keys.clone())
    }

    /// The keys, after the fetch that this `kid` may need.
    pub(crate) async fn for_kid(&self, kid: Option<&str>) -> Result<Keys, VerifyError> {
        let Some(keys) = self.loaded() else {
            self.land(self.begin(Reason::Due)).await;
            return self.loaded().ok_or_else(|| self.unavailable());
        };
        let Some(kid) = kid.filter(|kid| !keys.set.knows(kid)) else { return Ok(keys) };
        // Too early for a fetch; or one that another thread waited for has brought the key just now.
        let Some(fetch) = self.begin(Reason::UnknownKid(kid)) else {
            return Ok(self.loaded().unwrap_or(keys));
        };
        self.land(Some(fetch)).await;
        let keys = self.loaded().ok_or_else(|| self.unavailable())?;
        if !keys.set.knows(kid) {
            self.shared.schedule().remember_unknown(kid, Instant::now());
        }
        Ok(keys)
    }

    /// Keys that came after `keys`, after the fetch that a token without a `kid` may need.
    pub(crate) async fn newer(&self, keys: &Keys) -> Option<Keys> {
        // Where it is too early for one, another thread's may have landed just now.
        self.land(self.begin(Reason::NoKid)).await;
        self.loaded().filter(|now| now.generation != keys.generation)
    }

    /// Begins a fetch, or joins the one that is under way; none when it is too early for another.
    fn begin(&self, reason: Reason<'_>) -> Option<watch::Receiver<u64>> {
        let mut schedule = self.shared.schedule();
        if schedule.is_idle() {
            let Ok(runtime) = Handle::try_current() else {
                schedule
                    .failed(VerifyError::configuration("keys can only be fetched inside of a tokio runtime"));
                return None;
            };
            if !schedule.begin(reason, Instant::now(), &self.settings.timing) {
                return None;
            }
            let (settings, landing) = (self.settings.clone(), Landing(self.shared.clone()));
            runtime.spawn(async move { landing.0.fetch(&settings).await });
        }
        Some(self.shared.landed.subscribe())
    }

    async fn land(&self, fetch: Option<watch::Receiver<u64>>) {
        if let Some(mut landed) = fetch {
            // The sender lives in `shared`, so this only returns once the fetch has ended.
            let _ = landed.changed().await;
        }
    }

    fn unavailable(&self) -> VerifyError {
        let failure = self.shared.schedule().last_failure();
        let source =
            failure.unwrap_or_else(|| Arc::new(VerifyError::Timeout { after: self.settings.deadline }));
        let url = self.settings.shown.clone();
        match &*self.shared.loaded.load() {
            Some(loaded) => VerifyError::KeysStale { url, age: loaded.confirmed.elapsed(), source },
            None => VerifyError::KeysUnavailable { url, source },
        }
    }
}

impl Shared {
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One fetch, and what becomes of its result.
    async fn fetch(&self, settings: &Settings) {
        let before = self.loaded.load_full();
        let fetching = tokio::time::timeout(settings.deadline, fetch::fetch(settings, before.as_deref()));
        match fetching.await.unwrap_or(Err(VerifyError::Timeout { after: settings.deadline })) {
            Ok(loaded) => {
                self.loaded.store(Some(Arc::new(loaded)));
                self.schedule().succeeded();
            }
            Err(failure) => {
                tracing::warn!(url = &*settings.shown, %failure, "the key set was not renewed");
                self.schedule().failed(failure);
            }
        }
    }
}

/// Ends a fetch however it ends: waiters wake even when the task is dropped.
struct Landing(Arc<Shared>);

impl Drop for Landing {
    fn drop(&mut self) {
        // Under one lock: whoever begins the next fetch must not be woken by this one.
        let mut schedule = self.0.schedule();
        schedule.end();
        self.0.landed.send_modify(|landed| *landed = landed.wrapping_add(1));
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys").field("url", &self.settings.shown).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use toolgate_http_client::{HttpError, Request, Response};

    use super::*;
    use crate::Verifier;

    /// Reaches nobody.
    struct Away;

    #[async_trait::async_trait]
    impl HttpClient for Away {
        async fn send(&self, request: Request) -> Result<Response, HttpError> {
            Err(HttpError::Connect { origin: Origin::of(request.uri())?, reason: "away".to_owned() })
        }
    }

    #[tokio::test]
    async fn a_key_in_the_url_is_shown_nowhere() {
        let keys = |url| RemoteKeys::new(url, Arc::new(Away));
        let good = keys("https://as.example/jwks?key=canary").unwrap();
        let mut shown = format!("{good:?}");
        let verifier = Verifier::new("https://as.example", ["a"], good.into()).unwrap();
        let refused = ["https://user:canary@as.example/", "http://as.example/jwks?key=canary"];
        for error in refused.map(|url| keys(url).unwrap_err()).into_iter().chain(verifier.ready().await.err())
        {
            shown += &format!("{error} {error:?}");
        }
        assert!(shown.contains("https://as.example/jwks…") && !shown.contains("canary"), "{shown}");
    }
}
