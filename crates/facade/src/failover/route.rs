//! The way of one conversation through the models: whom to ask now, whom after a failure, when to wait, when to give up.
//!
//! Pure: time and chance are arguments.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use toolgate_llm_providers::{ErrorKind, ProviderError};

use super::Target;
use super::breaker::{LONGEST, Permit};
use crate::{ChatFailure, FailoverConfig, Reaction};

/// The first pause before a model is asked again that did not say how long it wants; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A conversation's way.
pub(crate) struct Route {
    failover: FailoverConfig,
    /// Those that it may ask, best first.
    stops: Vec<Stop>,
    /// The one that it is with.
    at: usize,
    /// How often it asked for this answer.
    attempts: u32,
    /// How long it has waited since it last asked.
    waited: Duration,
    lean: Lean,
    failed: Option<Failed>,
}

/// The last failure.
struct Failed {
    id: Arc<str>,
    error: ProviderError,
    /// Whether a part of an answer was shown before it.
    shown: bool,
}

/// Whom to ask first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lean {
    /// The one that it is with: that one has its cache and its own reasoning.
    Stay,
    /// Any other.
    Leave,
    /// The one that it is with, and nobody else.
    Hold,
}

struct Stop {
    target: Arc<Target>,
    ready: Option<Instant>,
    /// It cannot take this conversation, whenever it is asked.
    out: bool,
}

/// What to do for an answer.
#[derive(Debug)]
pub(crate) enum Step {
    /// Ask this model.
    Ask {
        target: Arc<Target>,
        permit: Permit,
        /// The model that it stands in for, and why that one did not answer; itself, where a part of its answer was shown.
        instead: Option<(Arc<str>, ProviderError)>,
    },
    /// Nobody can be asked now, but this one after so long.
    Wait { id: Arc<str>, duration: Duration },
    /// There is nobody to ask.
    GiveUp(ChatFailure),
}

impl Route {
    /// Through `targets`, beginning with the one in place `first`, else in their order and by chance where that is alike.
    pub(super) fn new(
        targets: &[Arc<Target>],
        failover: FailoverConfig,
        first: Option<usize>,
        mut chance: impl FnMut() -> f64,
    ) -> Self {
        let mut drawn: Vec<(bool, u32, f64, &Arc<Target>)> = targets
            .iter()
            .enumerate()
            .map(|(place, target)| {
                // The earliest of exponential waiting times with these rates: each first as often as its weight says.
                let wait = -(1.0 - chance()).ln() / f64::from(target.weight().get());
                (first != Some(place), target.order(), wait, target)
            })
            .collect();
        drawn.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let home = drawn.first().map(|(.., target)| Arc::clone(target));
        let stops = drawn
            .into_iter()
            .filter(|(.., target)| home.as_ref().is_some_and(|home| target.may_stand_in_for(home, &failover)))
            .map(|(.., target)| Stop { target: Arc::clone(target), ready: None, out: false })
            .collect();
        let waited = Duration::ZERO;
        Self { failover, stops, at: 0, attempts: 0, waited, lean: Lean::Stay, failed: None }
    }

    /// Begins with a new answer.
    pub(crate) fn begin(&mut self) {
        (self.attempts, self.waited, self.lean, self.failed) = (0, Duration::ZERO, Lean::Stay, None);
    }

    /// Whom to ask at `now`.
    pub(crate) fn step(&mut self, now: Instant) -> Step {
        let mut soonest: Option<(Instant, usize)> = None;
        let (at, lean) = (self.at, self.lean);
        let others = (0..self.stops.len()).filter(|place| *place != at && lean != Lean::Hold);
        let first = (lean != Lean::Leave).then_some(at);
        let last = (lean == Lean::Leave).then_some(at);
        for place in first.into_iter().chain(others).chain(last) {
            let Some(stop) = self.stops.get(place).filter(|stop| !stop.out) else { continue };
            let let_in = match stop.ready {
                Some(at) if at > now => Err(at),
                _ => Permit::ask(&stop.target, now, self.failover.cooldown()),
            };
            match let_in {
                Ok(permit) => return self.ask(place, permit),
                Err(at) if soonest.is_none_or(|(soonest, _)| at < soonest) => soonest = Some((at, place)),
                Err(_) => {}
            }
        }
        match soonest {
            Some((at, place)) if self.waited + at.duration_since(now) <= self.failover.patience() => {
                let id = self.stops.get(place).map_or_else(Arc::default, |stop| Arc::clone(stop.target.id()));
                let duration = at.duration_since(now);
                self.waited += duration;
                Step::Wait { id, duration }
            }
            _ => Step::GiveUp(self.give_up(soonest.map(|(at, _)| at.duration_since(now)))),
        }
    }

    fn ask(&mut self, place: usize, permit: Permit) -> Step {
        (self.at, self.lean, self.waited) = (place, Lean::Stay, Duration::ZERO);
        self.attempts += 1;
        let Some(stop) = self.stops.get(place) else { return Step::GiveUp(self.give_up(None)) };
        let target = Arc::clone(&stop.target);
        let failed = self.failed.take().filter(|failed| failed.shown || failed.id != *target.id());
        let instead = failed.map(|failed| (failed.id, failed.error));
        Step::Ask { target, permit, instead }
    }

    fn give_up(&mut self, next: Option<Duration>) -> ChatFailure {
        match (self.failed.take(), next) {
            (Some(failed), _) => failed.error.into(),
            (None, Some(again)) => ChatFailure::CoolingDown { again },
            (None, None) => {
                let message = "no model may answer; name at least one under [[models]]";
                ProviderError::new(ErrorKind::Configuration, "", message).into()
            }
        }
    }

    /// Takes note that the model answered with `error` at `now`; the error comes back where it is the conversation's end.
    pub(crate) fn note(
        &mut self,
        permit: Permit,
        error: ProviderError,
        shown: bool,
        now: Instant,
    ) -> Result<(), ProviderError> {
        let kind = error.kind();
        // No time at all, or one that is past by this clock, says nothing: asked at once, it would fail at once.
        let after = error.retry_after().filter(|after| !after.is_zero()).map(|after| after.min(LONGEST));
        if error.is_transient() {
            let most = self.failover.breaker_failures;
            permit.failed(now, after, most, self.failover.cooldown());
        } else {
            permit.answered(now);
        }
        let reaction = self.failover.reaction(kind);
        if reaction == Reaction::Fail
            || self.attempts >= self.failover.attempts.get()
            || (shown && !self.failover.after_shown)
        {
            return Err(error);
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.attempts.saturating_sub(1).min(10));
        if let Some(stop) = self.stops.get_mut(self.at) {
            stop.ready = Some(now + after.unwrap_or(pause));
            stop.out = reaction == Reaction::Next && !error.is_transient();
            self.failed = Some(Failed { id: Arc::clone(stop.target.id()), error, shown });
        }
        self.lean = if reaction == Reaction::Retry { Lean::Hold } else { Lean::Leave };
        Ok(())
    }
}

#[cfg(test)]
mod tests;
