//! Single flight: the slow path of the cache. The lock is held for a few moves, never over I/O.

mod desk;
mod sync;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use desk::{Desk, Joined};
use sync::{Arrival, Slot, Takeoff};
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::schedule::{self, Deadlines};
use super::{CacheKey, TokenCache};
use crate::store::Sharing;
use crate::{AccessToken, TokenError};

type Outcome = Result<AccessToken, TokenError>;

/// What the clones of a cache share.
#[derive(Default)]
pub(super) struct Shared {
    desk: Desk<Held, Outcome, Notes>,
}

/// The token in hand.
pub(super) struct Held {
    pub(super) token: AccessToken,
    pub(super) deadlines: Deadlines,
    /// Whether a caller has started the refresh: the others need not take the lock to find out.
    refreshing: AtomicBool,
}

impl Held {
    fn new(token: AccessToken, deadlines: Deadlines) -> Arc<Self> {
        Arc::new(Self { token, deadlines, refreshing: AtomicBool::new(false) })
    }
}

/// What is noted under the lock.
#[derive(Default)]
struct Notes {
    failure: Option<Failure>,
    evictions: Evictions,
    /// The last token that a resource refused: a shared store may still hold it.
    refused: Option<AccessToken>,
}

/// Bounds evictions: a resource that refuses every token must not turn each of its requests into a token request.
#[derive(Default)]
struct Evictions {
    since: Option<Instant>,
    count: u32,
}

impl Evictions {
    const WINDOW: Duration = Duration::from_secs(10);
    const MOST: u32 = 8;

    fn permit(&mut self, now: Instant) -> bool {
        if self.since.is_none_or(|since| now >= since + Self::WINDOW) {
            *self = Self { since: Some(now), count: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.count <= Self::MOST
    }
}

/// The last requests failed.
struct Failure {
    at: Instant,
    count: u32,
    error: TokenError,
}

impl Failure {
    /// What a caller without a token is told at `now`, as long as the endpoint is left alone.
    fn tell(&self, now: Instant, has_token: bool) -> Option<TokenError> {
        let pause = schedule::pause(self.count, has_token, self.error.retry_after());
        let left = (self.at + pause).checked_duration_since(now).filter(|left| !left.is_zero())?;
        Some(match &self.error {
            TokenError::Unavailable { cause, .. } => {
                TokenError::Unavailable { after: left, cause: cause.clone() }
            }
            other => other.clone(),
        })
    }
}

/// A request that is announced to all callers and still has to be spawned: not under the lock, since a runtime that is
/// shutting down drops the task at once, and dropping it takes the lock.
struct Flight {
    runtime: Handle,
    landing: Landing,
}

impl Flight {
    fn new(cache: &TokenCache, runtime: Handle, takeoff: Takeoff<Outcome>) -> Self {
        Self { runtime, landing: Landing { cache: cache.clone(), takeoff, landed: false } }
    }

    /// Runs the request in its own task, so that no caller's cancellation touches it.
    fn start(self) {
        let landing = self.landing;
        self.runtime.spawn(async move {
            let outcome = landing.cache.fly().await;
            landing.land(outcome);
        });
    }
}

impl Shared {
    /// The token in hand, without a lock.
    pub(super) fn held(&self) -> &Slot<Held> {
        self.desk.held()
    }

    /// Forgets `token` if it is the one in hand.
    pub(super) fn evict(&self, token: &AccessToken) {
        self.desk.change(|notes, held| {
            let in_hand = held.peek().as_deref().is_some_and(|held| held.token == *token);
            if in_hand && notes.evictions.permit(Instant::now()) {
                notes.refused = Some(token.clone());
                held.set(None);
            }
        });
    }

    /// Forgets the token in hand, and says which it was.
    pub(super) fn forget(&self) -> Option<AccessToken> {
        self.desk.change(|_, held| held.take()).map(|held| held.token.clone())
    }

    /// The token that the next one must not be: the one in hand, else the one refused last.
    fn unwanted(&self) -> Option<AccessToken> {
        self.desk.change(|notes, held| {
            held.peek().as_deref().map(|held| held.token.clone()).or_else(|| notes.refused.clone())
        })
    }

    fn valid(&self, now: Instant) -> Option<AccessToken> {
        let held = self.held().peek();
        held.as_deref().filter(|held| now < held.token.expires_at()).map(|held| held.token.clone())
    }
}

/// Lets the token in hand be refreshed again, not before `at`.
fn refresh_at(held: &Slot<Held>, at: Instant) {
    if let Some(in_hand) = held.get() {
        let deadlines = Deadlines { refresh_at: at, ..in_hand.deadlines };
        held.set(Some(Held::new(in_hand.token.clone(), deadlines)));
    }
}

impl TokenCache {
    /// Waits for the request under way, or starts one.
    pub(super) async fn wait_for_flight(&self) -> Outcome {
        let arrival = match self.join(Instant::now()) {
            Ok(arrival) => arrival,
            Err(outcome) => return outcome,
        };
        let outcome = arrival.outcome().await.unwrap_or(Err(TokenError::Interrupted));
        // A token that is still valid is better than an error.
        outcome.or_else(|error| self.shared.valid(Instant::now()).ok_or(error))
    }

    /// Starts a request beside the callers, if none is under way.
    pub(super) fn refresh_ahead(&self, held: &Held, now: Instant) {
        let Ok(runtime) = Handle::try_current() else { return };
        if held.refreshing.swap(true, Ordering::Relaxed) {
            return;
        }
        // Another caller's request may have landed since this one looked.
        let announced = self.shared.desk.announce_refresh(|held| now >= held.deadlines.refresh_at);
        if let Some(takeoff) = announced {
            Flight::new(self, runtime, takeoff).start();
        }
    }

    /// What to wait for, or the outcome that is known already.
    fn join(&self, now: Instant) -> Result<Arrival<Outcome>, Outcome> {
        let Ok(runtime) = Handle::try_current() else { return Err(Err(TokenError::Interrupted)) };
        let valid = self.shared.valid(now);
        let fresh = |held: &Held| (now < held.deadlines.stale_at).then(|| Ok(held.token.clone()));
        let failing = |notes: &Notes| {
            let failure = notes.failure.as_ref()?.tell(now, valid.is_some())?;
            Some(valid.clone().ok_or(failure))
        };
        match self.shared.desk.join(fresh, failing) {
            Joined::Done(outcome) => Err(outcome),
            Joined::Wait(arrival) => Ok(arrival),
            Joined::Start(takeoff, arrival) => {
                Flight::new(self, runtime, takeoff).start();
                Ok(arrival)
            }
        }
    }

    /// Takes the outcome of a request into what is in hand.
    fn settle(&self, notes: &mut Notes, held: &Slot<Held>, outcome: &Outcome, now: Instant) {
        match outcome {
            Ok(token) => {
                let deadlines = Deadlines::new(now, token.expires_at(), self.margin, schedule::fraction());
                held.set(Some(Held::new(token.clone(), deadlines)));
                notes.failure = None;
            }
            Err(error) => {
                let count = notes.failure.as_ref().map_or(0, |failure| failure.count).saturating_add(1);
                refresh_at(held, now + schedule::pause(count, true, error.retry_after()));
                notes.failure = Some(Failure { at: now, count, error: error.clone() });
            }
        }
    }

    /// The request itself, or another process's token.
    async fn fly(&self) -> Outcome {
        let request = self.client.request(self.attempts);
        let Some(store) = &self.store else { return request.await };
        let credentials = &self.client.credentials;
        let sharing = Sharing {
            store: &**store,
            key: CacheKey::of(credentials),
            margin: self.margin,
            unwanted: self.shared.unwanted(),
        };
        sharing.token(|stored| stored.token_for(credentials), request).await
    }
}

/// Ends the flight whatever happens to its task.
struct Landing {
    cache: TokenCache,
    takeoff: Takeoff<Outcome>,
    landed: bool,
}

impl Landing {
    fn land(mut self, outcome: Outcome) {
        self.landed = true;
        if let Err(error) = &outcome {
            tracing::warn!(kind = error.kind(), %error, "token request failed");
        }
        let (cache, now) = (&self.cache, Instant::now());
        cache.shared.desk.land(&self.takeoff, outcome, |notes, held, outcome| {
            cache.settle(notes, held, outcome, now);
        });
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.landed {
            self.cache.shared.desk.crash(|held| refresh_at(held, Instant::now()));
        }
    }
}
