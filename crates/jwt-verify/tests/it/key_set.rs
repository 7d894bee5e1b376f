//! Which keys of a set are used, which are skipped, and which spoil the set (JK-03 to JK-10).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA512,
};
use serde_json::{Value, json};
use toolgate_jwt_verify::{Algorithm, KeyRules, KeySet, VerifyError};

use crate::signer::{Signer, base64url, jwks};

fn set(keys: &[Value]) -> Result<KeySet, VerifyError> {
    KeySet::parse(json!({"keys": keys}).to_string())
}

/// Why a key is skipped that stands beside a good one.
fn skipped(key: Value) -> String {
    let set = set(&[key, Signer::ed25519("good").jwk()]).unwrap();
    assert_eq!(set.key_ids().collect::<Vec<_>>(), [Some("good")]);
    set.skipped()[0].reason.clone()
}

fn changed(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

#[test]
fn jk_03_a_key_that_is_not_understood_costs_only_itself() {
    let jwk = Signer::p256("1").jwk();
    let cases = [
        ("kty", json!("AKP"), "kty \"AKP\""),
        ("crv", json!("secp256k1"), "crv \"secp256k1\""),
        ("alg", json!("ECDH-ES"), "alg is \"ECDH-ES\""),
        ("alg", json!("ES384"), "alg is \"ES384\""),
        ("alg", json!(1), "alg"),
        ("kid", json!(1), "kid"),
        ("use", json!("enc"), "use is \"enc\""),
        ("use", json!(null), "use"),
        ("key_ops", json!(["sign"]), "key_ops"),
        ("key_ops", json!(["verify", "encrypt"]), "key_ops"),
        ("key_ops", json!([]), "key_ops"),
        ("key_ops", json!("verify"), "key_ops"),
        ("x", json!("AAAA"), "x is 3 octets, P-256 needs 32"),
        ("x", json!("A==="), "x is no base64url"),
        ("x", json!(["AAAA"]), "expected its x to be a string"),
    ];
    for (name, value, expected) in cases {
        let reason = skipped(changed(jwk.clone(), name, value));
        assert!(reason.contains(expected), "{name}: {reason}");
    }
    assert!(skipped(json!(1)).contains("a number"));
    assert!(skipped(json!({})).contains("no kty"));
    assert!(set(&[changed(jwk.clone(), "key_ops", json!(["verify"]))]).is_ok());
    assert!(set(&[changed(jwk, "use", json!("sig"))]).is_ok());
}

#[test]
fn an_rsa_key_with_the_exponent_three_is_used_only_where_that_is_said() {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let n = base64url(pair.public_key().modulus().big_endian_without_leading_zero());
    let document = json!({"keys": [{"kty": "RSA", "n": n, "e": "Aw"}]}).to_string();
    let parsed = |rules: KeyRules| KeySet::parse_with(&document, &rules).map(|set| set.key_ids().count());
    for rules in [KeyRules::default(), KeyRules::default().with_rsa_exponent_three(false)] {
        assert_eq!(parsed(rules).unwrap_err().kind(), "no_usable_keys");
    }
    assert_eq!(parsed(KeyRules::default().with_rsa_exponent_three(true)).unwrap(), 1);
}

#[test]
fn jk_07_a_point_off_its_curve_is_no_key() {
    let (one, other) = (Signer::p256("1").jwk(), Signer::p256("2").jwk());
    assert!(skipped(changed(one, "y", other["y"].clone())).contains("not on P-256"));
}

#[test]
fn jk_04_a_published_secret_spoils_the_set() {
    let good = Signer::ed25519("good").jwk();
    for secret in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
        let leaked = changed(Signer::p256("1").jwk(), secret, json!("AAAA"));
        let error = set(&[good.clone(), leaked]).unwrap_err();
        assert_eq!(error.kind(), "private_key_published");
        assert!(error.to_string().contains(secret) && !error.to_string().contains("AAAA"), "{error}");
    }
    let symmetric = json!({"kty": "oct", "kid": "1"});
    assert_eq!(set(&[good, symmetric]).unwrap_err().kind(), "private_key_published");
}

#[test]
fn jk_05_one_name_for_two_keys_spoils_the_set() {
    let (one, other) = (Signer::ed25519("1"), Signer::p256("1"));
    assert_eq!(set(&[one.jwk(), other.jwk()]).unwrap_err().kind(), "duplicate_kid");
    let narrowed = changed(one.jwk(), "alg", json!("EdDSA"));
    assert!(set(&[one.jwk(), narrowed]).is_ok(), "the same key, saying the same");
    assert_eq!(set(&[one.jwk(), one.jwk()]).unwrap().key_ids().count(), 1);
    assert_eq!(set(&[one.bare_jwk(), other.bare_jwk()]).unwrap().key_ids().count(), 2);
}

/// ForgeRock's servers and others say a key once for each algorithm that it is for.
#[test]
fn jk_05_one_key_for_several_algorithms_is_one_key() {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let sign = |algorithm: &str, padding| {
        let header = base64url(json!({"alg": algorithm, "kid": "1"}).to_string());
        let message = format!("{header}.{}", base64url("{}"));
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", base64url(signature))
    };
    let n = base64url(pair.public_key().modulus().big_endian_without_leading_zero());
    let jwk = json!({"kty": "RSA", "kid": "1", "use": "sig", "n": n, "e": "AQAB"});
    let said = |algorithms: &[&str]| -> Vec<Value> {
        algorithms.iter().map(|alg| changed(jwk.clone(), "alg", json!(alg))).collect()
    };
    let keys = set(&said(&["RS512", "RS256", "PS256", "RS256"])).unwrap();
    assert_eq!(keys.key_ids().collect::<Vec<_>>(), [Some("1")]);
    let allowed = Algorithm::ALL;
    for token in
        [sign("RS256", &RSA_PKCS1_SHA256), sign("PS256", &RSA_PSS_SHA256), sign("RS512", &RSA_PKCS1_SHA512)]
    {
        assert!(keys.verify_jws(&token, &allowed).is_ok(), "{token}");
        assert_eq!(keys.verify_jws(&token, &[Algorithm::ES256]).unwrap_err().kind(), "unsupported_algorithm");
    }
    let other = sign("PS512", &RSA_PSS_SHA512);
    assert_eq!(
        keys.verify_jws(&other, &allowed).unwrap_err().kind(),
        "key_unsuitable",
        "nobody said that one"
    );
    let mut with_another = said(&["RS256", "PS256"]);
    with_another.push(Signer::ed25519("1").jwk());
    assert_eq!(set(&with_another).unwrap_err().kind(), "duplicate_kid");
}

#[test]
fn jk_10_sets_are_bounded() {
    let keys: Vec<Value> =
        (0..101).map(|kid| changed(Signer::ed25519("").jwk(), "kid", json!(kid.to_string()))).collect();
    assert_eq!(set(&keys).unwrap_err().kind(), "too_large");
    assert_eq!(set(&keys[..100]).unwrap().key_ids().count(), 100);
    let padded = format!("{}{}", jwks(&[&Signer::ed25519("1")]), " ".repeat(512 << 10));
    assert_eq!(KeySet::parse(padded).unwrap_err().kind(), "too_large");
}

#[test]
fn what_is_no_set_is_malformed_and_what_is_empty_says_why() {
    for bad in [
        "",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[]}x",
        "{\"keys\":[],\"keys\":[]}",
        "\u{feff}{\"keys\":[]}",
    ] {
        assert_eq!(KeySet::parse(bad).unwrap_err().kind(), "malformed", "{bad}");
    }
    assert_eq!(set(&[]).unwrap_err().kind(), "no_usable_keys");
    let error = set(&[json!({"kty": "AKP", "kid": "\u{1b}pq"})]).unwrap_err();
    assert!(error.to_string().contains("\"\\u{1b}pq\": its kty \"AKP\" is not known"), "{error}");
    let jwk = Signer::ed25519("1").jwk().to_string();
    assert_eq!(KeySet::from_jwk(&jwk).unwrap().key_ids().collect::<Vec<_>>(), [Some("1")]);
    assert_eq!(KeySet::from_jwk(&format!("{jwk}],\"x\":[{{}}")).unwrap_err().kind(), "malformed");
}
