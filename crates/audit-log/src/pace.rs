//! Whether the file takes records at once, told by how long the last writes took.

use std::time::{Duration, Instant};

/// A file whose last slow write is not long ago counts as slow.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    slow_until: Option<Instant>,
}

impl Pace {
    /// A write into the page cache takes microseconds. One that takes longer waited for a disk, which is full of other
    /// work or away.
    const SLOW: Duration = Duration::from_millis(5);
    /// How long a slow write is remembered: it bounds how often somebody is surprised by one.
    const MEMORY: Duration = Duration::from_secs(10);

    /// A write took from `started` to `now`.
    pub(crate) fn took(&mut self, started: Instant, now: Instant) {
        if now.saturating_duration_since(started) >= Self::SLOW {
            self.slow_until = Some(now + Self::MEMORY);
        }
    }

    pub(crate) fn is_slow(&self, now: Instant) -> bool {
        self.slow_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_write_is_remembered_for_a_while() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::default();
        pace.took(start, at(4));
        assert!(!pace.is_slow(at(4)), "as fast as it should be");
        pace.took(at(10), at(210));
        assert!(pace.is_slow(at(210)) && pace.is_slow(at(10_209)));
        assert!(!pace.is_slow(at(10_210)), "it gets another chance");
        pace.took(at(5_000), at(5_001));
        assert!(pace.is_slow(at(10_000)), "one good write does not end it");
    }
}
