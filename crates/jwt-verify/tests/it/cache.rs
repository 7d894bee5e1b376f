//! JV-22: what a verifier remembers of the tokens that it has verified.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use toolgate_jwt_verify::Proof;

use crate::signer::{NOW, Signer, claims, claims_with, now};
use crate::verifier::{kind, verifier};

#[tokio::test]
async fn jv_22_a_remembered_token_is_still_judged_by_the_clock() {
    let signer = Signer::ed25519("1");
    let verifier = verifier(&[&signer]);
    let token = signer.token(&claims_with("nbf", json!(NOW - 5)));
    let at = |seconds| verifier.verify_at(&token, now() + Duration::from_secs(seconds));
    assert!(at(0).await.is_ok() && at(659).await.is_ok());
    assert_eq!(at(660).await.unwrap_err().kind(), "expired");
    let early = verifier.verify_at(&token, now() - Duration::from_secs(100)).await;
    assert_eq!(early.unwrap_err().kind(), "not_yet_valid");
}

#[tokio::test]
async fn jv_22_a_token_that_begins_like_a_remembered_one_is_verified_anew() {
    let signer = Signer::ed25519("1");
    let verifier = verifier(&[&signer]);
    let token = signer.token(&claims());
    assert_eq!(kind(&verifier, &token).await, "good");
    for at in [token.len() - 2, token.len() / 2, 36] {
        let mut forged = token.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        assert_ne!(kind(&verifier, &String::from_utf8(forged).unwrap()).await, "good", "changed at {at}");
    }
    assert_eq!(kind(&verifier, &token[..36]).await, "malformed");
}

#[tokio::test]
async fn a_verified_token_is_remembered_unless_the_cache_is_off() {
    let signer = Signer::ed25519("1");
    let token = signer.token(&claims());
    for (size, remembered) in [(0, false), (1, false), (4, true)] {
        let verifier = verifier(&[&signer]).with_cached_tokens(size);
        let one = verifier.verify_at(&token, now()).await.unwrap();
        let two = verifier.verify_at(&token, now()).await.unwrap();
        assert_eq!(Arc::ptr_eq(&one, &two), remembered, "{size}");
    }
}

/// A sender of ever new tokens costs no more memory than was set, and one token more does not forget all others.
#[tokio::test]
async fn as_many_tokens_are_remembered_as_were_set() {
    let signer = Signer::ed25519("1");
    let verifier = verifier(&[&signer]).with_cached_tokens(4);
    let mut seen = Vec::new();
    for number in 0..20 {
        let token = signer.token(&claims_with("jti", json!(number.to_string())));
        seen.push(verifier.verify_at(&token, now()).await.unwrap());
        // Whoever is remembered has an owner besides this test.
        let remembered = seen.iter().filter(|token| Arc::strong_count(token) > 1).count();
        assert!((3.min(number + 1)..=4).contains(&remembered), "{remembered} after {number}");
    }
}

#[tokio::test]
async fn a_known_token_is_judged_by_its_time_its_proof_and_its_keys_without_its_text() {
    let signer = Signer::ed25519("1");
    let verifier = verifier(&[&signer]);
    let token = verifier.verify_at(&signer.token(&claims()), now()).await.unwrap();
    let again = |proof, seconds| verifier.verify_known(&token, proof, now() + Duration::from_secs(seconds));
    assert!(Arc::ptr_eq(&again(Proof::None, 0).unwrap().unwrap(), &token));
    assert_eq!(again(Proof::None, 660).unwrap().unwrap_err().kind(), "expired");
    assert_eq!(again(Proof::OwnKey("x"), 0).unwrap().unwrap_err().kind(), "invalid_dpop_proof");
}

/// What another verifier, another policy or nobody remembers says nothing here.
#[tokio::test]
async fn a_token_is_known_only_to_the_verifier_that_accepted_it() {
    let signer = Signer::ed25519("1");
    let text = signer.token(&claims());
    let (one, other) = (verifier(&[&signer]), verifier(&[&signer]));
    let token = one.verify_at(&text, now()).await.unwrap();
    assert!(one.verify_known(&token, Proof::None, now()).is_some());
    assert!(other.verify_known(&token, Proof::None, now()).is_none());
    let forgetful = verifier(&[&signer]).with_cached_tokens(0);
    let token = forgetful.verify_at(&text, now()).await.unwrap();
    assert!(forgetful.verify_known(&token, Proof::None, now()).is_none());
}
