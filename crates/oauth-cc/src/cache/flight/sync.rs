//! The primitives that the desk stands on. `tests/it/model.rs` has the same over a model checker's.

use std::sync::{Arc, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use tokio::sync::watch;

/// A lock. No code that can panic runs under it, so a poisoned one is whole.
pub(super) struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(super) fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is in hand, read without a lock.
pub(in crate::cache) struct Slot<H>(ArcSwapOption<H>);

impl<H> Slot<H> {
    pub(super) fn empty() -> Self {
        Self(ArcSwapOption::empty())
    }

    pub(super) fn get(&self) -> Option<Arc<H>> {
        self.0.load_full()
    }

    /// The same without counting a reference.
    pub(in crate::cache) fn peek(&self) -> arc_swap::Guard<Option<Arc<H>>> {
        self.0.load()
    }

    pub(super) fn set(&self, held: Option<Arc<H>>) {
        self.0.store(held);
    }

    pub(super) fn take(&self) -> Option<Arc<H>> {
        self.0.swap(None)
    }
}

/// Tells everybody who waits how a request ended; dropping it tells them that it never did.
pub(super) struct Takeoff<O>(watch::Sender<Option<O>>);

/// Waits for the end of a request.
#[derive(Clone)]
pub(super) struct Arrival<O>(watch::Receiver<Option<O>>);

pub(super) fn channel<O>() -> (Takeoff<O>, Arrival<O>) {
    let (announce, arrival) = watch::channel(None);
    (Takeoff(announce), Arrival(arrival))
}

impl<O> Takeoff<O> {
    pub(super) fn announce(&self, outcome: O) {
        self.0.send_replace(Some(outcome));
    }
}

impl<O: Clone> Arrival<O> {
    /// The outcome; `None` when the request never came to an end.
    pub(super) async fn outcome(mut self) -> Option<O> {
        self.0.wait_for(Option::is_some).await.ok()?.clone()
    }
}
