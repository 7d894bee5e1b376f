//! The `cnf` claim: what the sender of a token must prove to hold (RFC 7800 section 3.1, RFC 9449 section 6, RFC 8705
//! section 3.1).

use crate::VerifyError;
use crate::json::{self, Value};

/// What a token is bound to; by default nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Confirmation {
    /// The thumbprint of a DPoP key.
    pub(crate) jkt: Option<Box<str>>,
    /// The base64url SHA-256 of a client certificate.
    pub(crate) certificate: Option<Box<str>>,
    /// A method that nothing here can check.
    pub(crate) unknown: bool,
}

impl Confirmation {
    pub(crate) fn from_claim(value: &Value<'_>) -> Result<Self, VerifyError> {
        let Value::Object(text) = value else {
            return Err(VerifyError::invalid("cnf", format!("expected an object, found {}", value.kind())));
        };
        let mut confirmation = Self::default();
        json::object(text.as_bytes(), &mut |name, value| match (name, value) {
            ("jkt", Value::String(jkt)) => confirmation.jkt = Some(jkt.as_ref().into()),
            ("x5t#S256", Value::String(x5t)) => confirmation.certificate = Some(x5t.as_ref().into()),
            _ => confirmation.unknown = true,
        })
        .map_err(|reason| VerifyError::invalid("cnf", reason))?;
        // An empty object binds to nothing that is known, which is not the same as binding to nothing.
        confirmation.unknown |= confirmation.jkt.is_none() && confirmation.certificate.is_none();
        Ok(confirmation)
    }

    pub(crate) fn is_present(&self) -> bool {
        *self != Self::default()
    }
}
