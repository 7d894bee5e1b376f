//! Keys, JWKs and signed access tokens, made anew for each run by OpenSSL.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNumContext;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private, Public};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::{Value, json};

/// The issuer of the tokens.
pub const ISSUER: &str = "https://as.example";
/// Their audience.
pub const AUDIENCE: &str = "https://mcp.example";
/// The algorithms that are compared.
pub const ALGORITHMS: [&str; 3] = ["RS256", "ES256", "EdDSA"];

/// A token and the key that verifies it.
pub struct Sample {
    /// `alg`.
    pub algorithm: &'static str,
    /// The public key (RFC 7517).
    pub jwk: Value,
    /// A token that is good for a day.
    pub token: String,
    /// The same key for OpenSSL.
    pub key: PKey<Public>,
    /// The signature as OpenSSL wants it: DER for ES256.
    pub signature: Vec<u8>,
}

impl Sample {
    /// A new key and a token that it signed.
    pub fn new(algorithm: &'static str) -> Self {
        let (key, mut jwk) = match algorithm {
            "RS256" => rsa(),
            "ES256" => p256(),
            _ => ed25519(),
        };
        jwk["kid"] = json!("key-1");
        jwk["alg"] = json!(algorithm);
        jwk["use"] = json!("sig");
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let header = json!({"alg": algorithm, "typ": "at+jwt", "kid": "key-1"});
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "client-1", "client_id": "client-1", "iat": now,
            "exp": now + 86_400, "jti": "5e1f0d2c-8a54-4c0e-9a59-2b9a54cd9f43",
            "scope": "customer:read customer:list",
        });
        let input = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = sign(algorithm, &key, input.as_bytes());
        let octets = if algorithm == "ES256" { fixed(&signature) } else { signature.clone() };
        let token = format!("{input}.{}", encode(octets));
        let key = PKey::public_key_from_der(&key.public_key_to_der().unwrap()).unwrap();
        Self { algorithm, jwk, token, key, signature }
    }

    /// What is signed.
    pub fn signing_input(&self) -> &str {
        self.token.rsplit_once('.').unwrap().0
    }

    /// The signature as the token has it.
    pub fn token_signature(&self) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(self.token.rsplit_once('.').unwrap().1).unwrap()
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn rsa() -> (PKey<Private>, Value) {
    let rsa = Rsa::generate(2048).unwrap();
    let jwk = json!({"kty": "RSA", "n": encode(rsa.n().to_vec()), "e": encode(rsa.e().to_vec())});
    (PKey::from_rsa(rsa).unwrap(), jwk)
}

fn p256() -> (PKey<Private>, Value) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = EcKey::generate(&group).unwrap();
    let mut context = BigNumContext::new().unwrap();
    let form = openssl::ec::PointConversionForm::UNCOMPRESSED;
    let point = key.public_key().to_bytes(&group, form, &mut context).unwrap();
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])});
    (PKey::from_ec_key(key).unwrap(), jwk)
}

fn ed25519() -> (PKey<Private>, Value) {
    let key = PKey::generate_ed25519().unwrap();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(key.raw_public_key().unwrap())});
    (key, jwk)
}

fn sign(algorithm: &str, key: &PKey<Private>, input: &[u8]) -> Vec<u8> {
    let mut signer = match algorithm {
        "EdDSA" => Signer::new_without_digest(key),
        _ => Signer::new(MessageDigest::sha256(), key),
    }
    .unwrap();
    signer.sign_oneshot_to_vec(input).unwrap()
}

/// The two numbers of a DER signature, 32 octets each (RFC 7518 section 3.4).
fn fixed(der: &[u8]) -> Vec<u8> {
    let signature = EcdsaSig::from_der(der).unwrap();
    let mut octets = signature.r().to_vec_padded(32).unwrap();
    octets.extend(signature.s().to_vec_padded(32).unwrap());
    octets
}
