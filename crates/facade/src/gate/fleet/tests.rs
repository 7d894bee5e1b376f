//! How processes count together, against a database that can go away.

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
