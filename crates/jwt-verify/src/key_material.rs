//! The public numbers of a key (RFC 7518 section 6, RFC 8037 section 2).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::Algorithm;
use crate::compact::encode;

/// The numbers of a public key, as big-endian octets without leading zeros where the standard wants none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyMaterial {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { curve: Curve, x: Vec<u8>, y: Vec<u8> },
    Ed25519 { x: Vec<u8> },
}

/// A curve of ECDSA (RFC 7518 section 6.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Octets of a coordinate, and of half a signature.
    pub(crate) fn octets(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl KeyMaterial {
    /// The algorithms that this type of key can verify.
    pub(crate) fn algorithms(&self) -> &'static [Algorithm] {
        use Algorithm::{ES256, ES384, ES512, Ed25519, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        match self {
            Self::Rsa { .. } => &[RS256, RS384, RS512, PS256, PS384, PS512],
            Self::Ec { curve: Curve::P256, .. } => &[ES256],
            Self::Ec { curve: Curve::P384, .. } => &[ES384],
            Self::Ec { curve: Curve::P521, .. } => &[ES512],
            Self::Ed25519 { .. } => &[EdDSA, Ed25519],
        }
    }

    /// The JWK's required members in the order of their names: what a thumbprint is made of (RFC 7638 section 3.2).
    pub(crate) fn required_members(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Rsa { n, e } => vec![("e", encode(e)), ("kty", "RSA".into()), ("n", encode(n))],
            Self::Ec { curve, x, y } => {
                vec![("crv", curve.name().into()), ("kty", "EC".into()), ("x", encode(x)), ("y", encode(y))]
            }
            Self::Ed25519 { x } => vec![("crv", "Ed25519".into()), ("kty", "OKP".into()), ("x", encode(x))],
        }
    }

    /// The key's SHA-256 thumbprint in base64url (RFC 7638).
    pub(crate) fn thumbprint(&self) -> String {
        let members =
            self.required_members().into_iter().map(|(name, value)| format!("\"{name}\":\"{value}\""));
        let canonical = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        encode(&Sha256::digest(canonical))
    }
}

impl fmt::Display for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { .. } => f.write_str("an RSA key"),
            Self::Ec { curve, .. } => write!(f, "a key on {}", curve.name()),
            Self::Ed25519 { .. } => f.write_str("an Ed25519 key"),
        }
    }
}
