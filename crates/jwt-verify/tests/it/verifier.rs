//! What a verifier accepts, remembers and shows.

use std::time::Duration;

use serde_json::{Value, json};
use toolgate_jwt_verify::{Algorithm, KeySource, Proof, Verifier, VerifyError};

use crate::signer::{AUDIENCE, ISSUER, NOW, Signer, claims, claims_with, jwks, now};

pub(crate) fn verifier(signers: &[&Signer]) -> Verifier {
    Verifier::new(ISSUER, [AUDIENCE], KeySource::jwks_document(&jwks(signers)).unwrap()).unwrap()
}

pub(crate) async fn kind(verifier: &Verifier, token: &str) -> &'static str {
    verifier.verify_at(token, now()).await.map_or_else(|error| error.kind(), |_| "good")
}

#[tokio::test]
async fn the_claims_are_told() {
    let signer = Signer::p256("k1");
    let token = verifier(&[&signer]).verify_at(&signer.token(&claims()), now()).await.unwrap();
    assert_eq!(
        (token.issuer(), token.subject(), token.client_id()),
        (ISSUER, Some("client-1"), Some("client-1"))
    );
    assert_eq!((token.jwt_id(), token.key_id()), (Some("j1"), Some("k1")));
    assert_eq!(token.audiences().collect::<Vec<_>>(), [AUDIENCE]);
    assert_eq!(token.expires_at(), now() + Duration::from_secs(600));
    assert_eq!(token.issued_at(), Some(now() - Duration::from_secs(10)));
    assert_eq!(token.scopes().missing(&["customer:read", "admin"]), ["admin"]);
    assert_eq!(serde_json::from_str::<Value>(token.claims_json()).unwrap(), claims());
}

#[tokio::test]
async fn jv_01_a_token_of_more_than_16_kib_is_not_read() {
    let signer = Signer::ed25519("1");
    let padded = |octets: usize| signer.token(&claims_with("padding", json!("x".repeat(octets))));
    assert_eq!(kind(&verifier(&[&signer]), &padded(8 << 10)).await, "good");
    assert_eq!(kind(&verifier(&[&signer]), &padded(16 << 10)).await, "too_large");
    let generous = verifier(&[&signer]).with_max_token_len(64 << 10);
    assert_eq!(kind(&generous, &padded(16 << 10)).await, "good");
}

/// Claims that nobody signed are not even read as JSON.
#[tokio::test]
async fn jv_12_the_signature_comes_before_every_claim() {
    let (signer, forger) = (Signer::ed25519("1"), Signer::ed25519("1"));
    for payload in ["{", "[]", r#"{"iss":"https://evil.example"}"#] {
        let header = json!({"alg": "EdDSA", "kid": "1"}).to_string();
        let forged = forger.sign_bytes(header.as_bytes(), payload.as_bytes());
        assert_eq!(kind(&verifier(&[&signer]), &forged).await, "bad_signature", "{payload}");
    }
}

#[tokio::test]
async fn jv_06_tokens_of_another_type_are_refused() {
    let signer = Signer::ed25519("1");
    for (typ, expected) in [
        ("AT+JWT", "good"),
        ("application/at+jwt", "good"),
        ("jwt", "good"),
        ("dpop+jwt", "wrong_type"),
        ("logout+jwt", "wrong_type"),
        ("at+jwt ", "wrong_type"),
        ("", "wrong_type"),
    ] {
        let token = signer.sign(&json!({"alg": "EdDSA", "kid": "1", "typ": typ}), &claims());
        assert_eq!(kind(&verifier(&[&signer]), &token).await, expected, "{typ:?}");
    }
}

#[tokio::test]
async fn jv_06_and_jv_18_strict_mode_asks_for_all_of_rfc_9068() {
    let signer = Signer::ed25519("1");
    let strict = verifier(&[&signer]).with_strict(true);
    assert_eq!(kind(&strict, &signer.token(&claims())).await, "good");
    for name in ["sub", "client_id", "jti", "iat"] {
        let token = signer.token(&claims_with(name, Value::Null));
        assert_eq!(kind(&strict, &token).await, "missing_claim", "{name}");
        assert_eq!(kind(&verifier(&[&signer]), &token).await, "good", "{name}");
    }
    for typ in [json!("JWT"), Value::Null] {
        let mut header = json!({"alg": "EdDSA", "kid": "1"});
        if !typ.is_null() {
            header["typ"] = typ;
        }
        let token = signer.sign(&header, &claims());
        assert_eq!(kind(&strict, &token).await, "wrong_type");
        assert_eq!(kind(&verifier(&[&signer]), &token).await, "good");
    }
}

#[tokio::test]
async fn jv_14_to_jv_18_one_bad_claim_is_enough() {
    let signer = Signer::ed25519("1");
    let verifier = verifier(&[&signer]);
    let cases = [
        ("iss", Value::Null, "missing_claim"),
        ("iss", json!("https://as.example/"), "wrong_issuer"),
        ("iss", json!([ISSUER]), "invalid_claim"),
        ("aud", Value::Null, "missing_claim"),
        ("aud", json!([]), "wrong_audience"),
        ("aud", json!(["https://other.example", AUDIENCE]), "good"),
        ("aud", json!([AUDIENCE, 1]), "invalid_claim"),
        ("aud", json!("https://mcp.example/"), "wrong_audience"),
        ("exp", Value::Null, "missing_claim"),
        ("exp", json!("1800000600"), "invalid_claim"),
        ("exp", json!(NOW - 60), "expired"),
        ("exp", json!(NOW - 10), "invalid_claim"),
        ("exp", json!(1e300), "invalid_claim"),
        ("nbf", json!(NOW + 61), "not_yet_valid"),
        ("nbf", json!(NOW + 60), "good"),
        ("iat", json!(NOW + 61), "not_yet_valid"),
        ("iat", json!(NOW + 60), "good"),
        ("sub", json!(1), "invalid_claim"),
        ("client_id", json!([]), "invalid_claim"),
        ("jti", json!({}), "invalid_claim"),
        ("scope", json!(["customer:read"]), "invalid_claim"),
        ("cnf", json!(1), "invalid_claim"),
        ("cnf", json!({}), "proof_required"),
        ("cnf", json!({"jkt": "x"}), "proof_required"),
        ("cnf", json!({"jwk": {}}), "proof_required"),
    ];
    for (name, value, expected) in cases {
        let token = signer.token(&claims_with(name, value.clone()));
        assert_eq!(kind(&verifier, &token).await, expected, "{name}: {value}");
    }
}

#[tokio::test]
async fn jv_19_scp_and_arrays_by_setting() {
    let signer = Signer::ed25519("1");
    let mut with_scp = claims_with("scope", Value::Null);
    with_scp["scp"] = json!(["a", "b"]);
    let (scp, array) = (signer.token(&with_scp), signer.token(&claims_with("scope", json!(["a", "b"]))));
    let scopes = async |verifier: Verifier, token: &str| {
        verifier.verify_at(token, now()).await.unwrap().scopes().iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(scopes(verifier(&[&signer]), &scp).await, "");
    assert_eq!(scopes(verifier(&[&signer]).with_scope_claim("scp"), &scp).await, "a b");
    assert_eq!(scopes(verifier(&[&signer]).with_array_scope(true), &array).await, "a b");
}

#[tokio::test]
async fn jv_17_a_maximum_age_overrules_exp() {
    let signer = Signer::ed25519("1");
    let aged = verifier(&[&signer]).with_max_age(Duration::from_secs(60));
    assert_eq!(kind(&aged, &signer.token(&claims_with("iat", json!(NOW - 119)))).await, "good");
    assert_eq!(kind(&aged, &signer.token(&claims_with("iat", json!(NOW - 120)))).await, "expired");
    assert_eq!(kind(&aged, &signer.token(&claims_with("iat", Value::Null))).await, "missing_claim");
}

#[tokio::test]
async fn jv_20_a_certificate_bound_token_needs_its_certificate() {
    let signer = Signer::ed25519("1");
    let verifier = verifier(&[&signer]);
    let certificate = [7; 32];
    let bound = json!({"x5t#S256": crate::signer::base64url(certificate)});
    let token = signer.token(&claims_with("cnf", bound));
    let with = async |token: &str, proof| {
        verifier.verify_with_proof(token, proof, now()).await.map_err(|e| e.kind())
    };
    assert!(with(&token, Proof::ClientCertificate(&certificate)).await.unwrap().is_sender_constrained());
    assert_eq!(with(&token, Proof::ClientCertificate(&[8; 32])).await.unwrap_err(), "invalid_dpop_proof");
    assert_eq!(with(&token, Proof::None).await.unwrap_err(), "proof_required");
    let plain = signer.token(&claims());
    assert!(!with(&plain, Proof::None).await.unwrap().is_sender_constrained());
    assert_eq!(with(&plain, Proof::ClientCertificate(&certificate)).await.unwrap_err(), "invalid_dpop_proof");
}

#[tokio::test]
async fn jv_11_without_a_kid_exactly_one_key_must_fit() {
    let (ed, ec, other) = (Signer::ed25519("1"), Signer::p256("2"), Signer::ed25519("3"));
    let token = ed.sign(&json!({"alg": "EdDSA"}), &claims());
    assert_eq!(kind(&verifier(&[&ed, &ec]), &token).await, "good");
    let told = verifier(&[&ed, &other]).verify_at(&token, now()).await.unwrap_err();
    assert!(matches!(told, VerifyError::KeyAmbiguous { fitting: 2 }), "{told}");
    assert_eq!(kind(&verifier(&[&ec]), &token).await, "key_not_found");
}

#[test]
fn unsafe_settings_do_not_construct() {
    let signer = Signer::ed25519("1");
    let keys = || KeySource::jwks_document(&jwks(&[&signer])).unwrap();
    let none: [&str; 0] = [];
    assert_eq!(Verifier::new(ISSUER, none, keys()).unwrap_err().kind(), "configuration");
    assert_eq!(Verifier::new(ISSUER, ["a", ""], keys()).unwrap_err().kind(), "configuration");
    assert_eq!(Verifier::new("", [AUDIENCE], keys()).unwrap_err().kind(), "configuration");
    assert!(verifier(&[&signer]).with_algorithms([]).is_err());
    assert!(verifier(&[&signer]).with_leeway(Duration::from_secs(301)).is_err());
    assert!(verifier(&[&signer]).with_leeway(Duration::from_secs(300)).is_ok());
}

/// JV-26: neither the token nor its signature is in anything that can be printed.
#[tokio::test]
async fn nothing_that_is_shown_holds_the_token() {
    let signer = Signer::ed25519("1");
    let verifier = verifier(&[&signer]);
    let token = signer.token(&claims());
    let verified = verifier.verify_at(&token, now()).await.unwrap();
    let mut shown = format!("{verified:?} {verifier:?}");
    for bad in
        [&token[1..], &token[..token.len() - 4], &format!("{token}AAAA"), &token.replacen('.', ".x", 1)]
    {
        let error = verifier.verify_at(bad, now()).await.unwrap_err();
        shown.push_str(&format!("{error} {error:?}"));
    }
    for part in token.split('.') {
        assert!(!shown.contains(&part[..20]), "{shown}");
    }
}

#[tokio::test]
async fn jv_10_foreign_text_is_escaped_and_cut() {
    let signer = Signer::ed25519("1");
    let evil = format!("\u{1b}[31m\n{}", "x".repeat(240));
    let token = signer.sign(&json!({"alg": "EdDSA", "kid": evil}), &claims());
    let error = verifier(&[&signer]).verify_at(&token, now()).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, VerifyError::KeyNotFound { .. }));
    assert!(!text.contains('\u{1b}') && !text.contains('\n') && text.len() < 400, "{text}");
}

#[tokio::test]
async fn jv_05_a_key_keeps_to_its_own_algorithm() {
    let signer = Signer::p256("1");
    let mut jwk = signer.jwk();
    jwk["alg"] = json!("ES384");
    let refused = KeySource::jwks_document(&json!({"keys": [jwk]}).to_string()).unwrap_err();
    assert!(refused.to_string().contains("ES384"), "{refused}");
    // A key without `alg` does what its type can do, and the token's `alg` cannot talk it into anything else.
    let edwards = Signer::ed25519("1");
    let confused = edwards.sign(&json!({"alg": "ES256", "kid": "1"}), &claims());
    let told = verifier(&[&edwards]).verify_at(&confused, now()).await.unwrap_err().to_string();
    assert!(told.contains("it is for EdDSA, Ed25519, the token says ES256"), "{told}");
    let only_rsa = verifier(&[&signer]).with_algorithms([Algorithm::RS256]).unwrap();
    assert_eq!(kind(&only_rsa, &signer.token(&claims())).await, "unsupported_algorithm");
}

/// A verifier serves every task of a server at once.
#[test]
fn verifiers_are_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    fn sent<T: Send>(_: T) {}
    let verifier = verifier(&[&Signer::ed25519("1")]);
    shared(&verifier);
    sent(verifier.verify(""));
}

#[tokio::test]
async fn jv_19_scopes_by_other_names_by_setting() {
    let signer = Signer::ed25519("1");
    let mut claims = claims_with("scope", Value::Null);
    claims["roles"] = json!(["a", "b"]);
    claims["permissions"] = json!(["c"]);
    let token = signer.token(&claims);
    let scopes = |verifier: Verifier| {
        let token = token.clone();
        async move { verifier.verify_at(&token, now()).await.unwrap().scopes().to_string() }
    };
    assert_eq!(scopes(verifier(&[&signer])).await, "");
    assert_eq!(scopes(verifier(&[&signer]).with_scope_claim("roles")).await, "a b");
    let both = verifier(&[&signer]).with_scope_claim("permissions").with_scope_claim("roles");
    assert_eq!(scopes(both).await, "c", "the first that is named and there");
}

#[tokio::test]
async fn jv_15_the_client_id_stands_for_the_audience_by_setting() {
    let signer = Signer::ed25519("1");
    let mut claims = claims_with("aud", Value::Null);
    claims["client_id"] = json!(AUDIENCE);
    let own = signer.token(&claims);
    claims["client_id"] = json!("another");
    let other = signer.token(&claims);
    assert_eq!(kind(&verifier(&[&signer]), &own).await, "missing_claim");
    let verifier = verifier(&[&signer]).with_client_id_audience(true);
    assert_eq!(kind(&verifier, &own).await, "good");
    assert_eq!(kind(&verifier, &other).await, "wrong_audience");
    let for_others = signer.token(&claims_with("aud", json!("https://other.example")));
    assert_eq!(kind(&verifier, &for_others).await, "wrong_audience", "an audience that is there counts");
}

/// Amazon Cognito's ID tokens are for the client id too, and say what they are by this claim alone.
#[tokio::test]
async fn jv_06_a_token_that_says_it_is_an_id_token_is_refused() {
    let signer = Signer::ed25519("1");
    let verifier = verifier(&[&signer]).with_client_id_audience(true);
    for (said, expected) in [(json!("access"), "good"), (json!("id"), "invalid_claim"), (json!(7), "good")] {
        let token = signer.token(&claims_with("token_use", said.clone()));
        assert_eq!(kind(&verifier, &token).await, expected, "{said}");
    }
}

/// RFC 9864 section 2.2: a name for the one curve.
#[tokio::test]
async fn jv_04_ed25519_has_a_name_of_its_own_that_is_allowed_by_it() {
    let signer = Signer::ed25519("1");
    let token = signer.sign(&json!({"alg": "Ed25519", "kid": "1"}), &claims());
    let bare = KeySource::jwks_document(&json!({"keys": [signer.jwk()]}).to_string()).unwrap();
    let keys = |alg: &str| {
        let mut jwk = signer.jwk();
        jwk["alg"] = json!(alg);
        KeySource::jwks_document(&json!({"keys": [jwk]}).to_string()).unwrap()
    };
    let both = [Algorithm::EdDSA, Algorithm::Ed25519];
    let judged = async |keys: KeySource, allowed: &[Algorithm]| {
        let verifier = Verifier::new(ISSUER, [AUDIENCE], keys).unwrap();
        kind(&verifier.with_algorithms(allowed.iter().copied()).unwrap(), &token).await
    };
    assert_eq!(judged(bare.clone(), &both).await, "good");
    assert_eq!(judged(keys("Ed25519"), &both).await, "good");
    assert_eq!(judged(keys("EdDSA"), &both).await, "key_unsuitable");
    assert_eq!(judged(bare, &Algorithm::DEFAULT).await, "unsupported_algorithm");
}

#[test]
fn an_opaque_token_is_judged_by_what_its_issuer_says() {
    let verifier = verifier(&[&Signer::ed25519("1")]);
    let judged = |document: Value| {
        let judged = verifier.accept_introspection("opaque", &document.to_string(), Proof::None, now());
        judged.map_or_else(|error| error.kind(), |_| "good")
    };
    let mut good = json!({"active": true, "aud": AUDIENCE, "exp": NOW + 60, "scope": "a b", "username": "x"});
    assert_eq!(judged(good.clone()), "good");
    good["iss"] = json!(ISSUER);
    assert_eq!(judged(good.clone()), "good");
    for (name, value, expected) in [
        ("active", json!(false), "inactive"),
        ("active", json!("true"), "invalid_claim"),
        ("active", Value::Null, "invalid_claim"),
        ("iss", json!("https://evil.example"), "wrong_issuer"),
        ("aud", json!("https://other.example"), "wrong_audience"),
        ("aud", Value::Null, "invalid_claim"),
        ("exp", json!(NOW - 61), "expired"),
        ("cnf", json!([]), "invalid_claim"),
        ("cnf", json!({"jkt": "x"}), "proof_required"),
    ] {
        let mut document = good.clone();
        document[name] = value.clone();
        assert_eq!(judged(document), expected, "{name}: {value}");
    }
    assert_eq!(judged(json!({"active": true, "aud": AUDIENCE})), "missing_claim");
    assert_eq!(judged(json!([])), "malformed");
}

#[test]
fn the_claims_of_an_opaque_token_are_told() {
    let said = json!({"active": true, "aud": AUDIENCE, "exp": NOW + 60, "username": "x"}).to_string();
    let verifier = verifier(&[&Signer::ed25519("1")]);
    let token = verifier.accept_introspection("opaque", &said, Proof::None, now()).unwrap();
    assert_eq!(token.claims_json(), said);
}
