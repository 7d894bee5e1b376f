//! Calls that all processes of a fleet count together, in the database that they share tokens through.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use toolgate_oauth_cc::store::SharedCount;

use crate::policy::Rate;

/// For how long a database that did not answer is not asked: each call would wait for it.
const AWAY: Duration = Duration::from_secs(5);

/// The counts of all processes.
pub(crate) struct Fleet {
    counts: Arc<dyn SharedCount>,
    /// Until when the database counts as away.
    away_until: Mutex<Option<Instant>>,
}

impl Fleet {
    pub(crate) fn new(counts: Arc<dyn SharedCount>) -> Self {
        Self { counts, away_until: Mutex::default() }
    }

    /// Counts a call under `rule` at `now`: whether it is within the rate; `None` where the database does not say.
    pub(crate) async fn count(&self, rule: &str, rate: Rate, now: Instant) -> Option<bool> {
        if self.away_until().is_some_and(|until| now < until) {
            return None;
        }
        match self.counts.count(rule, rate.calls(), rate.period()).await {
            Ok(within) => Some(within),
            Err(error) => {
                tracing::warn!(
                    rule,
                    %error,
                    "the shared store is away: until it is back, this process counts calls towards rates for itself"
                );
                let mut until = self.away_until();
                *until = (*until).max(Some(now + AWAY));
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use async_trait::async_trait;
    use toolgate_oauth_cc::store::StoreError;

    use super::*;
    use crate::gate::quota::Quotas;
    use crate::{Policy, Rule};

    /// A database, as far as it goes.
    #[derive(Default)]
    struct Database {
        calls: AtomicU32,
        asked: AtomicU32,
        is_away: AtomicBool,
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
    }

    fn process(database: &Arc<Database>) -> Quotas {
        let limited = Rule::new([""; 0]).with_rate("3/h".parse().unwrap());
        let counts = Arc::clone(database) as Arc<dyn SharedCount>;
        Quotas::of(&Policy::deny_all().with_rule("free", [""; 0]).with("a", limited))
            .with_fleet(Some(Fleet::new(counts)))
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
