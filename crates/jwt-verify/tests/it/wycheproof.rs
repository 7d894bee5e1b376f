//! Wycheproof's JSON Web Signature, Key and Encryption vectors.
//!
//! The verifier has no HMAC, so HMAC cases are answered by the test's own HMAC over what [`UnverifiedJws`] reads: they
//! test the reading. That the verifier itself refuses them all is checked too.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use toolgate_jwt_verify::{Algorithm, KeySet, UnverifiedJws, VerifyError};

use crate::signer::{Signer, jwks};
use crate::vectors::{Tally, read};

/// Cases whose verdict nobody should follow: 346 and 350 (PS384 with a key for PS256), 347 and 351 (a key for "ES521"),
/// 367 and 370 (the very token of the valid case 357, called invalid), 372 and 373 (a '?' in base64url, called valid).
const FAULTY: [&str; 8] = ["346", "347", "350", "351", "367", "370", "372", "373"];

/// The keys of a group as a list; a private key stands in for a public one that is not given.
fn keys(group: &Value) -> Vec<Value> {
    let given = group.get("public").unwrap_or(&group["private"]);
    match given.get("keys") {
        Some(keys) => keys.as_array().unwrap().clone(),
        None => vec![given.clone()],
    }
}

fn accepts(keys: &[Value], jws: &str) -> bool {
    if keys.iter().all(|key| key["kty"] == "oct") {
        return accepts_hmac(keys, jws);
    }
    KeySet::parse(json!({"keys": keys}).to_string())
        .is_ok_and(|set| set.verify_jws(jws, &Algorithm::ALL).is_ok())
}

fn accepts_hmac(keys: &[Value], jws: &str) -> bool {
    let Ok(jws) = UnverifiedJws::read(jws) else { return false };
    let named: Vec<&Value> =
        keys.iter().filter(|key| jws.key_id().is_none_or(|kid| key["kid"] == kid)).collect();
    let [key] = named[..] else { return false };
    let (algorithm, octets) = match jws.algorithm() {
        "HS256" => (hmac::HMAC_SHA256, 32),
        "HS384" => (hmac::HMAC_SHA384, 48),
        "HS512" => (hmac::HMAC_SHA512, 64),
        _ => return false,
    };
    let secret = URL_SAFE_NO_PAD.decode(key["k"].as_str().unwrap()).unwrap();
    let suits = key["alg"] == jws.algorithm() && key["use"] == "sig" && secret.len() >= octets;
    let mac = hmac::Key::new(algorithm, &secret);
    suits && hmac::verify(&mac, jws.signing_input().as_bytes(), jws.signature()).is_ok()
}

fn run(name: &'static str) -> Option<Tally> {
    let file = read(name)?;
    let mut tally = Tally::new(name);
    for group in file["testGroups"].as_array().unwrap() {
        let keys = keys(group);
        for case in group["tests"].as_array().unwrap() {
            let Some(jws) = case["jws"].as_str() else { continue };
            let accepted = accepts(&keys, jws);
            let comment = case["comment"].as_str().unwrap();
            tally.case(&case["tcId"], (case["result"] == "valid") == accepted, || {
                format!("{comment}, {}", case["result"])
            });
        }
    }
    Some(tally)
}

#[test]
fn signatures_but_for_the_eight_faulty_cases() {
    let Some(tally) = run("wycheproof/json_web_signature_test.json") else { return };
    tally.print();
    assert_eq!(tally.missed, FAULTY);
}

/// Keys and signatures together: confusion of key types, keys in the header, ROCA, sets with a secret in them.
#[test]
fn crypto_all_signatures() {
    if let Some(tally) = run("wycheproof/json_web_crypto_test.json") {
        tally.finish();
    }
}

#[test]
fn keys_all() {
    if let Some(tally) = run("wycheproof/json_web_key_test.json") {
        tally.finish();
    }
}

#[test]
fn hmac_is_refused_whatever_the_key() {
    let Some(file) = read("wycheproof/json_web_signature_test.json") else { return };
    let signer = Signer::ed25519("kid-aes-sign");
    let set = KeySet::parse(jwks(&[&signer])).unwrap();
    let mut tally = Tally::new("wycheproof, HMAC refused");
    for group in
        file["testGroups"].as_array().unwrap().iter().filter(|group| group["private"]["kty"] == "oct")
    {
        let document = json!({"keys": keys(group)}).to_string();
        assert_eq!(KeySet::parse(document).unwrap_err().kind(), "private_key_published");
        for case in group["tests"].as_array().unwrap() {
            let refused = set.verify_jws(case["jws"].as_str().unwrap(), &Algorithm::ALL).is_err();
            tally.case(&case["tcId"], refused, || "accepted".to_owned());
        }
    }
    tally.finish();
}

/// Nothing is decrypted: every JWE gets the same answer.
#[test]
fn jv_02_encrypted_tokens_are_refused() {
    let names = ["wycheproof/json_web_encryption_test.json", "wycheproof/json_web_crypto_test.json"];
    let Some(files) = names.into_iter().map(read).collect::<Option<Vec<_>>>() else { return };
    let set = KeySet::parse(jwks(&[&Signer::ed25519("1")])).unwrap();
    let mut tally = Tally::new("wycheproof, JWE refused");
    for group in files.iter().flat_map(|file| file["testGroups"].as_array().unwrap()) {
        for case in group["tests"].as_array().unwrap() {
            let Some(jwe) = case["jwe"].as_str() else { continue };
            let outcome = set.verify_jws(jwe, &Algorithm::ALL);
            let right =
                matches!(outcome, Err(VerifyError::EncryptedUnsupported | VerifyError::Malformed { .. }));
            tally.case(&case["tcId"], right, || format!("{outcome:?}"));
        }
    }
    tally.finish();
}
