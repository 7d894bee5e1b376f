//! Scope tokens: their syntax and how a set of them is read and compared (RFC 6749 section 3.3).

use std::collections::BTreeSet;

use crate::TokenError;
use crate::error::foreign;

/// Scopes as a set: order and repetition mean nothing (RFC 6749 section 3.3).
pub(crate) type Scopes = BTreeSet<String>;

/// Checks scopes that the caller named.
pub(crate) fn checked<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Result<Scopes, TokenError> {
    scopes.into_iter().map(|scope| one(scope.into())).collect()
}

/// Reads a space-separated list that a server sent.
pub(crate) fn parsed(list: &str) -> Result<Scopes, String> {
    list.split(' ')
        .filter(|scope| !scope.is_empty())
        .map(|scope| match first_bad(scope) {
            None => Ok(scope.to_owned()),
            Some(bad) => Err(format!("the scope {} holds {bad:?}", foreign(scope))),
        })
        .collect()
}

/// `have` and `more` as one set.
pub(crate) fn union(have: &Scopes, more: &[String]) -> Scopes {
    have.iter().chain(more).cloned().collect()
}

fn one(scope: String) -> Result<String, TokenError> {
    if scope.is_empty() {
        return Err(TokenError::configuration("scope", "a scope is empty"));
    }
    match first_bad(&scope) {
        None => Ok(scope),
        Some(bad) => {
            let reason =
                format!("the scope {} holds {bad:?}; one scope per entry, no quotes", foreign(&scope));
            Err(TokenError::configuration("scope", &reason))
        }
    }
}

fn first_bad(scope: &str) -> Option<char> {
    scope.chars().find(|c| !matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_characters_are_named() {
        for bad in ["a b", "a\"b", "a\\b", "ä", "", "a\n"] {
            assert_eq!(checked([bad]).unwrap_err().kind(), "configuration", "{bad:?}");
        }
        assert!(checked(["a\"b"]).unwrap_err().to_string().contains("'\"'"));
        assert_eq!(checked(["customer:read", "a", "a"]).unwrap().len(), 2);
    }

    #[test]
    fn lists_are_sets() {
        assert_eq!(parsed("b  a b").unwrap(), checked(["a", "b"]).unwrap());
        assert!(parsed("").unwrap().is_empty());
        assert!(parsed("a\tb").is_err());
    }
}
