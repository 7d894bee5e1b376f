//! What many requests meet at once is told once in a while, so that a failure that lasts does not fill the disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing more is said of one thing.
const SILENCE: Duration = Duration::from_secs(60);

/// When each thing was told last.
#[derive(Debug, Default)]
pub(crate) struct Quiet(Mutex<BTreeMap<&'static str, Instant>>);

impl Quiet {
    /// Whether `what` may be told now. It counts as told then.
    pub(crate) fn may_tell(&self, what: &'static str) -> bool {
        self.may_tell_at(what, Instant::now())
    }

    fn may_tell_at(&self, what: &'static str, now: Instant) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let may = told.get(what).is_none_or(|last| now.saturating_duration_since(*last) >= SILENCE);
        if may {
            told.insert(what, now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_once_a_minute() {
        let (quiet, begin) = (Quiet::default(), Instant::now());
        assert!(quiet.may_tell_at("a", begin) && quiet.may_tell_at("b", begin));
        assert!(!quiet.may_tell_at("a", begin + SILENCE / 2));
        assert!(quiet.may_tell_at("a", begin + SILENCE) && !quiet.may_tell_at("a", begin + SILENCE));
    }
}
