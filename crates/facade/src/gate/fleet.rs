//! Calls that all processes of a fleet count together, in the database that they share tokens through.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use toolgate_oauth_cc::store::{Lease, SharedCount, StoreError};

use crate::policy::Rate;

/// For how long a database that did not answer is not asked: each call would wait for it.
const AWAY: Duration = Duration::from_secs(5);

/// How long the place of a call is held without a word of its process; after a crash, others wait for as long.
const LEASE: Duration = Duration::from_secs(60);

/// How often a process says that its call is still under way: twice it may fail.
const WORD: Duration = Duration::from_secs(20);

/// The counts of all processes.
pub(crate) struct Fleet {
    counts: Arc<dyn SharedCount>,
    /// Until when the database counts as away.
    away_until: Mutex<Option<Instant>>,
    ends: Ends,
}

/// What became of this process's calls that have ended.
type Ends = watch::Sender<Ended>;

#[derive(Debug, Default)]
struct Ended {
    calls: u64,
    /// Those whose places the database has heard are free, or will not hear of.
    told: u64,
}

/// Counts a call as told when this is dropped, be it with its runtime.
struct Told(Ends);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.send_modify(|ended| ended.told += 1);
    }
}

impl Fleet {
    pub(crate) fn new(counts: Arc<dyn SharedCount>) -> Self {
        Self { counts, away_until: Mutex::default(), ends: Ends::default() }
    }

    /// Goes on where `before` was: its calls that are still under way are waited for as this one's are.
    pub(crate) fn take_over(&mut self, before: &Self) {
        self.ends = before.ends.clone();
    }

    /// Counts a call under `rule` at `now`: whether it is within the rate; `None` where the database does not say.
    pub(crate) async fn count(&self, rule: &str, rate: Rate, now: Instant) -> Option<bool> {
        self.said(rule, now, self.counts.count(rule, rate.calls(), rate.period())).await
    }

    /// Takes one of `most` places among the calls under way under `rule`: `Some(None)` where all are taken; `None` where the
    /// database does not say.
    pub(crate) async fn begin(&self, rule: &str, most: u32, now: Instant) -> Option<Option<FleetPlace>> {
        let begin = || self.said(rule, now, self.counts.begin(rule, most, LEASE));
        let mut place = begin().await?;
        if place.is_none() && self.settled().await {
            place = begin().await?;
        }
        Some(place.map(|place| self.hold(rule.to_owned(), place)))
    }

    /// Waits until the database knows of all calls of this process that have ended; whether there were some that it did not
    /// know of.
    pub(crate) async fn settled(&self) -> bool {
        let mut ends = self.ends.subscribe();
        let calls = ends.borrow_and_update().calls;
        let is_behind = ends.borrow().told < calls;
        // The sender is here, so that this waits for nothing else.
        let _ = ends.wait_for(|ended| ended.told >= calls).await;
        is_behind
    }

    /// Holds `place` until what this returns is dropped.
    fn hold(&self, rule: String, place: Lease) -> FleetPlace {
        let (held, mut dropped) = oneshot::channel();
        let (counts, told) = (Arc::clone(&self.counts), Told(self.ends.clone()));
        tokio::spawn(async move {
            let _told = told;
            while timeout(WORD, &mut dropped).await.is_err() {
                if let Err(error) = counts.go_on(&rule, &place, LEASE).await {
                    tracing::debug!(rule, %error, "a call's place in the shared store is not held any longer");
                }
            }
            if let Err(error) = counts.end(&rule, &place).await {
                tracing::debug!(rule, %error, "a call's place in the shared store is free after its lease only");
            }
        });
        FleetPlace { ends: self.ends.clone(), _held: held }
    }

    /// What the database says, if it is there.
    async fn said<T>(
        &self,
        rule: &str,
        now: Instant,
        asking: impl Future<Output = Result<T, StoreError>>,
    ) -> Option<T> {
        if self.away_until().is_some_and(|until| now < until) {
            return None;
        }
        match asking.await {
            Ok(said) => Some(said),
            Err(error) => {
                let mut until = self.away_until();
                let known = until.is_some_and(|until| now < until);
                *until = (*until).max(Some(now + AWAY));
                drop(until);
                // Whatever was asked at the same time fails with it, and has nothing to add.
                if !known {
                    tracing::warn!(
                        rule,
                        %error,
                        "the shared store is away: until it is back, this process counts calls for itself"
                    );
                }
                None
            }
        }
    }

    fn away_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.away_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fleet")
    }
}

/// A place among the calls that all processes have under way, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct FleetPlace {
    ends: Ends,
    _held: oneshot::Sender<Infallible>,
}

impl Drop for FleetPlace {
    fn drop(&mut self) {
        self.ends.send_modify(|ended| ended.calls += 1);
    }
}

#[cfg(test)]
mod tests;
