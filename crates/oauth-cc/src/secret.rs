//! A client secret that is wiped from memory and never shown.
//!
//! It stands apart so that there is one place to look at for how secrets enter the crate (RFC 6749 section 2.3.1).

use std::env::VarError;
use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::TokenError;

/// Secrets are short; a larger file is the wrong file.
const MAX_FILE: u64 = 64 * 1024;

/// A client secret: zeroized on drop, `[redacted]` in `Debug`, without `Display`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the secret as it is.
    ///
    /// ```
    /// let secret = toolgate_oauth_cc::Secret::new("s3cr3t");
    /// assert_eq!(format!("{secret:?}"), "Secret([redacted])");
    /// ```
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Reads the secret from an environment variable; one trailing newline is cut.
    ///
    /// # Errors
    /// [`TokenError::Configuration`] when the variable is unset, empty, or no UTF-8.
    pub fn from_env(variable: &str) -> Result<Self, TokenError> {
        match std::env::var(variable) {
            Ok(text) => Self::trimmed(Zeroizing::new(text), variable),
            Err(VarError::NotPresent) => Err(TokenError::configuration(
                variable,
                "expected the secret in this environment variable, which is not set",
            )),
            Err(VarError::NotUnicode(_)) => {
                Err(TokenError::configuration(variable, "expected UTF-8 text in this environment variable"))
            }
        }
    }

    /// Reads the secret from a regular file; one trailing newline is cut.
    ///
    /// # Errors
    /// [`TokenError::Configuration`] when the path is no readable regular file, or empty, over 64 KiB, or no UTF-8.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, TokenError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let described =
            std::fs::metadata(path).map_err(|error| TokenError::configuration(&name, &error.to_string()))?;
        if !described.is_file() || described.len() > MAX_FILE {
            return Err(TokenError::configuration(&name, "expected a regular file of at most 64 KiB"));
        }
        let text = std::fs::read_to_string(path)
            .map_err(|error| TokenError::configuration(&name, &error.to_string()))?;
        Self::trimmed(Zeroizing::new(text), &name)
    }

    fn trimmed(text: Zeroizing<String>, from: &str) -> Result<Self, TokenError> {
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            return Err(TokenError::configuration(from, "the secret is empty"));
        }
        Ok(Self::new(line))
    }

    /// The secret itself. It belongs in no log, no error and no URL.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Result<Secret, TokenError> {
        Secret::trimmed(Zeroizing::new(text.to_owned()), "SOURCE")
    }

    #[test]
    fn at_most_one_newline_is_cut() {
        assert_eq!(cut("s \n").unwrap().expose_secret(), "s ");
        assert_eq!(cut("s\r\n").unwrap().expose_secret(), "s");
        assert_eq!(cut("s\n\n").unwrap().expose_secret(), "s\n");
    }

    #[test]
    fn empty_secrets_are_refused_by_the_name_of_their_source() {
        for text in ["", "\n", "\r\n"] {
            assert!(cut(text).unwrap_err().to_string().contains("SOURCE"), "{text:?}");
        }
        assert_eq!(Secret::from_file("/dev/zero").unwrap_err().kind(), "configuration");
        let unset = Secret::from_env("TOOLGATE_TEST_UNSET_VARIABLE").unwrap_err();
        assert_eq!(unset.kind(), "configuration");
        assert!(unset.to_string().ends_with("which is not set"), "{unset}");
    }
}
