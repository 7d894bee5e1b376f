//! The compact serialization of a JWS (RFC 7515 section 7.1) and its base64url (section 2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::VerifyError;
use crate::header::Header;

/// The three parts of a token, still encoded.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'a> {
    pub(crate) header: &'a str,
    pub(crate) payload: &'a str,
    pub(crate) signature: &'a str,
    /// What is signed: the first two parts with their dot.
    pub(crate) signing_input: &'a str,
}

impl<'a> Compact<'a> {
    /// Splits a token of at most `max_len` bytes. Nothing is allocated for one that is too long or has not three
    /// parts.
    pub(crate) fn split(token: &'a str, max_len: usize) -> Result<Self, VerifyError> {
        if token.len() > max_len {
            return Err(VerifyError::TooLarge { what: "token", limit: max_len, unit: "bytes" });
        }
        let three = token.rsplit_once('.').and_then(|(signing_input, signature)| {
            let (header, payload) = signing_input.split_once('.')?;
            (!payload.contains('.')).then_some(Self { header, payload, signature, signing_input })
        });
        three.ok_or_else(|| not_three_parts(token))
    }

    /// The decoded signature; a token without one is no JWS that anybody signed.
    pub(crate) fn signature(&self) -> Result<Vec<u8>, VerifyError> {
        if self.signature.is_empty() {
            return Err(VerifyError::malformed(
                "token",
                "expected a signature in the third part, found none",
            ));
        }
        decode(self.signature, "signature")
    }
}

/// Tells an encrypted token (RFC 7516 section 9: five parts and `enc`) from one that is merely broken.
fn not_three_parts(token: &str) -> VerifyError {
    let parts = token.split('.').count();
    let header = token.split('.').next().unwrap_or_default();
    let encrypted = parts == 5
        && decode(header, "header")
            .is_ok_and(|header| Header::parse(&header).is_ok_and(|header| header.is_encryption()));
    if encrypted {
        return VerifyError::EncryptedUnsupported;
    }
    VerifyError::malformed("token", format!("expected three parts separated by dots, found {parts}"))
}

/// Decodes base64url as JOSE wants it: no padding, no other characters, no bits left over.
pub(crate) fn decode(text: &str, part: &'static str) -> Result<Vec<u8>, VerifyError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|error| {
        let reason = match error {
            base64::DecodeError::InvalidByte(at, _) => {
                format!("expected base64url without padding, found another character at byte {at}")
            }
            base64::DecodeError::InvalidLastSymbol { .. } => {
                "bits are left over at the end of its base64url".to_owned()
            }
            base64::DecodeError::InvalidPadding => {
                "expected base64url without padding, found some".to_owned()
            }
            base64::DecodeError::InvalidLength(_) => "its base64url has an impossible length".to_owned(),
        };
        VerifyError::malformed(part, reason)
    })
}

/// Encodes as base64url without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(token: &str) -> &'static str {
        Compact::split(token, 1000).map_or_else(|error| error.kind(), |_| "three parts")
    }

    #[test]
    fn jv_01_three_parts_of_bounded_length() {
        assert_eq!(kind("a.b.c"), "three parts");
        for bad in ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e", &".".repeat(900)] {
            assert_eq!(kind(bad), "malformed", "{bad}");
        }
        let padded = |length: usize| format!("a.b.{}", "c".repeat(length - 4));
        assert_eq!((kind(&padded(1000)), kind(&padded(1001))), ("three parts", "too_large"));
    }

    #[test]
    fn jv_02_a_jwe_is_said_to_be_one() {
        let header = encode(br#"{"alg":"dir","enc":"A256GCM"}"#);
        assert_eq!(kind(&format!("{header}.a.b.c.d")), "encrypted_unsupported");
    }

    #[test]
    fn jv_01_only_canonical_base64url() {
        assert_eq!(decode("AQ", "header").unwrap(), [1]);
        for bad in ["AR", "AQ==", "AQ=", "A", "A+", "A/", "A Q", "A\nQ", "Ä"] {
            assert_eq!(decode(bad, "header").unwrap_err().kind(), "malformed", "{bad}");
        }
    }

    /// Without the character itself, which may be part of a secret.
    #[test]
    fn what_is_wrong_with_base64url_is_told() {
        for (bad, reason) in [
            ("AQ==", "found some"),
            ("A+", "another character at byte 1"),
            ("AR", "bits are left over"),
            ("A", "impossible length"),
        ] {
            let told = decode(bad, "header").unwrap_err().to_string();
            assert!(told.contains(reason), "{bad}: {told}");
        }
    }
}
