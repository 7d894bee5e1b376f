//! The cache under paused time: one flight, refresh ahead, failures, eviction.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, advance, sleep};
use toolgate_oauth_cc::TokenSource;

use crate::script::{Script, Step, cache};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn ten_thousand_callers_at_expiry_make_one_request() {
    let script = Script::new([Step::token(600), Step::token(600).with_delay(SECOND)]);
    let cache = cache(&script);
    cache.token().await.unwrap();
    advance(600 * SECOND).await;
    let callers: Vec<_> = (0..10_000)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.token().await.unwrap().expose_secret().to_owned() })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "tok-2");
    }
    assert_eq!(script.count(), 2);
}

/// A look at the token asks for another when that is due, as a call for it does, and not before.
#[tokio::test(start_paused = true)]
async fn a_look_refreshes_ahead_of_expiry() {
    let script = Script::new([Step::token(600)]);
    let cache = cache(&script);
    assert!(cache.cached().is_none());
    let expires_at = Instant::now() + cache.token().await.unwrap().expires_in();
    // Due at some moment between two minutes and one before: a millisecond before that one, but for one time in 60,000.
    for (before, requests, token) in
        [(130_000, 1, Some("tok-1")), (60_001, 2, Some("tok-1")), (59_000, 2, Some("tok-2"))]
    {
        advance(expires_at - Duration::from_millis(before) - Instant::now()).await;
        let seen = cache.cached().map(|token| token.expose_secret().to_owned());
        sleep(SECOND / 10).await;
        assert_eq!((script.count(), seen.as_deref()), (requests, token), "{before}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_flight_fails_all_and_poisons_nothing() {
    let script = Script::new([Step::error(401, "invalid_client"), Step::token(600)]);
    let cache = cache(&script);
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.token().await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap_err().kind(), "oauth_error");
    }
    // Not in a loop: within the pause, the failure is told without a request.
    assert_eq!(cache.token().await.unwrap_err().kind(), "oauth_error");
    assert_eq!(script.count(), 1);
    advance(SECOND).await;
    assert!(cache.token().await.is_ok());
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_caller_cancels_nothing() {
    let script = Script::new([Step::token(600).with_delay(SECOND)]);
    let cache = cache(&script);
    let first = tokio::spawn({
        let cache = cache.clone();
        async move { cache.token().await }
    });
    sleep(SECOND / 10).await;
    let second = tokio::spawn({
        let cache = cache.clone();
        async move { cache.token().await }
    });
    sleep(SECOND / 10).await;
    first.abort();
    assert!(second.await.unwrap().is_ok());
    assert_eq!(script.count(), 1);
    // Also when nobody waits any longer, the token lands.
    assert!(cache.cached().is_some());
}

#[tokio::test(start_paused = true)]
async fn refreshed_ahead_without_anybody_waiting() {
    let script = Script::new([Step::token(3600), Step::token(3600).with_delay(10 * SECOND)]);
    let cache = cache(&script);
    cache.token().await.unwrap();
    advance(3479 * SECOND).await;
    assert_eq!(cache.token().await.unwrap().expose_secret(), "tok-1");
    sleep(SECOND).await;
    assert_eq!(script.count(), 1, "earlier than two margins before expiry nothing is asked");
    advance(59 * SECOND).await;
    let before = Instant::now();
    assert_eq!(cache.token().await.unwrap().expose_secret(), "tok-1");
    assert_eq!(before.elapsed(), Duration::ZERO);
    sleep(11 * SECOND).await;
    assert_eq!(cache.token().await.unwrap().expose_secret(), "tok-2");
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_valid_token_is_served_while_refreshing_fails() {
    for error in [Step::error(500, "server_error"), Step::error(401, "invalid_client")] {
        let script = Script::new([Step::token(3600), error]);
        let cache = cache(&script);
        cache.token().await.unwrap();
        for _ in 0..3590 {
            advance(SECOND).await;
            assert_eq!(cache.token().await.unwrap().expose_secret(), "tok-1");
        }
        assert!((3..30).contains(&script.count()), "bounded by a growing pause: {}", script.count());
        advance(11 * SECOND).await;
        assert!(cache.token().await.is_err(), "an expired token is never served");
    }
}

#[tokio::test(start_paused = true)]
async fn short_lived_tokens_make_no_storm() {
    for (lifetime, most) in [(1, 41), (5, 9), (60, 3)] {
        let script = Script::new([Step::token(lifetime)]);
        let cache = cache(&script);
        for _ in 0..200 {
            assert!(cache.token().await.unwrap().expires_in() > Duration::ZERO);
            sleep(SECOND / 10).await;
        }
        assert!(script.count() <= most, "{lifetime}: {}", script.count());
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_dead_on_arrival_does_not_loop() {
    let script = Script::new([Step::token(0)]);
    let cache = cache(&script);
    assert!(cache.token().await.is_ok());
    assert_eq!(script.count(), 1);
    assert!(cache.cached().is_none());
}

#[tokio::test(start_paused = true)]
async fn expiry_counts_from_before_the_request() {
    let script = Script::new([Step::token(600).with_delay(5 * SECOND)]);
    let token = cache(&script).token().await.unwrap();
    assert_eq!(token.expires_in(), 595 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn busy_servers_are_asked_again_as_they_wish() {
    let busy = Step::error(503, "temporarily_unavailable").with_header("retry-after", "3");
    let script = Script::new([busy, Step::token(600)]);
    let before = Instant::now();
    assert!(cache(&script).token().await.is_ok());
    assert!(before.elapsed() >= 3 * SECOND);
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_long_retry_after_is_told_and_kept() {
    let script = Script::new([Step::json(429, "").with_header("retry-after", "120"), Step::token(600)]);
    let cache = cache(&script);
    let error = cache.token().await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), ("unavailable", true));
    advance(100 * SECOND).await;
    let told = cache.token().await.unwrap_err().retry_after().unwrap();
    assert!(told <= 20 * SECOND, "{told:?}");
    assert_eq!(script.count(), 1);
    advance(told).await;
    assert!(cache.token().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_permanent_error_is_never_repeated_in_a_flight() {
    for step in
        [Step::error(401, "invalid_client"), Step::json(403, ""), Step::json(500, ""), Step::token(5).html()]
    {
        let script = Script::new([step]);
        assert!(cache(&script).token().await.is_err());
        assert_eq!(script.count(), 1);
    }
}

impl Step {
    fn html(mut self) -> Self {
        self.headers = vec![("content-type", "text/html".to_owned())];
        self
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_refused_token_is_evicted() {
    let script = Script::new([Step::token(600)]);
    let cache = cache(&script);
    let first = cache.token().await.unwrap();
    cache.refused(&first);
    assert!(cache.cached().is_none());
    let second = cache.token().await.unwrap();
    assert_ne!(first, second);
    cache.refused(&first);
    assert_eq!(cache.token().await.unwrap(), second);
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_refuses_everything_causes_no_storm() {
    let script = Script::new([Step::token(600).with_delay(Duration::ZERO)]);
    let cache = cache(&script);
    for _ in 0..1000 {
        let token = cache.token().await.unwrap();
        cache.refused(&token);
    }
    assert!(script.count() <= 10, "{}", script.count());
}

#[test]
fn a_flight_that_dies_with_its_runtime_leaves_the_cache_usable() {
    let script = Script::new([Step::token(600).with_delay(3600 * SECOND), Step::token(600)]);
    let cache = cache(&script);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    first.block_on(async {
        let waiting = tokio::time::timeout(Duration::from_millis(20), cache.token());
        assert!(waiting.await.is_err());
    });
    drop(first);
    assert!(runtime().block_on(cache.token()).is_ok());
    assert_eq!(Arc::strong_count(&script), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_is_tried_again_after_its_pause_and_heals() {
    let script =
        Script::new([Step::token(3600), Step::json(500, ""), Step::json(500, ""), Step::token(3600)]);
    let cache = cache(&script).with_margin(600 * SECOND);
    cache.token().await.unwrap();
    advance(2400 * SECOND).await;
    for _ in 0..610 {
        assert!(cache.token().await.is_ok());
        sleep(SECOND).await;
    }
    assert_eq!(script.count(), 4);
    assert_eq!(cache.token().await.unwrap().expose_secret(), "tok-4");
}

/// Per process, when requests are made while refreshing fails, from 1800 s to 2700 s of a token's hour.
async fn failing_refreshes() -> Vec<usize> {
    let mut counts = Vec::new();
    for _ in 0..8 {
        let script = Script::new([Step::token(3600), Step::json(500, "")]);
        let cache = cache(&script).with_margin(900 * SECOND);
        cache.token().await.unwrap();
        advance(1800 * SECOND).await;
        for _ in 0..890 {
            assert!(cache.cached().is_some());
            sleep(SECOND).await;
        }
        counts.push(script.count());
    }
    counts
}

#[tokio::test(start_paused = true)]
async fn a_failing_refresh_is_tried_again_beside_the_callers_with_growing_pauses() {
    // When the first is due is random: between both ends for one of eight processes at least.
    let counts = failing_refreshes().await;
    assert!(counts.iter().any(|count| *count > 4), "it is tried again: {counts:?}");
    assert!(counts.iter().all(|count| *count < 40), "and is not hammered: {counts:?}");
}

#[tokio::test(start_paused = true)]
async fn refusals_are_believed_again_after_ten_seconds() {
    let script = Script::new([Step::token(600).with_delay(Duration::ZERO)]);
    let cache = cache(&script);
    for _ in 0..2 {
        for _ in 0..8 {
            let token = cache.token().await.unwrap();
            cache.refused(&token);
            assert!(cache.cached().is_none());
        }
        let last = cache.token().await.unwrap();
        cache.refused(&last);
        assert_eq!(cache.cached().as_ref(), Some(&last), "one more is not");
        advance(Duration::from_millis(9_900)).await;
        cache.refused(&last);
        assert_eq!(cache.cached().as_ref(), Some(&last));
        advance(Duration::from_millis(200)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_what_is_not_in_hand_does_not_count() {
    let foreign = cache(&Script::new([Step::token(600)])).token().await.unwrap();
    let script = Script::new([Step::json(429, "").with_header("retry-after", "1"), Step::token(600)]);
    let cache = cache(&script);
    for _ in 0..20 {
        cache.refused(&foreign);
    }
    let token = cache.token().await.unwrap();
    cache.refused(&token);
    assert!(cache.cached().is_none());
}

#[tokio::test(start_paused = true)]
async fn attempts_are_as_many_as_were_set() {
    for (set, made) in [(None, 3), (Some(0), 1), (Some(1), 1), (Some(5), 5)] {
        let script = Script::new([Step::error(503, "temporarily_unavailable")]);
        let mut cache = cache(&script);
        if let Some(attempts) = set {
            cache = cache.with_attempts(attempts);
        }
        assert!(cache.token().await.is_err());
        assert_eq!(script.count(), made, "{set:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_between_attempts_double_and_a_long_wish_is_told() {
    let script = Script::new([Step::error(503, "temporarily_unavailable").with_delay(Duration::ZERO)]);
    let before = Instant::now();
    assert!(cache(&script).with_attempts(5).token().await.is_err());
    // Half of it to all of it: 200, 400, 800 and 1600 ms.
    let waited = before.elapsed();
    assert!((Duration::from_millis(1500)..=Duration::from_millis(3010)).contains(&waited), "{waited:?}");
    for (wish, made) in [("5", 2), ("6", 1)] {
        let busy = Step::error(503, "temporarily_unavailable").with_header("retry-after", wish);
        let script = Script::new([busy, Step::token(600)]);
        assert_eq!(cache(&script).token().await.is_ok(), made == 2);
        assert_eq!(script.count(), made, "{wish}");
    }
}
