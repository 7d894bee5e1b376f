//! A shared store, here in memory: one process asks, the others read; without the store, everybody asks.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, advance};
use toolgate_oauth_cc::store::{Lease, StoreError, StoredToken, TokenStore, try_out};
use toolgate_oauth_cc::{CacheKey, TokenSource};

use crate::script::{Script, Step, cache};

#[derive(Default)]
struct Memory {
    tokens: Mutex<HashMap<CacheKey, (StoredToken, Instant)>>,
    locks: Mutex<HashMap<CacheKey, (Lease, Instant)>>,
    down: bool,
    forgets: bool,
}

impl Memory {
    fn up(&self) -> Result<(), StoreError> {
        if self.down { Err(StoreError("down".to_owned())) } else { Ok(()) }
    }
}

#[async_trait]
impl TokenStore for Memory {
    async fn read(&self, key: &CacheKey) -> Result<Option<StoredToken>, StoreError> {
        self.up()?;
        let tokens = self.tokens.lock().unwrap();
        Ok(tokens.get(key).and_then(|(token, at)| {
            let expires_in = token.expires_in.checked_sub(at.elapsed())?;
            Some(StoredToken { expires_in, ..token.clone() })
        }))
    }

    async fn write(&self, key: &CacheKey, token: &StoredToken) -> Result<(), StoreError> {
        self.up()?;
        if !self.forgets {
            self.tokens.lock().unwrap().insert(*key, (token.clone(), Instant::now()));
        }
        Ok(())
    }

    async fn lock(&self, key: &CacheKey, lease: Duration) -> Result<Option<Lease>, StoreError> {
        self.up()?;
        let mut locks = self.locks.lock().unwrap();
        if locks.get(key).is_some_and(|(_, until)| Instant::now() < *until) {
            return Ok(None);
        }
        let mark = Lease(format!("{:?}", Instant::now()));
        locks.insert(*key, (mark.clone(), Instant::now() + lease));
        Ok(Some(mark))
    }

    async fn unlock(&self, key: &CacheKey, lease: &Lease) -> Result<(), StoreError> {
        let mut locks = self.locks.lock().unwrap();
        if locks.get(key).is_some_and(|(mark, _)| mark == lease) {
            locks.remove(key);
        }
        Ok(())
    }
}

/// Caches of so many processes.
fn fleet(script: &Arc<Script>, store: &Arc<Memory>, count: usize) -> Vec<toolgate_oauth_cc::TokenCache> {
    (0..count).map(|_| cache(script).with_store(Arc::<Memory>::clone(store))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_fleet_makes_one_request_per_token() {
    let script = Script::new([Step::token(600).with_delay(Duration::from_millis(300))]);
    let fleet = fleet(&script, &Arc::default(), 50);
    for round in 1..=2 {
        let callers: Vec<_> = fleet
            .iter()
            .map(|cache| {
                let cache = cache.clone();
                tokio::spawn(async move { cache.token().await.unwrap() })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().expose_secret(), format!("tok-{round}"));
        }
        assert_eq!(script.count(), round);
        advance(Duration::from_secs(600)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn with_the_store_down_everybody_asks() {
    let script = Script::new([Step::token(600)]);
    let down = Arc::new(Memory { down: true, ..Memory::default() });
    for cache in fleet(&script, &down, 3) {
        cache.token().await.unwrap();
    }
    assert_eq!(script.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_dead_lock_owner_is_waited_for_once() {
    let script = Script::new([Step::token(600)]);
    let store = Arc::new(Memory::default());
    let fleet = fleet(&script, &store, 1);
    let key = CacheKey::of(fleet[0].credentials());
    store.lock(&key, Duration::from_secs(10)).await.unwrap().unwrap();
    let before = Instant::now();
    fleet[0].token().await.unwrap();
    assert!(before.elapsed() >= Duration::from_secs(10) && before.elapsed() < Duration::from_secs(11));
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_not_read_again() {
    let script = Script::new([Step::token(600)]);
    let fleet = fleet(&script, &Arc::default(), 2);
    let first = fleet[0].token().await.unwrap();
    assert_eq!(fleet[1].token().await.unwrap(), first);
    fleet[0].refused(&first);
    let second = fleet[0].token().await.unwrap();
    assert_ne!(second, first);
    // The other process reads the newer token instead of asking for a third.
    fleet[1].refused(&first);
    assert_eq!(fleet[1].token().await.unwrap(), second);
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_store_is_tried_as_it_will_be_used() {
    let store = Memory::default();
    try_out(&store).await.unwrap();
    try_out(&store).await.expect("its lock was let go");
    let key = *store.tokens.lock().unwrap().keys().next().unwrap();
    store.lock(&key, Duration::from_secs(60)).await.unwrap();
    try_out(&store).await.expect("another process tries too");

    let down = Memory { down: true, ..Memory::default() };
    assert_eq!(try_out(&down).await.unwrap_err().to_string(), "token store: down");
    let forgets = Memory { forgets: true, ..Memory::default() };
    assert!(try_out(&forgets).await.unwrap_err().to_string().contains("could not be read back"));
}
