//! A key pair of RSA that a caller signs with and a server knows the public half of.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use rcgen::{KeyPair, PKCS_RSA_SHA256, PublicKeyData as _, RsaKeySize};

/// The private half as PKCS#8 (PEM), and what signatures are checked with.
pub(crate) struct RsaKey {
    pub(crate) private: String,
    pub(crate) public: DecodingKey,
    /// The SHA-256 of the public half (SubjectPublicKeyInfo) in base64.
    pub(crate) fingerprint: String,
}

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RsaKey({})", self.fingerprint)
    }
}

impl RsaKey {
    pub(crate) fn generate() -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("generate a key");
        let private = pair.serialize_pem();
        let key = EncodingKey::from_rsa_pem(private.as_bytes()).expect("read back the key just made");
        let public = Jwk::from_encoding_key(&key, Algorithm::RS256).expect("public half of a key");
        let public = DecodingKey::from_jwk(&public).expect("a key of RSA");
        let digest = digest::digest(&digest::SHA256, &pair.subject_public_key_info());
        Self { private, public, fingerprint: STANDARD.encode(digest) }
    }
}
