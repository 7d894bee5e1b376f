//! Events on their way from a conversation to whoever reads it: one writer and one reader in one task, or no reader.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::Event;

/// Where a conversation tells of itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Telling(Option<Arc<Queue>>);

/// What was told and is not read yet.
#[derive(Debug)]
pub(super) struct Told(Arc<Queue>);

type Queue = Mutex<VecDeque<Event>>;

impl Telling {
    /// Somebody who listens.
    pub(super) fn to_listener() -> (Self, Told) {
        let queue = Arc::new(Queue::default());
        (Self(Some(Arc::clone(&queue))), Told(queue))
    }

    /// Tells what `event` makes, if anybody listens.
    pub(super) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(queue) = &self.0 {
            queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(event());
        }
    }

    /// Whether anybody listens: answers are then asked for in pieces.
    pub(super) fn is_heard(&self) -> bool {
        self.0.is_some()
    }
}

impl Told {
    pub(super) fn next(&self) -> Option<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
