//! A private key and its one algorithm, checked against each other when loaded (RFC 7518 section 3, RFC 8725 section
//! 3.2). It signs client assertions and proofs of possession.

mod certificate;
mod pair;
mod stand_in;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::error::foreign;
use crate::{Secret, TokenError};
use certificate::Thumbprints;
use pair::Pair;

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864).
///
/// See the example of [`SigningKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// ECDSA with P-256 and SHA-256.
    ES256,
    /// Ed25519, by the name that says nothing of the curve.
    EdDSA,
    /// The same by its newer name (RFC 9864 section 2.2), for servers that know no other.
    Ed25519,
}

impl SigningAlgorithm {
    /// The registered name, as in the `alg` header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }
}

/// A private key for one algorithm.
///
/// ```
/// # use toolgate_oauth_cc::{Secret, SigningAlgorithm, SigningKey};
/// // The key of RFC 8037, appendix A.1.
/// let jwk = Secret::new(
///     r#"{"kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
///         "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
/// );
/// let key = SigningKey::from_jwk(&jwk, SigningAlgorithm::EdDSA)?.with_key_id("2026-01");
/// assert_eq!(key.algorithm().as_str(), "EdDSA");
/// // A key serves the one algorithm that it fits.
/// assert!(SigningKey::from_jwk(&jwk, SigningAlgorithm::ES256).is_err());
/// # Ok::<(), toolgate_oauth_cc::TokenError>(())
/// ```
pub struct SigningKey {
    algorithm: SigningAlgorithm,
    pair: Pair,
    key_id: Option<String>,
    certificate: Option<Thumbprints>,
}

impl SigningKey {
    /// A key from PEM: PKCS#8, or PKCS#1 and SEC 1 as older tools write them.
    ///
    /// # Errors
    /// [`TokenError::KeyUnsuitable`] when there is no such key in it, the key is encrypted, or it does not fit
    /// `algorithm` (another kind or curve, RSA under 2048 or over 8192 bits).
    pub fn from_pem(pem: &Secret, algorithm: SigningAlgorithm) -> Result<Self, TokenError> {
        let text = pem.expose_secret();
        if text.contains("ENCRYPTED") {
            return Err(unsuitable("it is encrypted; decrypt it with: openssl pkcs8 -in KEY -out PLAIN_KEY"));
        }
        let mut der = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| unsuitable("expected one PEM block with a private key (PKCS#8)"))?;
        let pair = Pair::from_der(&der, algorithm);
        der.zeroize();
        Ok(Self { algorithm, pair: pair?, key_id: None, certificate: None })
    }

    /// A key from a private JWK (RFC 7517). Its `kid` is kept; its `alg`, if it has one, must be `algorithm`.
    ///
    /// # Errors
    /// As [`from_pem`](Self::from_pem).
    pub fn from_jwk(jwk: &Secret, algorithm: SigningAlgorithm) -> Result<Self, TokenError> {
        let jwk = crate::json::object(jwk.expose_secret().as_bytes())
            .map_err(|_| unsuitable("expected one private JWK"))?;
        let found = jwk.get("alg").and_then(Value::as_str);
        if found.is_some_and(|found| found != algorithm.as_str()) {
            let found = foreign(found.unwrap_or_default());
            return Err(unsuitable(&format!("its alg is {found}, expected {}", algorithm.as_str())));
        }
        let key_id = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { algorithm, pair: Pair::from_jwk(&jwk, algorithm)?, key_id, certificate: None })
    }

    /// Sets the `kid` header, by which the server finds the public key. Default: the JWK's own, else none.
    #[must_use]
    pub fn with_key_id(mut self, key_id: &str) -> Self {
        self.key_id = Some(key_id.to_owned());
        self
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// A JWS in compact serialization (RFC 7515 section 3.1), with `header` beside `alg` and what names the key.
    pub(crate) fn sign(
        &self,
        mut header: Map<String, Value>,
        claims: &Value,
    ) -> Result<Zeroizing<String>, TokenError> {
        header.insert("alg".to_owned(), self.algorithm.as_str().into());
        if !header.contains_key("jwk") {
            self.name_in(&mut header);
        }
        let header = BASE64URL.encode(Value::Object(header).to_string());
        let mut jws = Zeroizing::new(format!("{header}.{}", BASE64URL.encode(claims.to_string())));
        let signature = self
            .pair
            .sign(self.algorithm, jws.as_bytes())
            .ok_or_else(|| unsuitable("signing with it failed"))?;
        jws.push('.');
        jws.push_str(&BASE64URL.encode(signature));
        Ok(jws)
    }

    /// What the server finds the key by.
    fn name_in(&self, header: &mut Map<String, Value>) {
        if let Some(key_id) = &self.key_id {
            header.insert("kid".to_owned(), key_id.as_str().into());
        }
        if let Some(certificate) = &self.certificate {
            certificate.name_in(header);
        }
    }

    /// The public key as a JWK with the required members only (RFC 7638 section 3.2).
    #[must_use]
    pub fn public_key(&self) -> Value {
        self.pair.public_key()
    }
}

fn unsuitable(reason: &str) -> TokenError {
    TokenError::KeyUnsuitable { reason: reason.to_owned() }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{
        self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
        UnparsedPublicKey, VerificationAlgorithm,
    };
    use serde_json::json;

    use super::*;

    fn pem(der: &[u8]) -> Secret {
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"))
    }

    fn verify(key: &SigningKey, how: &'static dyn VerificationAlgorithm, public: &[u8]) {
        let jws = key.sign(Map::new(), &json!({"a": 1})).unwrap();
        let (message, signature) = jws.rsplit_once('.').unwrap();
        let signature = BASE64URL.decode(signature).unwrap();
        UnparsedPublicKey::new(how, public).verify(message.as_bytes(), &signature).unwrap();
        let header = BASE64URL.decode(message.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["alg"], key.algorithm().as_str());
    }

    #[test]
    fn each_algorithm_signs_what_its_public_key_verifies() {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let rsa_pem = pem(AsDer::<Pkcs8V1Der<'_>>::as_der(&rsa).unwrap().as_ref());
        let public = rsa.public_key().as_ref();
        let key = SigningKey::from_pem(&rsa_pem, SigningAlgorithm::RS256).unwrap();
        verify(&key, &signature::RSA_PKCS1_2048_8192_SHA256, public);
        let key = SigningKey::from_pem(&rsa_pem, SigningAlgorithm::PS256).unwrap();
        verify(&key, &signature::RSA_PSS_2048_8192_SHA256, public);

        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let ec_pem = pem(ec.to_pkcs8v1().unwrap().as_ref());
        let key = SigningKey::from_pem(&ec_pem, SigningAlgorithm::ES256).unwrap();
        verify(&key, &signature::ECDSA_P256_SHA256_FIXED, ec.public_key().as_ref());

        let ed = Ed25519KeyPair::generate().unwrap();
        for der in [ed.to_pkcs8().unwrap(), ed.to_pkcs8v1().unwrap()] {
            for name in [SigningAlgorithm::EdDSA, SigningAlgorithm::Ed25519] {
                let key = SigningKey::from_pem(&pem(der.as_ref()), name).unwrap();
                verify(&key, &signature::ED25519, ed.public_key().as_ref());
            }
        }
        for (key, algorithm) in [(&rsa_pem, SigningAlgorithm::ES256), (&ec_pem, SigningAlgorithm::RS256)] {
            assert_eq!(SigningKey::from_pem(key, algorithm).unwrap_err().kind(), "key_unsuitable");
        }
        assert_eq!(
            SigningKey::from_pem(&ec_pem, SigningAlgorithm::EdDSA).unwrap_err().kind(),
            "key_unsuitable"
        );
    }

    #[test]
    fn jwks_of_the_standards_load() {
        // RFC 8037 appendix A.1 and A.4.
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","kid":"k1",
            "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = SigningKey::from_jwk(&Secret::new(jwk), SigningAlgorithm::EdDSA).unwrap();
        assert_eq!(key.key_id.as_deref(), Some("k1"));
        assert_eq!(key.public_key()["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        // RFC 7517 appendix A.2.
        let jwk = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}"#;
        let key = SigningKey::from_jwk(&Secret::new(jwk), SigningAlgorithm::ES256).unwrap();
        assert_eq!(key.public_key()["x"], "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4");
        let wrong_alg = Secret::new(jwk.replacen('{', r#"{"alg":"ES384","#, 1));
        for (jwk, algorithm) in
            [(Secret::new(jwk), SigningAlgorithm::EdDSA), (wrong_alg, SigningAlgorithm::ES256)]
        {
            assert_eq!(SigningKey::from_jwk(&jwk, algorithm).unwrap_err().kind(), "key_unsuitable");
        }
        assert!(!format!("{key:?}").contains("870MB6g"));
    }

    /// 1024 bits of RSA, made for this test.
    const WEAK: &str = "\
-----BEGIN PRIVATE KEY-----
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAOzK7a2bHHxq70X8
DfRPgbV3xKmsVRpfNmHgfOk+TPd+FTLuxtfCHT/CBgjceXollB0GSzobhGagwgKW
jmf/HkgUs/1n5y7P53N26P5uDTD3otTXbXzapZy3TppORc5s8nB5VWdSn9X9oeZR
3V9PZnI89PK7uKpDCyHJtral5sK1AgMBAAECgYA4XkJgLmmEkKwu+8aSnw6glUdC
oNyNb5bxi9AQch0+WUxQmJjLKdFuqRBosZtVYXa1xhbIWV6WU7R7iz2RMiER0GAP
7z8FJzj7FqhTYLoPFdZ+qF4T5AZku8+Y8KoiBAK8X8xedELmylkFzxT+AU9LVEwC
t1T0VNOuDsxKn5y27QJBAP0CepatiDuIO0xgyYoWIeE+jXCXMIsLz7fW8M9q3i67
GTB05qLV7KJJynmM+E1BadgmbPJWQvs4KXpwXNLauA8CQQDvl2HpacGE/ow0H+i8
CMixlJiMJ+39OM9XUR72+CsiILCfwGK+9h36H2mS22+mrMJdsirTJzzElUXzPwq3
mvT7AkApnerENi8ee74lRhZgnFteTYe+aWAWvw6f0r8xnwaE8UmnatM1HbMazsB7
VfDR5FygrVFmW0IRSJ+qACmElW2JAkEAloc+zd5S5lLjFXCi0ViXdvKMMSp5HKoP
oqVl1favat6s+YFuyNlqlhYcR1c0u7w41ZM10roJNN0wOJZ4Dkj99wJAal17ji/b
mhwLKRNmBLkP3/fNJjJE1xZoD4TBlU/aE1HNNqbVnr8yrGSvcx6lPmTA5E3oZEW8
kETEMpaKjeprVA==
-----END PRIVATE KEY-----";

    #[test]
    fn cc_09_rsa_under_2048_bits_and_other_curves_are_refused() {
        for algorithm in [SigningAlgorithm::RS256, SigningAlgorithm::PS256] {
            let error = SigningKey::from_pem(&Secret::new(WEAK), algorithm).unwrap_err();
            assert!(error.to_string().contains("2048"), "{error}");
        }
        let p384 = EcdsaKeyPair::generate(&signature::ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        let p384 = pem(p384.to_pkcs8v1().unwrap().as_ref());
        let error = SigningKey::from_pem(&p384, SigningAlgorithm::ES256).unwrap_err();
        assert!(error.to_string().contains("P-256"), "{error}");
    }

    /// A proof of possession shows the key itself (RFC 9449 section 4.2), and needs no name for it.
    #[test]
    fn a_key_that_is_shown_is_not_named() {
        let ed = Ed25519KeyPair::generate().unwrap();
        let ed_pem = pem(ed.to_pkcs8v1().unwrap().as_ref());
        let key = SigningKey::from_pem(&ed_pem, SigningAlgorithm::EdDSA).unwrap().with_key_id("k1");
        for (header, named) in [(json!({}), true), (json!({"jwk": key.public_key()}), false)] {
            let jws = key.sign(header.as_object().unwrap().clone(), &json!({})).unwrap();
            let header = BASE64URL.decode(jws.split('.').next().unwrap()).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            assert_eq!(header.get("kid").is_some(), named, "{header}");
        }
    }

    #[test]
    fn encrypted_and_foreign_keys_are_refused_by_name() {
        let encrypted =
            Secret::new("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----");
        let error = SigningKey::from_pem(&encrypted, SigningAlgorithm::RS256).unwrap_err();
        assert!(error.to_string().contains("decrypt it with: openssl pkcs8"), "{error}");
        assert_eq!(
            SigningKey::from_pem(&Secret::new("x"), SigningAlgorithm::RS256).unwrap_err().kind(),
            "key_unsuitable"
        );
    }
}
