//! Signing keys, and the set of them that is published.
//!
//! RSA keys are slow to make, so a process makes each only once and all its servers share them. That hides no mistake:
//! tokens of two servers still differ in `iss`, and a client that told them apart by key alone would be wrong.

use std::sync::{Arc, LazyLock, Mutex};

use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::Value;

/// Signature algorithm of the access tokens (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048-bit keys: the demo's.
    Rs256,
    /// ECDSA with P-256 and SHA-256.
    Es256,
}

impl Algorithm {
    /// The value of `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    pub(crate) fn jws(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
        }
    }
}

/// A private key with its public half as a JWK; the `kid` is the RFC 7638 thumbprint.
pub(crate) struct SigningKey {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: String,
    pub(crate) jwk: Jwk,
    private: EncodingKey,
}

impl SigningKey {
    fn generate(algorithm: Algorithm) -> Self {
        let pair = match algorithm {
            Algorithm::Rs256 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
            Algorithm::Es256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        };
        let pem = pair.expect("generate a signing key").serialize_pem();
        let private = match algorithm {
            Algorithm::Rs256 => EncodingKey::from_rsa_pem(pem.as_bytes()),
            Algorithm::Es256 => EncodingKey::from_ec_pem(pem.as_bytes()),
        };
        let private = private.expect("read back the key just made");
        let mut jwk = Jwk::from_encoding_key(&private, algorithm.jws()).expect("public half of a key");
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).expect("thumbprint of a key");
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Self { algorithm, kid, jwk, private }
    }

    /// Signs `claims` under `typ`; `kid` is the header's, if it has one at all.
    pub(super) fn sign(&self, typ: &str, kid: Option<&str>, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm.jws());
        header.typ = Some(typ.to_owned());
        header.kid = kid.map(str::to_owned);
        jsonwebtoken::encode(&header, claims, &self.private).expect("sign a token")
    }
}

/// The process's n-th key of an algorithm, made on first use.
fn pooled(algorithm: Algorithm, index: usize) -> Arc<SigningKey> {
    static RSA: Mutex<Vec<Arc<SigningKey>>> = Mutex::new(Vec::new());
    static EC: Mutex<Vec<Arc<SigningKey>>> = Mutex::new(Vec::new());
    let pool = match algorithm {
        Algorithm::Rs256 => &RSA,
        Algorithm::Es256 => &EC,
    };
    let mut keys = pool.lock().expect("key pool");
    while keys.len() <= index {
        keys.push(Arc::new(SigningKey::generate(algorithm)));
    }
    keys[index].clone()
}

/// A key that no server ever publishes.
pub(super) fn forger(algorithm: Algorithm) -> Arc<SigningKey> {
    static RSA: LazyLock<Arc<SigningKey>> =
        LazyLock::new(|| Arc::new(SigningKey::generate(Algorithm::Rs256)));
    static EC: LazyLock<Arc<SigningKey>> = LazyLock::new(|| Arc::new(SigningKey::generate(Algorithm::Es256)));
    match algorithm {
        Algorithm::Rs256 => RSA.clone(),
        Algorithm::Es256 => EC.clone(),
    }
}

/// The keys that one server publishes; the last one signs.
pub(super) struct KeyRing {
    algorithm: Algorithm,
    used: usize,
    published: Vec<Arc<SigningKey>>,
}

impl KeyRing {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, used: 1, published: vec![pooled(algorithm, 0)] }
    }

    /// Publishes one more key, which signs from now on.
    pub(super) fn add(&mut self) {
        self.published.push(pooled(self.algorithm, self.used));
        self.used += 1;
    }

    /// Publishes nothing but the key that signs now.
    pub(super) fn retire(&mut self) {
        self.published.drain(..self.published.len() - 1);
    }

    pub(super) fn signing(&self) -> Arc<SigningKey> {
        self.published[self.published.len() - 1].clone()
    }

    pub(super) fn published(&self) -> Vec<Arc<SigningKey>> {
        self.published.clone()
    }
}
