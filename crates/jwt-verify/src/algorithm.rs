//! The signature algorithms that a token may use (RFC 7518 section 3.1, RFC 8037 section 3.1).
//!
//! `none` and the HMAC algorithms are not in the type: a set of public keys can never verify them, so no setting can
//! let them in.

use std::fmt;
use std::str::FromStr;

use crate::VerifyError;
use crate::error::escaped;

/// An asymmetric signature algorithm, by its JOSE name.
///
/// ```
/// # use toolgate_jwt_verify::{Algorithm, KeySource, Verifier, VerifyError};
/// # fn only_what_the_issuer_uses(keys: KeySource) -> Result<Verifier, VerifyError> {
/// Verifier::new("https://as.example", ["https://mcp.example"], keys)?.with_algorithms([Algorithm::ES256])
/// # }
/// assert_eq!("PS384".parse::<Algorithm>()?, Algorithm::PS384);
/// assert!("HS256".parse::<Algorithm>().is_err()); // no name of a symmetric one, and no "none"
/// # Ok::<(), VerifyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
    /// EdDSA on Ed25519.
    EdDSA,
    /// The same, by a name that says the curve (RFC 9864 section 2.2).
    Ed25519,
}

impl Algorithm {
    /// Every algorithm that can be allowed.
    pub const ALL: [Self; 11] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
        Self::Ed25519,
    ];

    /// What is allowed without a setting: what authorization servers sign access tokens with today (RFC 9068
    /// section 2.1 asks for RS256; ES256 and EdDSA are its smaller, faster successors).
    pub const DEFAULT: [Self; 3] = [Self::RS256, Self::ES256, Self::EdDSA];

    /// The name in a header's `alg`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The algorithm of exactly this name; names are case-sensitive (RFC 7515 section 4.1.1).
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// The algorithm that a header names, if it is allowed.
    pub(crate) fn allowed(name: &str, allowed: &[Self]) -> Result<Self, VerifyError> {
        Self::named(name).filter(|algorithm| allowed.contains(algorithm)).ok_or_else(|| {
            let names: Vec<&str> = allowed.iter().map(|algorithm| algorithm.as_str()).collect();
            VerifyError::UnsupportedAlgorithm { found: escaped(name), allowed: names.join(", ") }
        })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = VerifyError;

    fn from_str(name: &str) -> Result<Self, VerifyError> {
        Self::allowed(name, &Self::ALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jv_04_only_exact_asymmetric_names_are_algorithms() {
        for name in ["none", "None", "HS256", "rs256", "ES521", "", "Ed448"] {
            assert_eq!(name.parse::<Algorithm>().unwrap_err().kind(), "unsupported_algorithm", "{name}");
        }
        assert_eq!("PS384".parse::<Algorithm>().unwrap(), Algorithm::PS384);
    }
}
