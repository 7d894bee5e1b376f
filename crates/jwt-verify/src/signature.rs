//! The signature primitive: the one place that names `josekit`.
//!
//! josekit (over OpenSSL) imports keys that have already been checked and verifies octets; everything that it is lax
//! about is checked here before it is called: RSA signatures of another length than the modulus (RFC 8017 section
//! 8.2.2), ECDSA values outside of [1, n-1] (CVE-2022-21449), EdDSA signatures of another length than 64 octets.

use std::fmt;

use josekit::jwk::Jwk;
use josekit::jws::{self, JwsVerifier};

use crate::Algorithm;
use crate::key_material::{Curve, KeyMaterial};

/// The order of P-256 (SEC 2 section 2.4.2).
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// The order of P-384 (SEC 2 section 2.5.1).
const P384_ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a,
    0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];
/// The order of P-521 (SEC 2 section 2.6.1).
const P521_ORDER: [u8; 66] = [
    0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa,
    0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b,
    0xb5, 0xc9, 0xb8, 0x89, 0x9c, 0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09,
];

/// An imported public key: one verifier per algorithm that it may be used with.
pub(crate) struct PublicKey {
    verifiers: Vec<(Algorithm, Box<dyn JwsVerifier>)>,
    shape: Shape,
}

/// What a signature by this key looks like.
enum Shape {
    /// Exactly so many octets.
    Octets(usize),
    /// Two numbers below the order of the curve.
    Pair(&'static [u8]),
}

impl Shape {
    fn fits(&self, signature: &[u8]) -> bool {
        match self {
            Self::Octets(octets) => signature.len() == *octets,
            Self::Pair(order) => {
                let in_range = |number: &[u8]| number < *order && number.iter().any(|octet| *octet != 0);
                signature.len() == 2 * order.len()
                    && signature
                        .split_at_checked(order.len())
                        .is_some_and(|(r, s)| in_range(r) && in_range(s))
            }
        }
    }
}

impl PublicKey {
    /// Imports checked material for the given algorithms.
    pub(crate) fn import(material: &KeyMaterial, algorithms: &[Algorithm]) -> Result<Self, String> {
        let jwk = jwk(material).map_err(|_| refused(material))?;
        let verifiers = algorithms
            .iter()
            .map(|algorithm| Ok((*algorithm, verifier(*algorithm, &jwk).map_err(|_| refused(material))?)))
            .collect::<Result<_, String>>()?;
        let shape = match material {
            KeyMaterial::Rsa { n, .. } => Shape::Octets(n.len()),
            KeyMaterial::Ec { curve: Curve::P256, .. } => Shape::Pair(&P256_ORDER),
            KeyMaterial::Ec { curve: Curve::P384, .. } => Shape::Pair(&P384_ORDER),
            KeyMaterial::Ec { curve: Curve::P521, .. } => Shape::Pair(&P521_ORDER),
            KeyMaterial::Ed25519 { .. } => Shape::Octets(64),
        };
        Ok(Self { verifiers, shape })
    }

    /// Takes over what `other`, which is the same key, has for `algorithms`.
    pub(crate) fn take(&mut self, other: Self, algorithms: &[Algorithm]) {
        self.verifiers.extend(other.verifiers.into_iter().filter(|(own, _)| algorithms.contains(own)));
    }

    /// Whether `signature` is this key's over `message`.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.shape.fits(signature)
            && self
                .verifiers
                .iter()
                .find(|(own, _)| *own == algorithm)
                .is_some_and(|(_, verifier)| verifier.verify(message, signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.verifiers.iter().map(|(algorithm, _)| algorithm)).finish()
    }
}

fn refused(material: &KeyMaterial) -> String {
    match material {
        KeyMaterial::Ec { curve, .. } => format!("its point is not on {}", curve.name()),
        other => format!("OpenSSL does not take it as {other}"),
    }
}

fn jwk(material: &KeyMaterial) -> Result<Jwk, josekit::JoseError> {
    let mut jwk = Jwk::new("");
    for (name, value) in material.required_members() {
        jwk.set_parameter(name, Some(value.into()))?;
    }
    Ok(jwk)
}

fn verifier(algorithm: Algorithm, jwk: &Jwk) -> Result<Box<dyn JwsVerifier>, josekit::JoseError> {
    Ok(match algorithm {
        Algorithm::RS256 => Box::new(jws::RS256.verifier_from_jwk(jwk)?),
        Algorithm::RS384 => Box::new(jws::RS384.verifier_from_jwk(jwk)?),
        Algorithm::RS512 => Box::new(jws::RS512.verifier_from_jwk(jwk)?),
        Algorithm::PS256 => Box::new(jws::PS256.verifier_from_jwk(jwk)?),
        Algorithm::PS384 => Box::new(jws::PS384.verifier_from_jwk(jwk)?),
        Algorithm::PS512 => Box::new(jws::PS512.verifier_from_jwk(jwk)?),
        Algorithm::ES256 => Box::new(jws::ES256.verifier_from_jwk(jwk)?),
        Algorithm::ES384 => Box::new(jws::ES384.verifier_from_jwk(jwk)?),
        Algorithm::ES512 => Box::new(jws::ES512.verifier_from_jwk(jwk)?),
        Algorithm::EdDSA | Algorithm::Ed25519 => Box::new(jws::EdDSA.verifier_from_jwk(jwk)?),
    })
}

#[cfg(test)]
mod wycheproof;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jv_13_r_and_s_lie_between_one_and_the_order() {
        let pair = |r: &[u8], s: &[u8]| Shape::Pair(&P256_ORDER).fits(&[r, s].concat());
        let one = {
            let mut one = [0; 32];
            one[31] = 1;
            one
        };
        let largest = {
            let mut largest = P256_ORDER;
            largest[31] -= 1;
            largest
        };
        assert!(pair(&one, &largest) && pair(&largest, &one));
        assert!(
            !pair(&[0; 32], &one)
                && !pair(&one, &[0; 32])
                && !pair(&P256_ORDER, &one)
                && !pair(&one, &[0xff; 32])
        );
        assert!(!pair(&one, &one[1..]) && !pair(&one, &[&one[..], &[0]].concat()));
        assert!(!Shape::Octets(64).fits(&[1; 63]) && !Shape::Octets(64).fits(&[1; 65]));
    }
}
