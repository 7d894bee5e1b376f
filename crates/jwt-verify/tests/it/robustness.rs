//! JV-25: whatever comes in, an answer comes out.
//!
//! The changes are made by a small generator with a fixed seed, so that a failure can be repeated.

use toolgate_jwt_verify::{Algorithm, KeySet, KeySource, UnverifiedJws, Verifier};

use crate::signer::{AUDIENCE, ISSUER, Signer, base64url, claims, jwks, now};

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// Changes a few bytes: flips, removes, doubles or swaps in something with a meaning.
    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 if bytes.len() > 1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, bytes[at]),
                3 => bytes[at] = b"{}[]\":,.\\ue-+0\x00\xff"[self.below(16)],
                _ => bytes.truncate(at + 1),
            }
        }
    }
}

#[tokio::test]
async fn spoiled_tokens_get_an_answer() {
    let signer = Signer::ed25519("1");
    let verifier =
        Verifier::new(ISSUER, [AUDIENCE], KeySource::jwks_document(&jwks(&[&signer])).unwrap()).unwrap();
    let token = signer.token(&claims());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..20_000 {
        let mut bytes = token.clone().into_bytes();
        random.spoil(&mut bytes);
        let spoiled = String::from_utf8_lossy(&bytes);
        let _ = UnverifiedJws::read(&spoiled);
        let outcome = verifier.verify_at(&spoiled, now()).await;
        assert!(outcome.is_err() || spoiled == token, "{spoiled}");
    }
}

#[tokio::test]
async fn spoiled_claims_that_are_signed_get_an_answer() {
    let signer = Signer::ed25519("1");
    let keys = KeySource::jwks_document(&jwks(&[&signer])).unwrap();
    let verifier = Verifier::new(ISSUER, [AUDIENCE], keys).unwrap().with_cached_tokens(0);
    let mut random = Random(42);
    for _ in 0..5_000 {
        let mut bytes = claims().to_string().into_bytes();
        random.spoil(&mut bytes);
        let token = signer.sign_bytes(br#"{"alg":"EdDSA","kid":"1"}"#, &bytes);
        if let Ok(verified) = verifier.verify_at(&token, now()).await {
            assert_eq!(
                (verified.issuer(), verified.audiences().any(|audience| audience == AUDIENCE)),
                (ISSUER, true)
            );
        }
    }
}

#[test]
fn spoiled_headers_and_key_sets_get_an_answer() {
    let signer = Signer::p256("1");
    let document = jwks(&[&signer, &Signer::ed25519("2")]);
    let set = KeySet::parse(&document).unwrap();
    let mut random = Random(7);
    for _ in 0..5_000 {
        let mut bytes = document.clone().into_bytes();
        random.spoil(&mut bytes);
        let _ = KeySet::parse(&bytes);
        let mut header = br#"{"alg":"ES256","kid":"1","typ":"at+jwt"}"#.to_vec();
        random.spoil(&mut header);
        let token = format!("{}.e30.{}", base64url(&header), base64url([1; 64]));
        assert!(set.verify_jws(&token, &Algorithm::ALL).is_err());
    }
}
