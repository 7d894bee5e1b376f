//! The certificate that a server knows a key by, where it knows keys by certificates (Entra ID, AD FS).

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Map, Value};

use super::{SigningKey, unsuitable};
use crate::TokenError;

/// How it is named in a header: both ways, as AD FS reads the first only, and Entra ID recommends the second.
pub(super) struct Thumbprints {
    /// `x5t` (RFC 7515 section 4.1.7). SHA-1 finds the certificate here, and proves nothing.
    sha1: String,
    /// `x5t#S256` (RFC 7515 section 4.1.8).
    sha256: String,
}

impl Thumbprints {
    fn of(certificate: &CertificateDer<'_>) -> Self {
        let print = |by: &'static Algorithm| BASE64URL.encode(digest(by, certificate));
        Self { sha1: print(&SHA1_FOR_LEGACY_USE_ONLY), sha256: print(&SHA256) }
    }

    pub(super) fn name_in(&self, header: &mut Map<String, Value>) {
        header.insert("x5t".to_owned(), self.sha1.as_str().into());
        header.insert("x5t#S256".to_owned(), self.sha256.as_str().into());
    }
}

impl SigningKey {
    /// Names the key by its certificate too, for servers that know clients' keys by certificates: the thumbprints of
    /// the first certificate in `pem` stand in each header, as `x5t` and `x5t#S256` (RFC 7515 sections 4.1.7 and
    /// 4.1.8). Neither its expiry nor who issued it matters here.
    ///
    /// # Errors
    /// [`TokenError::KeyUnsuitable`] when there is no certificate in it, or it is another key's.
    pub fn with_certificate(mut self, pem: &str) -> Result<Self, TokenError> {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| unsuitable("expected a PEM block with its certificate, found none"))?;
        let parsed = webpki::EndEntityCert::try_from(&certificate)
            .map_err(|error| unsuitable(&format!("its certificate cannot be read: {error}")))?;
        if Some(parsed.subject_public_key_info().as_ref()) != self.pair.public_key_der().as_deref() {
            return Err(unsuitable("the certificate beside it is another key's; name that of this key"));
        }
        self.certificate = Some(Thumbprints::of(&certificate));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Secret, SigningAlgorithm};

    fn made(by: &'static rcgen::SignatureAlgorithm) -> (Secret, String) {
        let pair = rcgen::KeyPair::generate_for(by).unwrap();
        let parameters = rcgen::CertificateParams::new(["client".to_owned()]).unwrap();
        (Secret::new(pair.serialize_pem()), parameters.self_signed(&pair).unwrap().pem())
    }

    fn header(key: &SigningKey, header: Value) -> Value {
        let Value::Object(header) = header else { unreachable!() };
        let jws = key.sign(header, &serde_json::json!({})).unwrap();
        serde_json::from_slice(&BASE64URL.decode(jws.split('.').next().unwrap()).unwrap()).unwrap()
    }

    /// As Python's hashlib counts them.
    #[test]
    fn thumbprints_are_of_the_der() {
        let prints = Thumbprints::of(&CertificateDer::from(&[0x30, 3, 2, 1, 5][..]));
        assert_eq!(prints.sha1, "FsPD4LtbX0-67Ntt83paT50RluQ");
        assert_eq!(prints.sha256, "QXx3Y8TjIKa3R7PLDG0i-TdBspoytIWUuOtMFE_m1yk");
    }

    #[test]
    fn a_key_of_each_kind_is_named_by_its_own_certificate_and_no_other() {
        let other = made(&rcgen::PKCS_ECDSA_P256_SHA256).1;
        for (by, algorithm) in [
            (&rcgen::PKCS_RSA_SHA256, SigningAlgorithm::PS256),
            (&rcgen::PKCS_ECDSA_P256_SHA256, SigningAlgorithm::ES256),
            (&rcgen::PKCS_ED25519, SigningAlgorithm::EdDSA),
        ] {
            let (key, certificate) = made(by);
            let load = || SigningKey::from_pem(&key, algorithm).unwrap();
            let named = load().with_certificate(&certificate).unwrap();
            assert!(header(&named, serde_json::json!({}))["x5t#S256"].is_string());
            let shown = header(&named, serde_json::json!({"jwk": {}}));
            assert_eq!(shown.get("x5t"), None, "a key that is shown is not named");
            let refused = load().with_certificate(&other).unwrap_err().to_string();
            assert!(refused.contains("another key's"), "{refused}");
            let refused = load().with_certificate(key.expose_secret()).unwrap_err().to_string();
            assert!(refused.contains("found none"), "{refused}");
        }
    }
}
