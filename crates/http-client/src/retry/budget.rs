//! How many repeats a client may still make, as gRPC throttles them (gRFC A6, "throttling retry attempts").

use std::sync::atomic::{AtomicU32, Ordering};

/// Tokens in tenths of a failure: a failure costs ten, a success gives one back, and repeats stop below half.
#[derive(Debug)]
pub(super) struct Budget(AtomicU32);

/// Enough for ten failures in a row before repeats stop.
const FULL: u32 = 200;
const COST: u32 = 10;

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(FULL))
    }
}

impl Budget {
    pub(super) fn succeeded(&self) {
        // A full budget, the usual case, is only read.
        if self.0.load(Ordering::Relaxed) < FULL {
            let _ = self
                .0
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left < FULL).then_some(left + 1));
        }
    }

    /// Counts a failure. `true` when a repeat is still affordable.
    pub(super) fn failed(&self) -> bool {
        let paid = |left: u32| Some(left.saturating_sub(COST));
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, paid).unwrap_or_default();
        before > FULL / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_stop_after_ten_failures_and_come_back_with_successes() {
        let budget = Budget::default();
        assert_eq!((0..100).filter(|_| budget.failed()).count(), 10);
        for _ in 0..FULL / 2 {
            budget.succeeded();
        }
        assert!(!budget.failed());
        for _ in 0..50 {
            budget.succeeded();
        }
        assert!(budget.failed());
    }

    #[test]
    fn successes_save_nothing_up() {
        let budget = Budget::default();
        budget.succeeded();
        assert_eq!((0..100).filter(|_| budget.failed()).count(), 10);
        for _ in 0..3 * FULL {
            budget.succeeded();
        }
        assert_eq!((0..100).filter(|_| budget.failed()).count(), 10);
    }
}
