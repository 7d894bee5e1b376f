//! The scopes of a token (RFC 6749 section 3.3): case-sensitive names between single spaces, compared exactly.

use std::fmt;

use crate::VerifyError;
use crate::error::escaped;
use crate::json::{self, Value};

/// The scopes of a token. No prefix and no wildcard means anything.
///
/// See the example of [`VerifiedToken`](crate::VerifiedToken).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Scopes(Box<str>);

impl Scopes {
    /// Each scope, in the token's order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether the token has exactly this scope.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|own| own == scope)
    }

    /// Those of `needed` that the token has not.
    #[must_use]
    pub fn missing<'n>(&self, needed: &'n [impl AsRef<str>]) -> Vec<&'n str> {
        needed.iter().map(AsRef::as_ref).filter(|scope| !self.contains(scope)).collect()
    }

    /// Succeeds when the token has every scope of `needed`.
    ///
    /// # Errors
    /// [`VerifyError::InsufficientScope`] naming those that are missing.
    pub fn require(&self, needed: &[impl AsRef<str>]) -> Result<(), VerifyError> {
        let missing = self.missing(needed);
        if missing.is_empty() {
            return Ok(());
        }
        Err(VerifyError::InsufficientScope { need: missing.join(" "), have: escaped(&self.0) })
    }

    /// Reads a claim that holds scopes: a string, or, where allowed, an array of single scopes.
    pub(crate) fn from_claim(
        claim: &'static str,
        value: &Value<'_>,
        array_allowed: bool,
    ) -> Result<Self, VerifyError> {
        let elements = match value {
            Value::String(text) => return Ok(Self(text.as_ref().into())),
            Value::Array(elements) if array_allowed => json::array(elements).unwrap_or_default(),
            other => {
                let reason = format!("expected a string, found {}", other.kind());
                return Err(VerifyError::invalid(claim, reason));
            }
        };
        let names: Option<Vec<&str>> = elements
            .iter()
            .map(|element| match element {
                Value::String(name) if !name.contains(' ') => Some(name.as_ref()),
                _ => None,
            })
            .collect();
        match names {
            Some(names) => Ok(Self(names.join(" ").into())),
            None => Err(VerifyError::invalid(claim, "expected an array of single scopes")),
        }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        Scopes::from_claim("scope", &Value::String(text.into()), false).unwrap()
    }

    #[test]
    fn jv_19_scopes_are_compared_exactly() {
        for held in ["customer:read2", "Customer:Read", "*", "", "customer:", "a customer:read\tb"] {
            let error = scopes(held).require(&["customer:read"]).unwrap_err();
            assert_eq!(error.kind(), "insufficient_scope", "{held}");
        }
        let two = scopes("customer:read  ticket:create");
        assert!(two.require(&["ticket:create", "customer:read"]).is_ok());
        assert_eq!(two.missing(&["x", "customer:read"]), ["x"]);
        assert!(!two.contains(""));
    }

    #[test]
    fn jv_19_arrays_by_setting() {
        let array = |text, allowed| Scopes::from_claim("scp", &Value::Array(text), allowed);
        assert_eq!(array("[\"a\",\"b\"]", true).unwrap().iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(array("[\"a\"]", false).unwrap_err().kind(), "invalid_claim");
        assert_eq!(array("[\"a b\"]", true).unwrap_err().kind(), "invalid_claim");
        assert_eq!(array("[1]", true).unwrap_err().kind(), "invalid_claim");
    }
}
