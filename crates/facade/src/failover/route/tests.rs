//! How a conversation goes through its models.

use super::*;
use crate::failover::tests::target;
use crate::{ChatFailure, ErrorName};

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
    let Step::GiveUp(ChatFailure::Model(error)) = route.step(now + Duration::from_secs(60)) else { panic!() };
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
    assert_eq!(stops(FailoverConfig { to_lower_tiers: true, ..default() }), ["p/good", "p/home", "p/low"]);
    let mut elsewhere =
        Route::new(&targets().into_iter().map(Arc::new).collect::<Vec<_>>(), default(), Some(1), || 0.5);
    assert_eq!(elsewhere.stops.len(), 1, "what was routed there stays there");
    elsewhere.begin();
    assert_eq!(asked(&mut elsewhere, Instant::now()).0, "p/us");
}

#[test]
fn where_nothing_is_said_of_the_first_anybody_stands_in() {
    let stops = |home: Target| {
        let other = target("p/other").with_region("us").with_tier(1).with_order(1);
        route(vec![home, other], FailoverConfig::default()).stops.len()
    };
    assert_eq!(stops(target("p/home")), 2);
    assert_eq!(stops(target("p/home").with_region("eu")), 1);
    assert_eq!(stops(target("p/home").with_tier(2)), 1);
}

#[test]
fn pauses_double_within_one_answer_and_begin_anew_with_the_next() {
    let attempts = std::num::NonZeroU32::new(4).unwrap();
    let failover =
        FailoverConfig { attempts, breaker_failures: std::num::NonZeroU32::MAX, ..FailoverConfig::default() };
    let mut route = route(vec![target("p/a")], failover);
    let mut now = Instant::now();
    for _ in 0..2 {
        route.begin();
        for pause in [1, 2, 4] {
            let (_, _, permit) = asked(&mut route, now);
            route.note(permit, error(ErrorKind::Overloaded), false, now).unwrap();
            let Step::Wait { duration, .. } = route.step(now) else { panic!() };
            assert_eq!(duration, pause * FIRST_PAUSE);
            now += duration;
        }
        let (_, _, permit) = asked(&mut route, now);
        assert!(
            route.note(permit, error(ErrorKind::Overloaded), false, now).is_err(),
            "the fourth is the last"
        );
        now += Duration::from_secs(60);
    }
}

#[test]
fn nobody_waits_longer_than_patience_says() {
    for (patience_seconds, waits) in [(1, true), (0, false)] {
        let failover = FailoverConfig { patience_seconds, ..FailoverConfig::default() };
        let mut route = route(vec![target("p/a")], failover);
        let now = Instant::now();
        route.begin();
        let (_, _, permit) = asked(&mut route, now);
        route.note(permit, error(ErrorKind::Overloaded), false, now).unwrap();
        assert_eq!(matches!(route.step(now), Step::Wait { .. }), waits, "{patience_seconds}");
    }
}

/// As long as somebody finds out whether the model is well again, the others look every second: and no longer than that.
#[test]
fn who_waits_for_a_probe_goes_on_soon_after_it_and_gives_up_in_time() {
    let failover = FailoverConfig {
        patience_seconds: 5,
        breaker_failures: std::num::NonZeroU32::MIN,
        ..FailoverConfig::default()
    };
    let targets = [Arc::new(target("p/a"))];
    let begun = || {
        let mut route = Route::new(&targets, failover.clone(), None, || 0.5);
        route.begin();
        route
    };
    let (mut first, mut now) = (begun(), Instant::now());
    let (_, _, permit) = asked(&mut first, now);
    let _ = first.note(permit, error(ErrorKind::Overloaded), false, now);
    now += Duration::from_secs(30);
    let probe = asked(&mut begun(), now).2;
    let (mut patient, mut waiting) = (begun(), begun());
    let Step::Wait { duration, .. } = patient.step(now) else { panic!() };
    for _ in 0..5 {
        let Step::Wait { duration, .. } = waiting.step(now) else { panic!() };
        now += duration;
    }
    assert!(matches!(waiting.step(now), Step::GiveUp(_)), "that was all of its patience");
    assert!(duration <= Duration::from_secs(1));
    probe.answered(now);
    assert_eq!(asked(&mut patient, now).0, "p/a");
}

#[test]
fn where_all_are_left_alone_it_is_said_when_the_first_may_be_asked() {
    let targets = [Arc::new(target("p/a")), Arc::new(target("p/b").with_order(1))];
    let (now, failover) =
        (Instant::now(), FailoverConfig { patience_seconds: 1, ..FailoverConfig::default() });
    for (target, after) in targets.iter().zip([50_000, 40_001]) {
        let permit = Permit::ask(target, now, Duration::ZERO).unwrap();
        permit.failed(now, Some(Duration::from_millis(after)), failover.breaker_failures, Duration::ZERO);
    }
    let mut route = Route::new(&targets, failover, None, || 0.5);
    route.begin();
    let Step::GiveUp(failure) = route.step(now) else { panic!() };
    assert!(
        matches!(failure, ChatFailure::CoolingDown { again } if again.as_millis() == 40_001),
        "{failure}"
    );
    assert!(failure.to_string().ends_with("in 41 s"), "who comes then is not too early: {failure}");
}

#[test]
fn a_model_that_refuses_is_well() {
    let failover =
        FailoverConfig { breaker_failures: std::num::NonZeroU32::MIN, ..FailoverConfig::default() };
    let targets = [Arc::new(target("p/a")), Arc::new(target("p/b").with_order(1))];
    let begun = || Route::new(&targets, failover.clone(), None, || 0.5);
    let now = Instant::now();
    for _ in 0..2 {
        let mut route = begun();
        route.begin();
        let (id, _, permit) = asked(&mut route, now);
        assert_eq!(id, "p/a");
        route.note(permit, error(ErrorKind::Authentication), false, now).unwrap();
    }
    let mut route = begun();
    route.begin();
    let (_, _, permit) = asked(&mut route, now);
    route.note(permit, error(ErrorKind::Overloaded), false, now).unwrap();
    assert_eq!(asked(&mut begun(), now).0, "p/b", "one that fails is not");
}

#[test]
fn weights_say_how_often_each_is_first() {
    let weight = |n| std::num::NonZeroU32::new(n).unwrap();
    let targets = [Arc::new(target("p/a").with_weight(weight(3))), Arc::new(target("p/b"))];
    let mut random = fastrand::Rng::with_seed(7);
    let first = |random: &mut fastrand::Rng| {
        let route = Route::new(&targets, FailoverConfig::default(), None, || random.f64());
        route.stops[0].target.id().to_string()
    };
    let count = (0..4000).filter(|_| first(&mut random) == "p/a").count();
    assert!((2850..3150).contains(&count), "three of four: {count}");
}

#[test]
fn without_anybody_it_says_what_is_missing() {
    let mut route = route(Vec::new(), FailoverConfig::default());
    route.begin();
    let Step::GiveUp(error) = route.step(Instant::now()) else { panic!() };
    assert!(error.to_string().contains("[[models]]"), "{error}");
}
