//! When keys may be fetched: one fetch at a time, and never more often than the cool-down allows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::VerifyError;

/// The most unknown `kid`s that are remembered; past it all are forgotten, and the cool-down still holds.
const MAX_UNKNOWN: usize = 256;

/// How often keys are fetched and how long they are used.
#[derive(Debug, Clone)]
pub(crate) struct Timing {
    pub(crate) cooldown: Duration,
    pub(crate) lifetime: Duration,
    pub(crate) maximum_age: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            cooldown: Duration::from_secs(30),
            lifetime: Duration::from_secs(600),
            maximum_age: Duration::from_secs(24 * 3600),
        }
    }
}

impl Timing {
    /// How long keys are fresh: what the server says, but no less than the cool-down and no more than half of the
    /// maximum age, so that a server that is away does not stop everything at once.
    pub(crate) fn fresh_for(&self, server_says: Option<Duration>) -> Duration {
        server_says.unwrap_or(self.lifetime).max(self.cooldown).min(self.maximum_age / 2)
    }
}

/// Why a fetch is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reason<'a> {
    /// The keys are missing, no longer fresh, or too old.
    Due,
    /// A token names a key that the set has not.
    UnknownKid(&'a str),
    /// A token names no key, and none of the set's fits its signature.
    NoKid,
}

/// What has been tried and what came of it.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    under_way: bool,
    last_due: Option<Instant>,
    last_unknown: Option<Instant>,
    unknown: HashMap<Box<str>, Instant>,
    failure: Option<Arc<VerifyError>>,
}

impl Schedule {
    pub(crate) fn is_idle(&self) -> bool {
        !self.under_way
    }

    /// Notes that a fetch begins, if it may.
    pub(crate) fn begin(&mut self, reason: Reason<'_>, now: Instant, timing: &Timing) -> bool {
        let last = match reason {
            Reason::Due => &mut self.last_due,
            Reason::NoKid => &mut self.last_unknown,
            Reason::UnknownKid(kid) => {
                // A `kid` that the issuer did not know either is worth another fetch only after twice the time, so
                // that one client with a bad token does not use up every fetch.
                let forget = timing.cooldown.saturating_mul(2);
                if self.unknown.get(kid).is_some_and(|seen| now.duration_since(*seen) < forget) {
                    return false;
                }
                &mut self.last_unknown
            }
        };
        if last.is_some_and(|last| now.duration_since(last) < timing.cooldown) {
            return false;
        }
        *last = Some(now);
        self.under_way = true;
        true
    }

    pub(crate) fn end(&mut self) {
        self.under_way = false;
    }

    pub(crate) fn succeeded(&mut self) {
        self.failure = None;
    }

    pub(crate) fn failed(&mut self, failure: VerifyError) {
        self.failure = Some(Arc::new(failure));
    }

    pub(crate) fn last_failure(&self) -> Option<Arc<VerifyError>> {
        self.failure.clone()
    }

    /// Notes that the issuer does not know this `kid` either.
    pub(crate) fn remember_unknown(&mut self, kid: &str, now: Instant) {
        if self.unknown.len() >= MAX_UNKNOWN {
            self.unknown.clear();
        }
        self.unknown.insert(kid.into(), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn jk_11_the_cool_down_counts_from_the_attempt() {
        let (mut schedule, timing, start) = (Schedule::default(), Timing::default(), Instant::now());
        let unknown = Reason::UnknownKid("a");
        assert!(schedule.begin(unknown, start, &timing));
        schedule.failed(VerifyError::BadSignature);
        schedule.end();
        assert!(!schedule.begin(unknown, start + 29 * SECOND, &timing));
        assert!(schedule.begin(Reason::Due, start + 29 * SECOND, &timing));
        assert!(schedule.begin(unknown, start + 30 * SECOND, &timing));
    }

    #[test]
    fn jk_11_unknown_kids_are_remembered_and_bounded() {
        let (mut schedule, timing, start) = (Schedule::default(), Timing::default(), Instant::now());
        schedule.remember_unknown("a", start);
        schedule.remember_unknown("c", start);
        assert!(!schedule.begin(Reason::UnknownKid("a"), start + 59 * SECOND, &timing));
        assert!(schedule.begin(Reason::UnknownKid("b"), start + 59 * SECOND, &timing));
        for number in 0..1000 {
            schedule.remember_unknown(&number.to_string(), start);
        }
        assert!(schedule.unknown.len() <= MAX_UNKNOWN);
    }

    #[test]
    fn freshness_lies_between_the_cool_down_and_half_of_the_maximum_age() {
        let timing = Timing::default();
        assert_eq!(timing.fresh_for(None), 600 * SECOND);
        assert_eq!(timing.fresh_for(Some(Duration::ZERO)), 30 * SECOND);
        assert_eq!(timing.fresh_for(Some(Duration::MAX)), 12 * 3600 * SECOND);
    }
}
