//! The JOSE header of a JWS (RFC 7515 section 4).
//!
//! `jwk`, `jku`, `x5u`, `x5c` and `x5t` are not even kept: a token does not say whom to trust (RFC 8725 section 3.10).
//! Only a DPoP proof may carry its key, and only `dpop.rs` reads it.

use std::borrow::Cow;

use crate::json::{self, Value};
use crate::{Algorithm, VerifyError};

/// The longest `kid` that is looked up.
const MAX_KID_CHARS: usize = 256;

/// The members of a header that decide something.
#[derive(Default)]
pub(crate) struct Header<'a> {
    alg: Option<Value<'a>>,
    typ: Option<Value<'a>>,
    kid: Option<Value<'a>>,
    jwk: Option<Value<'a>>,
    crit: bool,
    enc: bool,
    /// A member that changes what the payload is.
    altered_payload: Option<&'static str>,
}

impl<'a> Header<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, VerifyError> {
        let mut header = Self::default();
        json::object(bytes, &mut |name, value| match name {
            "alg" => header.alg = Some(value),
            "typ" => header.typ = Some(value),
            "kid" => header.kid = Some(value),
            "jwk" => header.jwk = Some(value),
            "crit" => header.crit = true,
            "enc" => header.enc = true,
            "b64" => header.altered_payload = Some("b64"),
            "zip" => header.altered_payload = Some("zip"),
            _ => {}
        })
        .map_err(|reason| VerifyError::malformed("header", reason))?;
        Ok(header)
    }

    /// Whether the header is that of a JWE.
    pub(crate) fn is_encryption(&self) -> bool {
        self.enc
    }

    /// The algorithm, if it is allowed and the header asks for nothing that is not supported.
    pub(crate) fn algorithm(&self, allowed: &[Algorithm]) -> Result<Algorithm, VerifyError> {
        let algorithm = Algorithm::allowed(self.alg()?, allowed)?;
        self.check_extensions()?;
        Ok(algorithm)
    }

    /// The algorithm's name, as it stands.
    pub(crate) fn alg(&self) -> Result<&str, VerifyError> {
        string(self.alg.as_ref(), "alg")?
            .ok_or_else(|| VerifyError::malformed("header", "expected the member alg, found none"))
    }

    /// Refuses every extension, and members that belong to other kinds of token.
    pub(crate) fn check_extensions(&self) -> Result<(), VerifyError> {
        if self.crit {
            return Err(VerifyError::CriticalHeader);
        }
        match self.altered_payload {
            Some(name) => {
                Err(VerifyError::malformed("header", format!("{name} has no place in an access token")))
            }
            None => Ok(()),
        }
    }

    /// The media type, as it stands.
    pub(crate) fn typ(&self) -> Result<Option<&str>, VerifyError> {
        string(self.typ.as_ref(), "typ")
    }

    /// The key's name.
    pub(crate) fn kid(&self) -> Result<Option<&str>, VerifyError> {
        let kid = string(self.kid.as_ref(), "kid")?;
        if kid.is_some_and(|kid| kid.chars().count() > MAX_KID_CHARS) {
            return Err(VerifyError::TooLarge { what: "kid", limit: MAX_KID_CHARS, unit: "characters" });
        }
        Ok(kid)
    }

    /// The key that a proof carries.
    pub(crate) fn jwk(&self) -> Option<&'a str> {
        match &self.jwk {
            Some(Value::Object(text)) => Some(text),
            _ => None,
        }
    }
}

fn string<'h>(member: Option<&'h Value<'_>>, name: &str) -> Result<Option<&'h str>, VerifyError> {
    match member {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(Cow::as_ref(text))),
        Some(other) => Err(VerifyError::malformed(
            "header",
            format!("expected {name} to be a string, found {}", other.kind()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(header: &str) -> &'static str {
        let parsed = Header::parse(header.as_bytes());
        let checked = parsed.and_then(|header| {
            header.algorithm(&Algorithm::DEFAULT)?;
            header.typ()?;
            header.kid().map(|_| ())
        });
        checked.map_or_else(|error| error.kind(), |()| "taken")
    }

    #[test]
    fn jv_04_to_jv_10_what_a_header_may_say() {
        assert_eq!(kind(r#"{"alg":"ES256","kid":"1","typ":"at+jwt","x":1}"#), "taken");
        assert_eq!(kind(r#"{"kid":"1"}"#), "malformed");
        assert_eq!(kind(r#"{"alg":"PS256"}"#), "unsupported_algorithm");
        assert_eq!(kind(r#"{"alg":"none"}"#), "unsupported_algorithm");
        for crit in ["[]", "null", "[\"b64\"],\"b64\":true"] {
            assert_eq!(kind(&format!(r#"{{"alg":"ES256","crit":{crit}}}"#)), "critical_header");
        }
        for odd in [r#""b64":false"#, r#""zip":"DEF""#, r#""kid":null"#, r#""kid":1"#, r#""typ":5"#] {
            assert_eq!(kind(&format!(r#"{{"alg":"ES256",{odd}}}"#)), "malformed", "{odd}");
        }
        assert_eq!(kind(&format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "ä".repeat(256))), "taken");
        assert_eq!(kind(&format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(257))), "too_large");
    }
}
