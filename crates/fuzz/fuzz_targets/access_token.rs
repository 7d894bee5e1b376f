//! A JWT (RFC 7519) at the verifier: as it comes, with any header and claims behind a bad signature, and with any
//! claims behind a good one. The first byte says which.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use toolgate_fuzz::{block_on, check_message};
use toolgate_jwt_verify::{KeySet, KeySource, UnverifiedJws, Verifier};

const ISSUER: &str = "https://as.example";
const AUDIENCE: &str = "https://mcp.example";
const NOW: Duration = Duration::from_secs(1_800_000_000);

/// Made anew in each run: no verdict may depend on the key, and no seed can hold a token that it signed.
struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    verifier: Verifier,
}

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","kid":"1","x":"{x}","y":"{y}"}}"#);
    let keys = KeySource::from(KeySet::from_jwk(&jwk).unwrap());
    let verifier = Verifier::new(ISSUER, [AUDIENCE], keys)
        .unwrap()
        .with_scope_claim("scp")
        .with_array_scope(true)
        .with_cached_tokens(0);
    Signer { pair, random, verifier }
});

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fuzz_target!(|input: &[u8]| {
    let Some((&mode, rest)) = input.split_first() else { return };
    match mode {
        b's' => signed(rest),
        b'h' => with_any_header(rest),
        _ => as_it_comes(rest),
    }
});

fn as_it_comes(input: &[u8]) {
    let Ok(token) = std::str::from_utf8(input) else { return };
    if let Err(error) = UnverifiedJws::read(token) {
        check_message(&error);
    }
    refused(token);
}

/// The header, a line feed, the claims.
fn with_any_header(input: &[u8]) {
    let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
    let (header, claims) = input.split_at(end);
    let claims = claims.get(1..).unwrap_or_default();
    refused(&format!("{}.{}.{}", encode(header), encode(claims), encode(&[1; 64])));
}

fn refused(token: &str) {
    let now = SystemTime::UNIX_EPOCH + NOW;
    match block_on(SIGNER.verifier.verify_at(token, now)) {
        Ok(_) => panic!("a token that nobody signed was accepted"),
        Err(error) => check_message(&error),
    }
}

fn signed(claims: &[u8]) {
    let input = format!("{}.{}", encode(br#"{"alg":"ES256","typ":"at+jwt","kid":"1"}"#), encode(claims));
    let signature = SIGNER.pair.sign(&SIGNER.random, input.as_bytes()).unwrap();
    let token = format!("{input}.{}", encode(signature.as_ref()));
    let now = SystemTime::UNIX_EPOCH + NOW;
    match block_on(SIGNER.verifier.verify_at(&token, now)) {
        Ok(token) => {
            assert_eq!(token.issuer(), ISSUER);
            assert!(token.audiences().any(|audience| audience == AUDIENCE));
            assert!(token.expires_at() + Duration::from_secs(60) > now);
            assert!(token.issued_at().is_none_or(|issued| issued <= now + Duration::from_secs(60)));
            assert_eq!(token.claims_json().as_bytes(), claims);
        }
        Err(error) => check_message(&error),
    }
}
