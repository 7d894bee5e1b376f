//! The way of one conversation through the models: whom to ask now, whom after a failure, when to wait, when to give up.
//!
//! Pure: time and chance are arguments.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use toolgate_llm_providers::{ErrorKind, ProviderError};

use super::Target;
use super::breaker::{LONGEST, Permit};
use crate::{FailoverConfig, Reaction};

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
    lean: Lean,
    failed: Option<(Arc<str>, ProviderError)>,
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
        /// The model that it stands in for, and why that one did not answer.
        instead: Option<(Arc<str>, ProviderError)>,
    },
    /// Nobody can be asked now, but this one after so long.
    Wait { id: Arc<str>, duration: Duration },
    /// There is nobody to ask.
    GiveUp(ProviderError),
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
        Self { failover, stops, at: 0, attempts: 0, lean: Lean::Stay, failed: None }
    }

    /// The model that it is with, as `provider/model`.
    pub(crate) fn id(&self) -> Arc<str> {
        self.stops.get(self.at).map_or_else(Arc::default, |stop| Arc::clone(stop.target.id()))
    }

    /// Begins with a new answer.
    pub(crate) fn begin(&mut self) {
        (self.attempts, self.lean, self.failed) = (0, Lean::Stay, None);
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
            Some((at, place)) if at.duration_since(now) <= self.failover.patience() => {
                let id = self.stops.get(place).map_or_else(Arc::default, |stop| Arc::clone(stop.target.id()));
                Step::Wait { id, duration: at.duration_since(now) }
            }
            _ => Step::GiveUp(self.give_up(soonest.map(|(at, _)| at.duration_since(now)))),
        }
    }

    fn ask(&mut self, place: usize, permit: Permit) -> Step {
        (self.at, self.lean) = (place, Lean::Stay);
        self.attempts += 1;
        let Some(stop) = self.stops.get(place) else { return Step::GiveUp(self.give_up(None)) };
        let target = Arc::clone(&stop.target);
        let instead = self.failed.take().filter(|(id, _)| id != target.id());
        Step::Ask { target, permit, instead }
    }

    fn give_up(&mut self, next: Option<Duration>) -> ProviderError {
        match (self.failed.take(), next) {
            (Some((_, error)), _) => error,
            (None, Some(next)) => {
                let message =
                    format!("every model that may answer is cooling down for {} s more", next.as_secs());
                ProviderError::new(ErrorKind::Unavailable, "", message)
            }
            (None, None) => {
                let message = "no model may answer; name at least one under [[models]]";
                ProviderError::new(ErrorKind::Configuration, "", message)
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
        let (kind, after) = (error.kind(), error.retry_after().map(|after| after.min(LONGEST)));
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
            self.failed = Some((Arc::clone(stop.target.id()), error));
        }
        self.lean = if reaction == Reaction::Retry { Lean::Hold } else { Lean::Leave };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorName;
    use crate::failover::tests::target;

    fn error(kind: ErrorKind) -> ProviderError {
        ProviderError::new(kind, "p", "")
    }

    fn route(targets: Vec<Target>, failover: FailoverConfig) -> Route {
        let targets: Vec<Arc<Target>> = targets.into_iter().map(Arc::new).collect();
        Route::new(&targets, failover, None, || 0.5)
    }

    /// Whom it asks now, and for whom that one stands in.
    fn asked(route: &mut Route, now: Instant) -> (String, Option<String>, Permit) {
        match route.step(now) {
            Step::Ask { target, permit, instead } => {
                (target.id().to_string(), instead.map(|(id, _)| id.to_string()), permit)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_next_is_asked_and_then_stayed_with() {
        let mut route = route(vec![target("p/b").with_order(2), target("p/a")], FailoverConfig::default());
        let now = Instant::now();
        route.begin();
        let (id, instead, permit) = asked(&mut route, now);
        assert_eq!((&*id, instead), ("p/a", None));
        route.note(permit, error(ErrorKind::Overloaded), false, now).unwrap();
        let (id, instead, permit) = asked(&mut route, now);
        assert_eq!((&*id, instead.as_deref()), ("p/b", Some("p/a")));
        permit.answered(now);
        route.begin();
        assert_eq!(asked(&mut route, now + Duration::from_secs(60)).0, "p/b", "the conversation stays there");
    }

    #[test]
    fn where_nobody_else_is_the_same_is_asked_when_it_says() {
        let mut route = route(vec![target("p/a")], FailoverConfig::default());
        let now = Instant::now();
        route.begin();
        let (_, _, permit) = asked(&mut route, now);
        route.note(permit, error(ErrorKind::Overloaded), false, now).unwrap();
        let Step::Wait { duration, .. } = route.step(now) else { panic!() };
        assert_eq!(duration, FIRST_PAUSE);
        let (_, instead, permit) = asked(&mut route, now + duration);
        assert_eq!(instead, None);
        route.note(permit, error(ErrorKind::Authentication), false, now).unwrap();
        let Step::GiveUp(error) = route.step(now + Duration::from_secs(60)) else { panic!() };
        assert_eq!(error.kind(), ErrorKind::Authentication, "a wrong key does not mend itself");
    }

    #[test]
    fn what_ends_a_conversation_ends_it() {
        let now = Instant::now();
        let ends = |failover: FailoverConfig, kind, shown| {
            let mut route = route(vec![target("p/a"), target("p/b")], failover);
            route.begin();
            let (_, _, permit) = asked(&mut route, now);
            route.note(permit, error(kind), shown, now).is_err()
        };
        let default = FailoverConfig::default;
        assert!(ends(default(), ErrorKind::ContentPolicy, false));
        assert!(!ends(default(), ErrorKind::TruncatedStream, false));
        assert!(ends(default(), ErrorKind::TruncatedStream, true), "half of an answer was shown");
        assert!(!ends(FailoverConfig { after_shown: true, ..default() }, ErrorKind::TruncatedStream, true));
        let on = [(ErrorName(ErrorKind::RateLimited), Reaction::Fail)].into();
        assert!(ends(FailoverConfig { on, ..default() }, ErrorKind::RateLimited, false));
        let once = FailoverConfig { attempts: std::num::NonZeroU32::MIN, ..default() };
        assert!(ends(once, ErrorKind::Overloaded, false));
    }

    #[test]
    fn a_model_that_is_to_be_retried_is_waited_for_while_others_stand_ready() {
        let on = [(ErrorName(ErrorKind::RateLimited), Reaction::Retry)].into();
        let mut route =
            route(vec![target("p/a"), target("p/b")], FailoverConfig { on, ..FailoverConfig::default() });
        let now = Instant::now();
        route.begin();
        let (first, _, permit) = asked(&mut route, now);
        route.note(permit, error(ErrorKind::RateLimited), false, now).unwrap();
        assert!(matches!(route.step(now), Step::Wait { .. }));
        assert_eq!(asked(&mut route, now + FIRST_PAUSE).0, first);
    }

    #[test]
    fn nobody_outside_the_region_or_below_the_tier_stands_in() {
        let targets = || {
            vec![
                target("p/home").with_region("eu").with_tier(2),
                target("p/us").with_region("us").with_tier(3).with_order(1),
                target("p/unknown").with_order(1),
                target("p/low").with_region("eu").with_tier(1).with_order(1),
                target("p/good").with_region("eu").with_tier(2).with_order(9),
            ]
        };
        let stops = |failover| {
            let mut ids: Vec<String> =
                route(targets(), failover).stops.iter().map(|stop| stop.target.id().to_string()).collect();
            ids.sort_unstable();
            ids
        };
        let default = FailoverConfig::default;
        assert_eq!(stops(default()), ["p/good", "p/home"]);
        assert_eq!(stops(FailoverConfig { across_regions: true, ..default() }), ["p/good", "p/home", "p/us"]);
        assert_eq!(
            stops(FailoverConfig { to_lower_tiers: true, ..default() }),
            ["p/good", "p/home", "p/low"]
        );
        let mut elsewhere =
            Route::new(&targets().into_iter().map(Arc::new).collect::<Vec<_>>(), default(), Some(1), || 0.5);
        assert_eq!(elsewhere.stops.len(), 1, "what was routed there stays there");
        elsewhere.begin();
        assert_eq!(asked(&mut elsewhere, Instant::now()).0, "p/us");
    }

    #[test]
    fn weights_say_how_often_each_is_first() {
        let weight = |n| std::num::NonZeroU32::new(n).unwrap();
        let targets = [Arc::new(target("p/a").with_weight(weight(3))), Arc::new(target("p/b"))];
        let mut random = fastrand::Rng::with_seed(7);
        let first = |random: &mut fastrand::Rng| {
            Route::new(&targets, FailoverConfig::default(), None, || random.f64()).id()
        };
        let count = (0..4000).filter(|_| &*first(&mut random) == "p/a").count();
        assert!((2850..3150).contains(&count), "three of four: {count}");
    }

    #[test]
    fn without_anybody_it_says_what_is_missing() {
        let mut route = route(Vec::new(), FailoverConfig::default());
        route.begin();
        let Step::GiveUp(error) = route.step(Instant::now()) else { panic!() };
        assert!(error.to_string().contains("[[models]]"), "{error}");
    }
}
