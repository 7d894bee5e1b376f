//! A circuit breaker: a model that fails again and again is left alone for a while, by all conversations, and then one
//! request finds out whether it is well again.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Target;

/// No model is left alone for longer than this because it says so: a wrong header must not switch it off for good.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

/// How soon to look again whether the request that finds out has come back.
const LOOK: Duration = Duration::from_secs(1);

/// Whether a model is well, as far as the last requests tell.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: Mutex<State>,
    /// 0 closed, 1 half open, 2 open.
    gauge: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct State {
    /// In a row.
    failures: u32,
    closed_again: Option<Instant>,
    /// Since when one request is finding out.
    probing: Option<Instant>,
}

/// A request that was let through; dropped, it says nothing about the model.
#[derive(Debug)]
pub(crate) struct Permit {
    target: Arc<Target>,
    /// Since when it finds out whether the model is well again, if it does.
    probe: Option<Instant>,
}

impl Breaker {
    pub(super) fn shown(gauge: Arc<AtomicU64>) -> Self {
        Self { state: Mutex::default(), gauge }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows its state anew: another one may have shown its own there before.
    pub(super) fn show_again(&self) {
        self.show(&self.state());
    }

    fn show(&self, state: &State) {
        let shown = match (state.closed_again, state.probing) {
            (None, _) => 0,
            (Some(_), Some(_)) => 1,
            (Some(_), None) => 2,
        };
        self.gauge.store(shown, Ordering::Relaxed);
    }

    /// Lets a request through at `now`, or says when to come again. One that finds out for longer than `cooldown` is not
    /// waited for.
    fn enter(&self, now: Instant, cooldown: Duration) -> Result<Option<Instant>, Instant> {
        let mut state = self.state();
        match (state.closed_again, state.probing) {
            (None, _) => Ok(None),
            (Some(at), _) if now < at => Err(at),
            (Some(_), Some(since)) if now < since + cooldown => Err((now + LOOK).min(since + cooldown)),
            (Some(_), _) => {
                state.probing = Some(now);
                self.show(&state);
                Ok(state.probing)
            }
        }
    }
}

impl Permit {
    /// Asks whether `target` may be asked at `now`; if not, when.
    pub(super) fn ask(target: &Arc<Target>, now: Instant, cooldown: Duration) -> Result<Self, Instant> {
        let probe = target.breaker().enter(now, cooldown)?;
        Ok(Self { target: Arc::clone(target), probe })
    }

    /// The model answered, or refused in a way that says that it is there.
    pub(crate) fn answered(mut self, now: Instant) {
        let was_probe = self.probe.take().is_some();
        let breaker = self.target.breaker();
        let mut state = breaker.state();
        // What was asked before the model wanted to be left alone does not end that.
        if was_probe || state.closed_again.is_none_or(|at| at <= now) {
            *state = State::default();
            breaker.show(&state);
        }
    }

    /// The model failed at `now`. It is left alone for `retry_after`, if it says so; else for `cooldown` when this was
    /// one failure too many.
    pub(crate) fn failed(
        mut self,
        now: Instant,
        retry_after: Option<Duration>,
        most: NonZeroU32,
        cooldown: Duration,
    ) {
        let probe = self.probe.take();
        let breaker = self.target.breaker();
        let mut state = breaker.state();
        state.failures = state.failures.saturating_add(1);
        state.end(probe);
        let too_many = probe.is_some() || state.failures >= most.get();
        let alone = retry_after.map(|after| after.min(LONGEST)).or(too_many.then_some(cooldown));
        if let Some(alone) = alone {
            state.closed_again = Some(state.closed_again.map_or(now + alone, |at| at.max(now + alone)));
        }
        breaker.show(&state);
    }
}

impl State {
    /// The request that began to find out at `probe` does so no longer.
    fn end(&mut self, probe: Option<Instant>) {
        if probe.is_some() && self.probing == probe {
            self.probing = None;
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.probe.is_some() {
            let breaker = self.target.breaker();
            let mut state = breaker.state();
            state.end(self.probe);
            breaker.show(&state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failover::tests::target;

    const COOLDOWN: Duration = Duration::from_secs(30);

    fn second(n: u64, start: Instant) -> Instant {
        start + Duration::from_secs(n)
    }

    fn fail(target: &Arc<Target>, now: Instant, after: Option<u64>) {
        let permit = Permit::ask(target, now, COOLDOWN).unwrap();
        permit.failed(now, after.map(Duration::from_secs), NonZeroU32::MIN.saturating_add(1), COOLDOWN);
    }

    #[test]
    fn after_failures_in_a_row_it_is_open_and_one_request_finds_out() {
        let (target, start) = (Arc::new(target("p/a")), Instant::now());
        fail(&target, start, None);
        Permit::ask(&target, start, COOLDOWN).unwrap().answered(start);
        fail(&target, start, None);
        fail(&target, start, None);
        let ask = |n| Permit::ask(&target, second(n, start), COOLDOWN);
        assert_eq!(ask(29).unwrap_err(), second(30, start));
        let probe = ask(30).unwrap();
        assert_eq!(ask(30).unwrap_err(), second(31, start), "one finds out, the others look again soon");
        drop(probe);
        let probe = ask(31).unwrap();
        probe.failed(second(31, start), None, NonZeroU32::MAX, COOLDOWN);
        assert_eq!(ask(32).unwrap_err(), second(61, start), "one failure is enough then");
        ask(61).unwrap().answered(second(61, start));
        assert!(ask(61).is_ok() && ask(61).is_ok());
    }

    #[test]
    fn a_model_that_says_when_is_asked_then_and_not_before() {
        let (target, start) = (Arc::new(target("p/a")), Instant::now());
        let earlier = Permit::ask(&target, start, COOLDOWN).unwrap();
        fail(&target, start, Some(7));
        earlier.answered(second(1, start));
        let ask = |n| Permit::ask(&target, second(n, start), COOLDOWN).map(drop);
        assert_eq!((ask(6), ask(7)), (Err(second(7, start)), Ok(())));
        fail(&target, second(7, start), Some(1_000_000));
        assert_eq!(ask(8), Err(second(7 + 3600, start)), "not for good");
    }

    #[test]
    fn a_probe_that_is_answered_ends_it_whatever_was_said_before() {
        let (target, start) = (Arc::new(target("p/a")), Instant::now());
        let earlier = Permit::ask(&target, start, COOLDOWN).unwrap();
        fail(&target, start, Some(1));
        let ask = |n| Permit::ask(&target, second(n, start), COOLDOWN);
        let probe = ask(1).unwrap();
        earlier.failed(second(2, start), Some(Duration::from_secs(60)), NonZeroU32::MAX, COOLDOWN);
        probe.answered(second(3, start));
        assert!(ask(3).is_ok());
        // And what was asked in time, and answered when the time was up, says as much.
        let earlier = ask(3).unwrap();
        fail(&target, second(3, start), Some(1));
        earlier.answered(second(4, start));
        assert!(ask(4).is_ok() && ask(4).is_ok(), "none of them is a probe");
    }

    /// A model that hangs must not keep all conversations waiting for the one that finds out.
    #[test]
    fn who_finds_out_for_too_long_is_not_waited_for() {
        let (target, start) = (Arc::new(target("p/a")), Instant::now());
        fail(&target, start, Some(1));
        let ask = |n, cooldown| Permit::ask(&target, second(n, start), cooldown);
        let hangs = ask(1, COOLDOWN).unwrap();
        assert_eq!(ask(30, COOLDOWN).unwrap_err(), second(31, start));
        let other = ask(31, COOLDOWN).unwrap();
        drop(hangs);
        assert!(ask(32, COOLDOWN).is_err(), "the other one still finds out");
        assert!(ask(32, Duration::ZERO).is_ok(), "without a cooldown nobody waits");
        other.answered(second(33, start));
        assert!(ask(33, COOLDOWN).is_ok() && ask(33, COOLDOWN).is_ok());
    }

    #[test]
    fn the_gauge_shows_what_is_so() {
        let gauge = Arc::new(AtomicU64::new(0));
        let (target, start) = (Arc::new(target("p/a").with_gauge(Arc::clone(&gauge))), Instant::now());
        let shows = |expected| {
            assert_eq!(gauge.load(Ordering::Relaxed), expected);
            gauge.store(7, Ordering::Relaxed);
            target.breaker().show_again();
            assert_eq!(gauge.load(Ordering::Relaxed), expected, "once more");
        };
        shows(0);
        fail(&target, start, Some(1));
        shows(2);
        let ask = || Permit::ask(&target, second(1, start), COOLDOWN).unwrap();
        let probe = ask();
        shows(1);
        drop(probe);
        shows(2);
        ask().answered(second(1, start));
        shows(0);
        let earlier = Permit::ask(&target, start, COOLDOWN).unwrap();
        fail(&target, start, Some(1));
        let probe = ask();
        earlier.answered(second(1, start));
        shows(0);
        drop(probe);
        shows(0);
    }
}
