//! A pair of keys, of each kind that signs here (RFC 7518 section 3, RFC 8037 section 3.1).

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use rustls_pki_types::PrivateKeyDer;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{SigningAlgorithm, unsuitable};
use crate::TokenError;

/// Smaller keys can be broken, larger ones only cost time (RFC 7518 section 3.3).
const RSA_OCTETS: std::ops::RangeInclusive<usize> = 256..=1024;

pub(super) enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Pair {
    pub(super) fn from_der(der: &PrivateKeyDer<'_>, algorithm: SigningAlgorithm) -> Result<Self, TokenError> {
        let bytes = der.secret_der();
        match algorithm {
            SigningAlgorithm::RS256 | SigningAlgorithm::PS256 => match der {
                PrivateKeyDer::Pkcs1(_) => RsaKeyPair::from_der(bytes),
                _ => RsaKeyPair::from_pkcs8(bytes),
            }
            .map_or_else(|_| Err(misfit(algorithm)), Self::rsa),
            SigningAlgorithm::ES256 => {
                EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes)
                    .map(Self::Ec)
                    .map_err(|_| misfit(algorithm))
            }
            SigningAlgorithm::EdDSA | SigningAlgorithm::Ed25519 => {
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes).map(Self::Ed).map_err(|_| misfit(algorithm))
            }
        }
    }

    pub(super) fn from_jwk(
        jwk: &Map<String, Value>,
        algorithm: SigningAlgorithm,
    ) -> Result<Self, TokenError> {
        let is = |member: &str, value: &str| jwk.get(member).and_then(Value::as_str) == Some(value);
        let part = |name: &str| {
            let text = jwk
                .get(name)
                .and_then(Value::as_str)
                .ok_or_else(|| unsuitable(&format!("{name} is missing")))?;
            let bytes = BASE64URL.decode(text).map_err(|_| unsuitable(&format!("{name} is no base64url")))?;
            Ok::<_, TokenError>(Zeroizing::new(bytes))
        };
        match algorithm {
            SigningAlgorithm::RS256 | SigningAlgorithm::PS256 if is("kty", "RSA") => {
                let parts = KeyPairComponents {
                    public_key: PublicKeyComponents { n: part("n")?, e: part("e")? },
                    d: part("d")?,
                    p: part("p")?,
                    q: part("q")?,
                    dP: part("dp")?,
                    dQ: part("dq")?,
                    qInv: part("qi")?,
                };
                RsaKeyPair::from_components(&parts).map_or_else(|_| Err(misfit(algorithm)), Self::rsa)
            }
            SigningAlgorithm::ES256 if is("kty", "EC") && is("crv", "P-256") => {
                let point = [&[4][..], &part("x")?, &part("y")?].concat();
                let signing = &ECDSA_P256_SHA256_FIXED_SIGNING;
                EcdsaKeyPair::from_private_key_and_public_key(signing, &part("d")?, &point)
                    .map(Self::Ec)
                    .map_err(|_| misfit(algorithm))
            }
            SigningAlgorithm::EdDSA | SigningAlgorithm::Ed25519
                if is("kty", "OKP") && is("crv", "Ed25519") =>
            {
                Ed25519KeyPair::from_seed_and_public_key(&part("d")?, &part("x")?)
                    .map(Self::Ed)
                    .map_err(|_| misfit(algorithm))
            }
            _ => Err(misfit(algorithm)),
        }
    }

    fn rsa(pair: RsaKeyPair) -> Result<Self, TokenError> {
        let octets = pair.public_modulus_len();
        if RSA_OCTETS.contains(&octets) {
            return Ok(Self::Rsa(pair));
        }
        Err(unsuitable(&format!("expected 2048 to 8192 bits of RSA, found {}", octets * 8)))
    }

    /// The public key as a JWK with the required members only (RFC 7638 section 3.2).
    pub(super) fn public_key(&self) -> Value {
        match self {
            Pair::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"e": BASE64URL.encode(public.e), "kty": "RSA", "n": BASE64URL.encode(public.n)})
            }
            Pair::Ec(pair) => {
                // SEC 1 section 2.3.3: 04 || x || y.
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).and_then(|xy| xy.split_at_checked(32)).unwrap_or_default();
                json!({"crv": "P-256", "kty": "EC", "x": BASE64URL.encode(x), "y": BASE64URL.encode(y)})
            }
            Pair::Ed(pair) => {
                json!({"crv": "Ed25519", "kty": "OKP", "x": BASE64URL.encode(pair.public_key().as_ref())})
            }
        }
    }

    /// The public key as a certificate has it (RFC 5280 section 4.1.2.7).
    pub(super) fn public_key_der(&self) -> Option<Vec<u8>> {
        let der: PublicKeyX509Der<'_> = match self {
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::Ec(pair) => pair.public_key().as_der(),
            Pair::Ed(pair) => pair.public_key().as_der(),
        }
        .ok()?;
        Some(der.as_ref().to_vec())
    }

    /// The signature of `message`, as JWS writes it (RFC 7518 section 3).
    pub(super) fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding =
                    if algorithm == SigningAlgorithm::PS256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                pair.sign(padding, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Pair::Ec(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Pair::Ed(pair) => Some(pair.sign(message).as_ref().to_vec()),
        }
    }
}

fn misfit(algorithm: SigningAlgorithm) -> TokenError {
    let expected = match algorithm {
        SigningAlgorithm::RS256 | SigningAlgorithm::PS256 => "an RSA key of 2048 to 8192 bits",
        SigningAlgorithm::ES256 => "an EC key on P-256",
        SigningAlgorithm::EdDSA | SigningAlgorithm::Ed25519 => "an Ed25519 key",
    };
    unsuitable(&format!("{} needs {expected}, and this is none", algorithm.as_str()))
}
