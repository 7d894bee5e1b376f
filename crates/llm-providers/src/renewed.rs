//! A proof that is good for a while: fetched once for all who wait for it, and anew before it ends.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::{BoxFuture, FutureExt, Shared};

use crate::ProviderError;

/// How long before its end a proof is no longer used: it must not end on its way.
const MARGIN: Duration = Duration::from_secs(60);

/// What was fetched, and how long it is good; without an end, for ever.
#[derive(Debug, Clone)]
pub(crate) struct Proof<T> {
    pub(crate) value: T,
    pub(crate) until: Option<SystemTime>,
}

pub(crate) type Fetch<T> = BoxFuture<'static, Result<Proof<T>, ProviderError>>;

/// The latest proof.
pub(crate) struct Renewed<T> {
    slot: Mutex<Slot<T>>,
}

struct Slot<T> {
    current: Option<Proof<T>>,
    fetching: Option<Shared<Fetch<T>>>,
}

impl<T: Clone + Send + Sync + 'static> Renewed<T> {
    pub(crate) fn new() -> Self {
        Self { slot: Mutex::new(Slot { current: None, fetching: None }) }
    }

    /// The proof that is there, or else the one that `fetch` gets. Callers at the same time wait for one fetch. One that
    /// is still good is used when the next cannot be had.
    ///
    /// # Cancel safety
    /// A caller that goes away takes nothing with it: those who wait, or the next, go on with the fetch.
    pub(crate) async fn get(
        &self,
        now: SystemTime,
        fetch: impl FnOnce() -> Fetch<T>,
    ) -> Result<T, ProviderError> {
        let fetching = {
            let mut slot = self.lock();
            if let Some(proof) = slot.current.as_ref().filter(|proof| proof.lasts(now + MARGIN)) {
                return Ok(proof.value.clone());
            }
            slot.fetching.get_or_insert_with(|| fetch().shared()).clone()
        };
        let fetched = fetching.clone().await;
        let mut slot = self.lock();
        if slot.fetching.as_ref().is_some_and(|current| current.ptr_eq(&fetching)) {
            slot.fetching = None;
            if let Ok(proof) = &fetched {
                slot.current = Some(proof.clone());
            }
        }
        match (fetched, &slot.current) {
            (Ok(proof), _) => Ok(proof.value),
            (Err(_), Some(proof)) if proof.lasts(now) => Ok(proof.value.clone()),
            (Err(error), _) => Err(error),
        }
    }

    /// The proof was refused: the next caller fetches another.
    pub(crate) fn forget(&self) {
        self.lock().current = None;
    }

    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Proof<T> {
    fn lasts(&self, time: SystemTime) -> bool {
        self.until.is_none_or(|until| until > time)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::ErrorKind;

    const HOUR: Duration = Duration::from_secs(3600);

    fn fetch(count: &Arc<AtomicUsize>, until: SystemTime) -> Fetch<usize> {
        let count = Arc::clone(count);
        Box::pin(async move {
            tokio::task::yield_now().await;
            Ok(Proof { value: count.fetch_add(1, Ordering::Relaxed), until: Some(until) })
        })
    }

    fn fail() -> Fetch<usize> {
        Box::pin(async { Err(ProviderError::new(ErrorKind::Unavailable, "p", "no")) })
    }

    #[tokio::test]
    async fn many_callers_make_one_fetch_and_one_that_leaves_stops_nobody() {
        let (renewed, count, now) = (Renewed::new(), Arc::new(AtomicUsize::new(0)), SystemTime::UNIX_EPOCH);
        let gone = renewed.get(now, || fetch(&count, now + HOUR)).now_or_never();
        assert!(gone.is_none());
        let all = (0..100).map(|_| renewed.get(now, || fetch(&count, now + HOUR)));
        for told in futures_util::future::join_all(all).await {
            assert_eq!(told.unwrap(), 0);
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn it_is_renewed_before_its_end_and_used_to_its_end() {
        let (renewed, count, start) = (Renewed::new(), Arc::new(AtomicUsize::new(0)), SystemTime::UNIX_EPOCH);
        let get = |after: Duration| {
            renewed.get(start + after, {
                let count = &count;
                move || fetch(count, start + after + HOUR)
            })
        };
        assert_eq!(get(Duration::ZERO).await.unwrap(), 0);
        assert_eq!(get(HOUR - MARGIN * 2).await.unwrap(), 0);
        assert_eq!(renewed.get(start + HOUR - MARGIN / 2, fail).await.unwrap(), 0);
        assert!(renewed.get(start + HOUR, fail).await.is_err());
        assert_eq!(get(HOUR).await.unwrap(), 1);
        renewed.forget();
        assert_eq!(get(HOUR).await.unwrap(), 2);
    }
}
