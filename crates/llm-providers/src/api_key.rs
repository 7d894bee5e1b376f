//! A model provider's API key: wiped from memory when dropped, shown nowhere.

use std::fmt;

use http::HeaderValue;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{ErrorKind, ProviderError};

/// A model provider's API key. `Debug` is redacted; the text leaves only as a sensitive header to the key's origin.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key.
    ///
    /// ```
    /// # use toolgate_llm_providers::ApiKey;
    /// let key = ApiKey::new("sk-secret")?;
    /// assert_eq!(format!("{key:?}"), "ApiKey([redacted])");
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the key is empty or holds anything but visible ASCII, such as the line break
    /// of the file that it was read from.
    pub fn new(key: impl Into<String>) -> Result<Self, ProviderError> {
        let key = Self(key.into());
        let refuse = |reason| Err(ProviderError::new(ErrorKind::Configuration, "", reason));
        if key.0.is_empty() {
            return refuse("the API key is empty; set the provider's key variable");
        }
        if !key.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("the API key holds a space, a line break or a non-ASCII character; copy it again");
        }
        Ok(key)
    }

    /// The header value, with `scheme` before the key.
    pub(crate) fn header(&self, scheme: &str) -> Result<HeaderValue, ProviderError> {
        let mut text = format!("{scheme}{}", self.0);
        let value = HeaderValue::from_str(&text);
        text.zeroize();
        let mut value = value.map_err(|_| {
            ProviderError::new(ErrorKind::Configuration, "", "the API key does not fit into a header")
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// `text` without the key, should a provider have echoed it.
    pub(crate) fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "[redacted]")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_no_header_is_refused_unseen() {
        for bad in ["", "sk-canary\n", "sk canary", "sk-cañary"] {
            let refused = ApiKey::new(bad).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Configuration);
            assert!(!format!("{refused} {refused:?}").contains("ary"));
        }
        let header = ApiKey::new("sk-canary").unwrap().header("Bearer ").unwrap();
        assert!(header.is_sensitive());
        assert_eq!(header, "Bearer sk-canary");
    }
}
