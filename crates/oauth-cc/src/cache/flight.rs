//! Single flight: the slow path of the cache. The lock is held for a few moves, never over I/O.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use super::schedule::{self, Deadlines};
use super::{CacheKey, TokenCache};
use crate::store::Sharing;
use crate::{AccessToken, TokenError};

type Outcome = Result<AccessToken, TokenError>;
type Arrival = watch::Receiver<Option<Outcome>>;

/// What the clones of a cache share.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) held: ArcSwapOption<Held>,
    state: Mutex<State>,
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

#[derive(Default)]
struct State {
    flight: Option<Arrival>,
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

/// What a caller without a fresh token does.
enum Joined {
    Done(Outcome),
    Wait(Arrival),
    Start(Box<Flight>),
}

/// A request that is announced to all callers and still has to be spawned: not under the lock, since a runtime that is
/// shutting down drops the task at once, and dropping it takes the lock.
struct Flight {
    runtime: Handle,
    landing: Landing,
    arrival: Arrival,
}

impl Flight {
    /// Announces a request in `state`; `None` outside of a runtime.
    fn announce(cache: &TokenCache, state: &mut State) -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        let (announce, arrival) = watch::channel(None);
        state.flight = Some(arrival.clone());
        let landing = Landing { cache: cache.clone(), announce, landed: false };
        Some(Self { runtime, landing, arrival })
    }

    /// Runs the request in its own task, so that no caller's cancellation touches it.
    fn start(self) -> Arrival {
        let landing = self.landing;
        self.runtime.spawn(async move {
            let outcome = landing.cache.fly().await;
            landing.land(outcome);
        });
        self.arrival
    }
}

impl Shared {
    /// Forgets `token` if it is the one in hand.
    pub(super) fn evict(&self, token: &AccessToken) {
        // Under the lock, as landing is: otherwise a token that lands in between would be dropped.
        let mut state = self.lock();
        let in_hand = self.held.load().as_deref().is_some_and(|held| held.token == *token);
        if in_hand && state.evictions.permit(Instant::now()) {
            state.refused = Some(token.clone());
            self.held.store(None);
        }
    }

    /// Lets the token in hand be refreshed again, not before `at`. Called under the lock.
    fn refresh_at(&self, at: Instant) {
        if let Some(held) = self.held.load_full() {
            let deadlines = Deadlines { refresh_at: at, ..held.deadlines };
            self.held.store(Some(Held::new(held.token.clone(), deadlines)));
        }
    }

    /// Forgets the token in hand, and says which it was.
    pub(super) fn forget(&self) -> Option<AccessToken> {
        let _state = self.lock();
        self.held.swap(None).map(|held| held.token.clone())
    }

    /// The token that the next one must not be: the one in hand, else the one refused last.
    fn unwanted(&self) -> Option<AccessToken> {
        let state = self.lock();
        let held = self.held.load();
        held.as_deref().map(|held| held.token.clone()).or_else(|| state.refused.clone())
    }

    fn valid(&self, now: Instant) -> Option<AccessToken> {
        let held = self.held.load();
        held.as_deref().filter(|held| now < held.token.expires_at()).map(|held| held.token.clone())
    }

    /// No code that can panic runs under the lock, so a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenCache {
    /// Waits for the request under way, or starts one.
    pub(super) async fn wait_for_flight(&self) -> Outcome {
        let mut arrival = match self.join(Instant::now()) {
            Joined::Done(outcome) => return outcome,
            Joined::Wait(arrival) => arrival,
            Joined::Start(flight) => flight.start(),
        };
        let outcome = match arrival.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Err(TokenError::Interrupted)),
            Err(_) => Err(TokenError::Interrupted),
        };
        // A token that is still valid is better than an error.
        outcome.or_else(|error| self.shared.valid(Instant::now()).ok_or(error))
    }

    /// Starts a request beside the callers, if none is under way.
    pub(super) fn refresh_ahead(&self, held: &Held, now: Instant) {
        if Handle::try_current().is_err() || held.refreshing.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Some(flight) = self.announce_refresh(now) {
            flight.start();
        }
    }

    fn announce_refresh(&self, now: Instant) -> Option<Flight> {
        let mut state = self.shared.lock();
        // Another caller's request may have landed since this one looked.
        let refreshed = self.shared.held.load().as_deref().is_none_or(|held| now < held.deadlines.refresh_at);
        if state.flight.is_some() || refreshed { None } else { Flight::announce(self, &mut state) }
    }

    fn join(&self, now: Instant) -> Joined {
        let mut state = self.shared.lock();
        // Another caller's request may have landed since this one looked.
        if let Some(held) = self.shared.held.load().as_deref()
            && now < held.deadlines.stale_at
        {
            return Joined::Done(Ok(held.token.clone()));
        }
        if let Some(arrival) = &state.flight {
            return Joined::Wait(arrival.clone());
        }
        let valid = self.shared.valid(now);
        let failing = state.failure.as_ref().and_then(|failure| failure.tell(now, valid.is_some()));
        if let Some(error) = failing {
            return Joined::Done(valid.ok_or(error));
        }
        Flight::announce(self, &mut state).map_or_else(
            || Joined::Done(Err(TokenError::Interrupted)),
            |flight| Joined::Start(Box::new(flight)),
        )
    }

    /// Takes the outcome of a request into the cache.
    fn settle(&self, outcome: &Outcome, now: Instant) {
        let mut state = self.shared.lock();
        state.flight = None;
        match outcome {
            Ok(token) => {
                let deadlines = Deadlines::new(now, token.expires_at(), self.margin, schedule::fraction());
                self.shared.held.store(Some(Held::new(token.clone(), deadlines)));
                state.failure = None;
            }
            Err(error) => {
                let count = state.failure.as_ref().map_or(0, |failure| failure.count).saturating_add(1);
                self.shared.refresh_at(now + schedule::pause(count, true, error.retry_after()));
                state.failure = Some(Failure { at: now, count, error: error.clone() });
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
    announce: watch::Sender<Option<Outcome>>,
    landed: bool,
}

impl Landing {
    fn land(mut self, outcome: Outcome) {
        self.landed = true;
        if let Err(error) = &outcome {
            tracing::warn!(class = error.class(), %error, "token request failed");
        }
        self.cache.settle(&outcome, Instant::now());
        self.announce.send_replace(Some(outcome));
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.landed {
            let mut state = self.cache.shared.lock();
            state.flight = None;
            self.cache.shared.refresh_at(Instant::now());
        }
    }
}
