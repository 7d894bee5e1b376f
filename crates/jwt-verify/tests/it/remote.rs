//! Published keys: fetched once, refetched seldom, never in the way of a key that is known (JK-10 to JK-15).

mod endpoint;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, advance, timeout};
use toolgate_jwt_verify::{Proof, Verifier};

use crate::issuer::{Answer, Issuer, URL, verifier};
use crate::signer::{Signer, claims, jwks, now};

const SECOND: Duration = Duration::from_secs(1);

fn publish(signers: &[&Signer]) -> Answer {
    Answer::Keys(jwks(signers))
}

async fn kind(verifier: &Verifier, token: &str) -> &'static str {
    verifier.verify_at(token, now()).await.map_or_else(|error| error.kind(), |_| "good")
}

/// Lets a fetch that nobody waits for finish.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn jk_15_callers_share_one_fetch() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    let (verifier, token) = (issuer.verifier(), signer.token(&claims()));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (verifier, token) = (verifier.clone(), token.clone());
        tasks.spawn(async move { kind(&verifier, &token).await });
    }
    assert!(tasks.join_all().await.iter().all(|kind| *kind == "good"));
    assert_eq!(issuer.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn jk_11_ten_thousand_random_kids_cause_one_refetch_per_cool_down() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    let verifier = issuer.verifier();
    assert_eq!(kind(&verifier, &signer.token(&claims())).await, "good");
    for round in 1..=3 {
        for number in 0..10_000 {
            let header = json!({"alg": "EdDSA", "kid": format!("{round}-{number}")}).to_string();
            let token = format!("{}.e30.AAAA", crate::signer::base64url(header));
            assert_eq!(kind(&verifier, &token).await, "key_not_found");
        }
        assert_eq!(issuer.requests(), 1 + round);
        advance(30 * SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn jk_11_the_cool_down_counts_from_an_attempt_that_failed() {
    let (known, unknown) = (Signer::ed25519("1"), Signer::ed25519("2"));
    let issuer = Issuer::new(publish(&[&known]));
    let verifier = issuer.verifier();
    kind(&verifier, &known.token(&claims())).await;
    issuer.set(Answer::Status(500));
    for _ in 0..50 {
        assert_eq!(kind(&verifier, &unknown.token(&claims())).await, "key_not_found");
    }
    assert_eq!(issuer.requests(), 2);
}

/// One client with a bad token does not use up the fetches of all others.
#[tokio::test(start_paused = true)]
async fn jk_11_a_key_that_the_issuer_does_not_know_is_asked_for_less_often() {
    let (known, unknown, another) = (Signer::ed25519("1"), Signer::ed25519("2"), Signer::ed25519("3"));
    let issuer = Issuer::new(publish(&[&known]));
    let verifier = issuer.verifier();
    kind(&verifier, &known.token(&claims())).await;
    for (seconds, signer, requests) in
        [(0, &unknown, 2), (31, &unknown, 2), (0, &another, 3), (31, &unknown, 4)]
    {
        advance(seconds * SECOND).await;
        assert_eq!(kind(&verifier, &signer.token(&claims())).await, "key_not_found");
        assert_eq!(issuer.requests(), requests);
    }
}

#[tokio::test(start_paused = true)]
async fn jk_15_a_stalled_endpoint_delays_no_known_key() {
    let (known, unknown) = (Signer::ed25519("1"), Signer::ed25519("2"));
    let issuer = Issuer::new(publish(&[&known]));
    let verifier = issuer.verifier();
    assert_eq!(kind(&verifier, &known.token(&claims())).await, "good");
    issuer.set(Answer::Stall);
    let waiting = tokio::spawn({
        let (verifier, token) = (verifier.clone(), unknown.token(&claims()));
        async move { kind(&verifier, &token).await }
    });
    settle().await;
    assert_eq!(issuer.requests(), 2, "the unknown key is being asked for");
    // No time passes while the clock is paused and something is ready: any wait for the fetch would show.
    let start = Instant::now();
    for number in 0..100 {
        let mut claims = claims();
        claims["jti"] = json!(number.to_string());
        assert_eq!(kind(&verifier, &known.token(&claims)).await, "good");
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(waiting.await.unwrap(), "key_not_found");
    assert_eq!(start.elapsed(), 10 * SECOND, "the fetch ends at its deadline");
}

#[tokio::test(start_paused = true)]
async fn jk_15_keys_past_their_freshness_are_renewed_without_a_wait() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    let (verifier, token) = (issuer.verifier(), signer.token(&claims()));
    kind(&verifier, &token).await;
    issuer.set(Answer::Stall);
    advance(601 * SECOND).await;
    let start = Instant::now();
    assert_eq!(kind(&verifier, &token).await, "good");
    assert_eq!(start.elapsed(), Duration::ZERO);
    settle().await;
    assert_eq!(issuer.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn jk_12_rotation_brings_new_keys_and_drops_old_ones() {
    let (old, new) = (Signer::ed25519("old"), Signer::p256("new"));
    let issuer = Issuer::new(publish(&[&old]));
    let verifier = issuer.verifier();
    let (old_token, new_token) = (old.token(&claims()), new.token(&claims()));
    let known = verifier.verify_at(&old_token, now()).await.unwrap();
    let still_known = || verifier.verify_known(&known, Proof::None, now()).is_some();
    assert!(still_known());
    issuer.set(publish(&[&old, &new]));
    assert_eq!(kind(&verifier, &new_token).await, "good", "seen by a refetch, at once");
    assert_eq!(kind(&verifier, &old_token).await, "good");
    issuer.set(publish(&[&new]));
    advance(601 * SECOND).await;
    kind(&verifier, &new_token).await;
    settle().await;
    assert_eq!(kind(&verifier, &old_token).await, "key_not_found", "although it was verified before");
    assert!(!still_known());
    assert_eq!(kind(&verifier, &new_token).await, "good");
}

/// Some servers publish one key, and their tokens do not name it.
#[tokio::test(start_paused = true)]
async fn jk_12_rotation_is_seen_by_tokens_without_a_kid_too() {
    let (old, new, forger) = (Signer::ed25519("a"), Signer::ed25519("b"), Signer::ed25519("c"));
    let nameless = |signer: &Signer| signer.sign(&json!({"alg": signer.alg()}), &claims());
    let issuer = Issuer::new(publish(&[&old]));
    let verifier = issuer.verifier();
    assert_eq!(kind(&verifier, &nameless(&old)).await, "good");
    issuer.set(publish(&[&new]));
    assert_eq!(kind(&verifier, &nameless(&new)).await, "good", "seen by a refetch, at once");
    assert_eq!(kind(&verifier, &nameless(&old)).await, "bad_signature");
    let before = issuer.requests();
    for _ in 0..1000 {
        assert_eq!(kind(&verifier, &nameless(&forger)).await, "bad_signature");
    }
    assert_eq!(issuer.requests(), before, "forged tokens cause no flood");
}

#[tokio::test(start_paused = true)]
async fn jk_13_old_keys_serve_until_the_maximum_age() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    let (verifier, token) = (issuer.verifier(), signer.token(&claims()));
    kind(&verifier, &token).await;
    issuer.set(Answer::Unreachable);
    advance(23 * 3600 * SECOND).await;
    assert_eq!(kind(&verifier, &token).await, "good");
    settle().await;
    assert_eq!(verifier.key_health().last_failure.unwrap().kind(), "transport");
    advance(3601 * SECOND).await;
    let error = verifier.verify_at(&token, now()).await.unwrap_err();
    assert_eq!(error.kind(), "keys_stale");
    assert!(error.to_string().contains(URL) && error.is_transient(), "{error}");
    issuer.set(publish(&[&signer]));
    advance(31 * SECOND).await;
    assert_eq!(kind(&verifier, &token).await, "good");
}

#[tokio::test(start_paused = true)]
async fn jk_14_a_set_that_became_unusable_does_not_replace_a_good_one() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    let (verifier, token) = (issuer.verifier(), signer.token(&claims()));
    kind(&verifier, &token).await;
    let private = json!({"keys": [{"kty": "oct", "k": "AAAA", "kid": "1"}]}).to_string();
    let bad =
        [("{\"keys\":[]}", "no_usable_keys"), (&private, "private_key_published"), ("<html>", "malformed")];
    for (document, reason) in bad {
        issuer.set(Answer::Keys(document.to_owned()));
        advance(601 * SECOND).await;
        assert_eq!(kind(&verifier, &token).await, "good");
        settle().await;
        let health = verifier.key_health();
        assert_eq!(health.last_failure.unwrap().kind(), reason);
        assert_eq!(health.usable, ["1"]);
        assert!(health.age.unwrap() >= 601 * SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_cannot_be_had_fail_closed_and_come_back() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(Answer::Unreachable);
    let (verifier, token) = (issuer.verifier(), signer.token(&claims()));
    for _ in 0..10 {
        let error = verifier.verify_at(&token, now()).await.unwrap_err();
        assert!(error.to_string().contains(URL) && error.is_transient() && error.is_about_keys(), "{error}");
    }
    assert_eq!(issuer.requests(), 1, "the cool-down holds for a first fetch too");
    issuer.set(publish(&[&signer]));
    advance(30 * SECOND).await;
    assert_eq!(kind(&verifier, &token).await, "good");
    assert!(verifier.key_health().last_failure.is_none());
}

#[tokio::test(start_paused = true)]
async fn keys_can_be_had_before_the_first_token() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(Answer::Status(404));
    let verifier = issuer.verifier();
    let error = verifier.ready().await.unwrap_err();
    assert!(error.is_about_keys() && error.kind() == "http_status", "{error}");
    issuer.set(publish(&[&signer]));
    assert!(verifier.ready().await.is_err(), "the cool-down holds");
    advance(30 * SECOND).await;
    for _ in 0..2 {
        verifier.ready().await.unwrap();
        assert_eq!(verifier.key_health().usable, ["1"]);
    }
    issuer.set(Answer::Stall);
    assert_eq!(kind(&verifier, &signer.token(&claims())).await, "good");
    assert_eq!(issuer.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_does_not_stop_the_fetch_for_others() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(Answer::Stall);
    let (verifier, token) = (issuer.verifier(), signer.token(&claims()));
    assert!(timeout(SECOND, verifier.verify_at(&token, now())).await.is_err());
    assert_eq!(kind(&verifier, &token).await, "timeout");
    assert_eq!(issuer.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn clones_of_a_source_share_their_keys() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    let keys = issuer.keys();
    let (one, other) = (verifier(keys.clone()), verifier(keys));
    let token = signer.token(&claims());
    assert_eq!((kind(&one, &token).await, kind(&other, &token).await), ("good", "good"));
    assert_eq!(issuer.requests(), 1);
}

#[test]
fn without_a_runtime_it_fails_instead_of_panicking() {
    let signer = Signer::ed25519("1");
    let verifier = Issuer::new(publish(&[&signer])).verifier();
    let token = signer.token(&claims());
    let mut verifying = std::pin::pin!(verifier.verify_at(&token, now()));
    let waker = std::task::Waker::noop();
    let outcome = verifying.as_mut().poll(&mut std::task::Context::from_waker(waker));
    let std::task::Poll::Ready(Err(error)) = outcome else { panic!("it waits") };
    assert_eq!(error.kind(), "configuration");
}

#[tokio::test(start_paused = true)]
async fn no_setting_overflows_a_clock() {
    let signer = Signer::ed25519("1");
    let issuer = Issuer::new(publish(&[&signer]));
    let keys = issuer.keys().with_cooldown(Duration::MAX).with_lifetime(Duration::MAX);
    let verifier = verifier(keys.with_max_age(Duration::MAX).with_deadline(Duration::MAX));
    for kid in ["1", "2", "3"] {
        let expected = if kid == "1" { "good" } else { "key_not_found" };
        let token = signer.sign(&json!({"alg": "EdDSA", "kid": kid}), &claims());
        assert_eq!(kind(&verifier, &token).await, expected);
    }
    assert_eq!(issuer.requests(), 2);
}

/// Threads that are told that it is too early for a fetch, in the moment in which another's has landed.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn jk_15_many_threads_see_a_new_key_at_once() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let (old_token, new_token): (_, Arc<str>) = (old.token(&claims()), new.token(&claims()).into());
    for _ in 0..1500 {
        let issuer = Issuer::new(publish(&[&old]));
        let verifier = Arc::new(issuer.verifier());
        assert_eq!(kind(&verifier, &old_token).await, "good");
        issuer.set(publish(&[&old, &new]));
        let callers = (0..64).map(|_| {
            let (verifier, token) = (Arc::clone(&verifier), Arc::clone(&new_token));
            tokio::spawn(async move { kind(&verifier, &token).await })
        });
        for caller in callers.collect::<Vec<_>>() {
            assert_eq!(caller.await.unwrap(), "good");
        }
    }
}
