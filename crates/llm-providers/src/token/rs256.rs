//! JSON Web Tokens signed with RS256 (RFC 7519; RFC 7518 section 3.3), for clouds that take one in place of a secret.

#[cfg(feature = "snowflake")]
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
#[cfg(feature = "snowflake")]
use aws_lc_rs::signature::KeyPair as _;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde::Serialize;

/// A private key of RSA.
pub(super) struct Key(RsaKeyPair);

impl Key {
    /// Reads a key in PKCS#8 as PEM; `None` where there is none.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).ok()?;
        RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok().map(Self)
    }

    /// The SHA-256 of the public half (SubjectPublicKeyInfo, RFC 5280 section 4.1) in base64, as Snowflake tells keys apart.
    #[cfg(feature = "snowflake")]
    pub(super) fn fingerprint(&self) -> Option<String> {
        let public: PublicKeyX509Der<'_> = self.0.public_key().as_der().ok()?;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, public.as_ref());
        Some(base64::engine::general_purpose::STANDARD.encode(digest))
    }

    /// The token of `claims`, with the key's id, if it has one, in its header.
    pub(super) fn sign(&self, key_id: &str, claims: &impl Serialize) -> Option<String> {
        #[derive(Serialize)]
        struct Header<'a> {
            alg: &'static str,
            typ: &'static str,
            #[serde(skip_serializing_if = "str::is_empty")]
            kid: &'a str,
        }
        let part = |json: Vec<u8>| BASE64URL.encode(json);
        let header = serde_json::to_vec(&Header { alg: "RS256", typ: "JWT", kid: key_id }).ok()?;
        let claims = serde_json::to_vec(claims).ok()?;
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        let random = SystemRandom::new();
        self.0.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", BASE64URL.encode(signature)))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer as _;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn what_is_signed_verifies_and_anything_else_is_no_key() {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = STANDARD.encode(pair.as_der().unwrap().as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
        let token = Key::from_pem(&pem).unwrap().sign("k1", &serde_json::json!({"iss": "me"})).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let read = |part: &str| String::from_utf8(BASE64URL.decode(part).unwrap()).unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        assert_eq!(read(header), r#"{"alg":"RS256","typ":"JWT","kid":"k1"}"#);
        assert_eq!(read(claims), r#"{"iss":"me"}"#);
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
        let signature = BASE64URL.decode(signature).unwrap();
        public.verify(signed.as_bytes(), &signature).unwrap();
        assert!(public.verify(b"other", &signature).is_err());
        assert!(Key::from_pem("").is_none());
        assert!(Key::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----").is_none());
    }
}
