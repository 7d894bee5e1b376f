//! A key made on the spot, for whoever stands in for an issuer: rehearsals and tests. What it signs is worth nothing to
//! anybody who was not told to trust it.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Map, Value};

use super::{Pair, SigningAlgorithm, SigningKey, unsuitable};
use crate::TokenError;

impl SigningKey {
    /// A new ES256 key, which exists in this process only.
    ///
    /// ```
    /// let key = toolgate_oauth_cc::SigningKey::generate()?.with_key_id("rehearsal");
    /// assert_eq!(key.public_key()["kty"], "EC");
    /// # Ok::<(), toolgate_oauth_cc::TokenError>(())
    /// ```
    ///
    /// # Errors
    /// [`TokenError::KeyUnsuitable`] when the machine has no randomness.
    pub fn generate() -> Result<Self, TokenError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| unsuitable("none could be generated"))?;
        Ok(Self { algorithm: SigningAlgorithm::ES256, pair: Pair::Ec(pair), key_id: None, certificate: None })
    }

    /// Signs `claims` as a JWT (RFC 7519) with `header` beside `alg` and `kid`.
    ///
    /// # Errors
    /// [`TokenError::KeyUnsuitable`] when signing fails.
    pub fn jwt(&self, header: Map<String, Value>, claims: &Value) -> Result<String, TokenError> {
        Ok(self.sign(header, claims)?.as_str().to_owned())
    }
}
