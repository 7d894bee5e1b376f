//! A shared store, here in memory: one process asks, the others read; without the store, everybody asks.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, advance};
use toolgate_oauth_cc::store::{Lease, StoreError, StoredToken, TokenStore, try_out};
use toolgate_oauth_cc::{CacheKey, Secret, TokenSource, TokenType};

use crate::script::{Script, Step, cache};

#[derive(Default)]
struct Memory {
    tokens: Mutex<HashMap<CacheKey, (StoredToken, Instant)>>,
    locks: Mutex<HashMap<CacheKey, (Lease, Instant)>>,
    down: bool,
    forgets: bool,
    hangs: bool,
    /// How many looks find nothing, whatever is there.
    blind: AtomicUsize,
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
        if self.hangs {
            std::future::pending::<()>().await;
        }
        if self.blind.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Ok(None);
        }
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
    assert!(store.locks.lock().unwrap().is_empty(), "its lock was let go");
    try_out(&store).await.unwrap();
    let key = *store.tokens.lock().unwrap().keys().next().unwrap();
    store.lock(&key, Duration::from_secs(60)).await.unwrap();
    try_out(&store).await.expect("another process tries too");

    let down = Memory { down: true, ..Memory::default() };
    assert_eq!(try_out(&down).await.unwrap_err().to_string(), "token store: down");
    let forgets = Memory { forgets: true, ..Memory::default() };
    assert!(try_out(&forgets).await.unwrap_err().to_string().contains("could not be read back"));
}

fn stored(secret: &str, expires_in: u64, lifetime: u64) -> StoredToken {
    StoredToken {
        secret: Secret::new(secret),
        token_type: TokenType::Bearer,
        scopes: None,
        expires_in: Duration::from_secs(expires_in),
        lifetime: Duration::from_secs(lifetime),
    }
}

#[tokio::test(start_paused = true)]
async fn a_stored_token_is_taken_until_its_margin() {
    // The margin is 60 s, and a quarter of the lifetime at most.
    for (expires_in, lifetime, taken) in [(61, 600, true), (60, 600, false), (11, 40, true), (10, 40, false)]
    {
        let (script, store) = (Script::new([Step::token(600)]), Arc::new(Memory::default()));
        let fleet = fleet(&script, &store, 1);
        let key = CacheKey::of(fleet[0].credentials());
        store.write(&key, &stored("theirs", expires_in, lifetime)).await.unwrap();
        let token = fleet[0].token().await.unwrap();
        assert_eq!(token.expose_secret() == "theirs", taken, "{expires_in} of {lifetime}");
        assert_eq!(script.count(), usize::from(!taken));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stored_token_is_not_believed_for_longer_than_a_day() {
    let (script, store) = (Script::new([Step::token(600)]), Arc::new(Memory::default()));
    let fleet = fleet(&script, &store, 1);
    let key = CacheKey::of(fleet[0].credentials());
    store.write(&key, &stored("theirs", 1_000_000, 1_000_000)).await.unwrap();
    assert_eq!(fleet[0].token().await.unwrap().expires_in(), Duration::from_secs(24 * 3600));
}

#[cfg(feature = "dpop")]
#[tokio::test(start_paused = true)]
async fn a_stored_token_is_of_the_kind_that_is_asked_for() {
    use toolgate_oauth_cc::{DpopKey, TokenCache};
    let plain = crate::script::credentials("https://as.example/token");
    let bound = plain.clone().with_dpop(DpopKey::new(crate::assertion::key()));
    let either = bound.clone().with_unbound_tokens(true);
    for (credentials, token_type, taken) in [
        (&plain, TokenType::Bearer, true),
        (&plain, TokenType::DPoP, false),
        (&bound, TokenType::DPoP, true),
        (&bound, TokenType::Bearer, false),
        (&either, TokenType::DPoP, true),
        (&either, TokenType::Bearer, true),
    ] {
        let (script, store) =
            (Script::new([Step::error(400, "invalid_client")]), Arc::new(Memory::default()));
        let token = StoredToken { token_type, ..stored("theirs", 600, 600) };
        store.write(&CacheKey::of(credentials), &token).await.unwrap();
        let cache = TokenCache::new(credentials.clone(), script.clone()).with_store(store);
        let found = cache.token().await;
        assert_eq!(found.is_ok(), taken, "{token_type:?} for {credentials:?}");
        assert!(found.is_err() || found.unwrap().token_type() == token_type);
        assert_eq!(script.count(), usize::from(!taken));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_was_not_needed_is_let_go() {
    let (script, store) = (Script::new([Step::token(600)]), Arc::new(Memory::default()));
    let fleet = fleet(&script, &store, 1);
    let key = CacheKey::of(fleet[0].credentials());
    store.write(&key, &stored("theirs", 600, 600)).await.unwrap();
    store.blind.store(1, Ordering::SeqCst);
    assert_eq!(fleet[0].token().await.unwrap().expose_secret(), "theirs");
    assert_eq!(script.count(), 0);
    assert!(store.locks.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_does_not_deliver_is_not_waited_for_without_end() {
    let (script, store) = (Script::new([Step::token(600)]), Arc::new(Memory::default()));
    let fleet = fleet(&script, &store, 1);
    let key = CacheKey::of(fleet[0].credentials());
    store.lock(&key, Duration::from_secs(3600)).await.unwrap().unwrap();
    let before = Instant::now();
    fleet[0].token().await.unwrap();
    let waited = before.elapsed().as_millis();
    assert!((15_000..15_200).contains(&waited), "{waited} ms");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_down() {
    let script = Script::new([Step::token(600)]);
    let store = Arc::new(Memory { hangs: true, ..Memory::default() });
    let before = Instant::now();
    fleet(&script, &store, 1)[0].token().await.unwrap();
    assert!(before.elapsed() < Duration::from_millis(1100), "{:?}", before.elapsed());
    assert!(try_out(&*store).await.is_err());
}
