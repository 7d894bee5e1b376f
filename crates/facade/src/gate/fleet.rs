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

#[derive(Default)]
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
pub(crate) struct FleetPlace {
    ends: Ends,
    _held: oneshot::Sender<Infallible>,
}

impl Drop for FleetPlace {
    fn drop(&mut self) {
        self.ends.send_modify(|ended| ended.calls += 1);
    }
}

impl fmt::Debug for FleetPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FleetPlace")
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use async_trait::async_trait;
    use tokio::time::sleep;

    use super::*;
    use crate::gate::quota::Quotas;
    use crate::{Policy, Rule};

    /// A database, as far as it goes.
    #[derive(Default)]
    struct Database {
        calls: AtomicU32,
        asked: AtomicU32,
        is_away: AtomicBool,
        places: Mutex<Vec<(Lease, tokio::time::Instant)>>,
    }

    impl Database {
        fn places(&self) -> Result<MutexGuard<'_, Vec<(Lease, tokio::time::Instant)>>, StoreError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.is_away.load(Ordering::Relaxed) {
                return Err(StoreError("away".to_owned()));
            }
            let mut places = self.places.lock().unwrap();
            places.retain(|(_, until)| *until > tokio::time::Instant::now());
            Ok(places)
        }
    }

    #[async_trait]
    impl SharedCount for Database {
        async fn count(&self, _: &str, most: u32, _: Duration) -> Result<bool, StoreError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.is_away.load(Ordering::Relaxed) {
                return Err(StoreError("away".to_owned()));
            }
            let more = |calls| (calls < most).then_some(calls + 1);
            Ok(self.calls.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok())
        }

        async fn begin(&self, _: &str, most: u32, lease: Duration) -> Result<Option<Lease>, StoreError> {
            let mut places = self.places()?;
            if places.len() >= most as usize {
                return Ok(None);
            }
            let place = Lease(self.asked.load(Ordering::Relaxed).to_string());
            places.push((place.clone(), tokio::time::Instant::now() + lease));
            Ok(Some(place))
        }

        async fn go_on(&self, name: &str, place: &Lease, lease: Duration) -> Result<(), StoreError> {
            self.end(name, place).await?;
            self.places()?.push((place.clone(), tokio::time::Instant::now() + lease));
            Ok(())
        }

        async fn end(&self, _: &str, place: &Lease) -> Result<(), StoreError> {
            self.places()?.retain(|(held, _)| held != place);
            Ok(())
        }
    }

    fn process(database: &Arc<Database>) -> Quotas {
        let limited = Rule::new([""; 0]).with_rate("3/h".parse().unwrap());
        let counts = Arc::clone(database) as Arc<dyn SharedCount>;
        Quotas::of(&Policy::deny_all().with_rule("free", [""; 0]).with("a", limited))
            .with_fleet(Some(Fleet::new(counts)))
    }

    fn one_at_once(database: &Arc<Database>) -> Quotas {
        let counts = Arc::clone(database) as Arc<dyn SharedCount>;
        let limited = Rule::new([""; 0]).with_concurrent(NonZeroU32::MIN);
        Quotas::of(&Policy::deny_all().with("a", limited)).with_fleet(Some(Fleet::new(counts)))
    }

    #[tokio::test(start_paused = true)]
    async fn processes_count_together_what_is_under_way() {
        let database = Arc::default();
        let (one, two, now) = (one_at_once(&database), one_at_once(&database), Instant::now());
        let place = one.take("a", now).await.unwrap();
        sleep(LEASE * 3).await;
        assert_eq!(two.take("a", now).await.unwrap_err().kind(), "limit", "a long call keeps its place");
        drop(place);
        one.settled().await;
        assert!(two.take("a", now).await.is_ok());
    }

    #[tokio::test]
    async fn a_call_that_has_ended_is_not_in_the_way_of_the_next() {
        let (database, now) = (Arc::default(), Instant::now());
        let one = one_at_once(&database);
        for _ in 0..100 {
            drop(one.take("a", now).await.unwrap());
        }
        one.settled().await;
        assert!(database.places().unwrap().is_empty(), "all of them were given back");
    }

    /// Who leaves after a reload leaves no place behind that others would wait a minute for.
    #[tokio::test]
    async fn calls_that_began_before_a_reload_are_waited_for_too() {
        let (database, now) = (Arc::default(), Instant::now());
        let (before, mut after) = (one_at_once(&database), one_at_once(&database));
        let place = before.take("a", now).await.unwrap();
        after.take_over(&before);
        drop((place, before));
        after.settled().await;
        assert!(database.places().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_of_a_process_that_is_gone_is_free_after_its_lease() {
        let database: Arc<Database> = Arc::default();
        database.begin("a", 1, LEASE).await.unwrap().unwrap();
        let (one, now) = (one_at_once(&database), Instant::now());
        assert!(one.take("a", now).await.is_err());
        sleep(LEASE).await;
        assert!(one.take("a", now).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn without_the_database_each_process_has_places_of_its_own() {
        let database: Arc<Database> = Arc::default();
        let (one, two, now) = (one_at_once(&database), one_at_once(&database), Instant::now());
        database.is_away.store(true, Ordering::Relaxed);
        let (_first, second) = (one.take("a", now).await.unwrap(), two.take("a", now).await);
        assert!(second.is_ok() && one.take("a", now).await.is_err());
    }

    #[tokio::test]
    async fn processes_count_together() {
        let database = Arc::default();
        let (one, two, now) = (process(&database), process(&database), Instant::now());
        assert!(one.take("free", now).await.is_ok(), "what has no rate is not counted");
        assert_eq!(database.asked.load(Ordering::Relaxed), 0);
        for process in [&one, &two, &one] {
            assert!(process.take("a", now).await.is_ok());
        }
        assert_eq!(two.take("a", now).await.unwrap_err().kind(), "limit");
    }

    #[tokio::test]
    async fn a_database_that_is_away_leaves_each_process_to_its_own_count() {
        let database: Arc<Database> = Arc::default();
        let (one, now) = (process(&database), Instant::now());
        for _ in 0..2 {
            assert!(one.take("a", now).await.is_ok());
        }
        database.is_away.store(true, Ordering::Relaxed);
        assert!(one.take("a", now).await.is_ok(), "the third of its own");
        assert!(one.take("a", now).await.is_err());
        assert_eq!(database.asked.load(Ordering::Relaxed), 3, "it is not asked again at once");

        database.is_away.store(false, Ordering::Relaxed);
        assert!(one.take("a", now + AWAY).await.is_ok(), "the third that the database has counted");
        assert!(one.take("a", now + AWAY).await.is_err());
        assert_eq!(database.asked.load(Ordering::Relaxed), 5);
    }
}
