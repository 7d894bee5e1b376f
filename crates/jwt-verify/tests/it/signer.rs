//! Keys and tokens made by an implementation that is not ours (aws-lc).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const AUDIENCE: &str = "https://mcp.example";
pub(crate) const NOW: u64 = 1_800_000_000;

/// The time at which tests verify.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

/// A signing key with its `kid`.
pub(crate) struct Signer {
    pub(crate) kid: String,
    pair: Pair,
}

impl Signer {
    pub(crate) fn ed25519(kid: &str) -> Self {
        Self { kid: kid.to_owned(), pair: Pair::Ed25519(Ed25519KeyPair::generate().unwrap()) }
    }

    pub(crate) fn p256(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid: kid.to_owned(), pair: Pair::P256(pair) }
    }

    /// The public key without a `kid`.
    pub(crate) fn bare_jwk(&self) -> Value {
        match &self.pair {
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref())})
            }
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": base64url(&point[1..33]), "y": base64url(&point[33..])})
            }
        }
    }

    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = self.bare_jwk();
        jwk["kid"] = json!(self.kid);
        jwk
    }

    pub(crate) fn alg(&self) -> &'static str {
        match &self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::P256(_) => "ES256",
        }
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_bytes(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    pub(crate) fn sign_bytes(&self, header: &[u8], payload: &[u8]) -> String {
        let input = format!("{}.{}", base64url(header), base64url(payload));
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.sign(input.as_bytes()).as_ref().to_vec(),
            Pair::P256(pair) => pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{input}.{}", base64url(signature))
    }

    /// An access token with the usual header.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": self.alg(), "typ": "at+jwt", "kid": self.kid}), claims)
    }
}

/// The claims of a good token.
pub(crate) fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "client-1", "client_id": "client-1", "jti": "j1",
        "iat": NOW - 10, "exp": NOW + 600, "scope": "customer:read ticket:create",
    })
}

/// The claims of a good token with one changed; `null` removes it.
pub(crate) fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    claims
}

pub(crate) fn jwks(signers: &[&Signer]) -> String {
    let keys: Vec<Value> = signers.iter().map(|signer| signer.jwk()).collect();
    json!({"keys": keys}).to_string()
}
