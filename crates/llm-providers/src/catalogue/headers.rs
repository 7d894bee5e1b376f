//! Headers that a provider wants beside those of its dialect: which route of a gateway, whose application, which beta.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Provider;
use crate::{ErrorKind, ProviderError};

/// What the client itself says of each request, and what it says to whoever is between (RFC 9110 section 7.6.1).
const OWN: [&str; 13] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header, and whether its value is a secret.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    name: HeaderName,
    value: HeaderValue,
    is_secret: bool,
}

impl Provider {
    /// Adds a header to everything that the provider is asked. It stands in place of one of the dialect's own with that name, and goes
    /// to this provider alone. `Debug` does not show its value.
    ///
    /// ```
    /// # use toolgate_llm_providers::{Catalogue, Dialect, Provider};
    /// let catalogue = Catalogue::builtin();
    /// let anthropic = catalogue.provider("anthropic")?.clone().with_header("anthropic-beta", "context-1m-2025-08-07")?;
    /// let gateway = Provider::new("ours", "https://models.example.com/v1", Dialect::OpenAiChat)?
    ///     .with_header("x-gateway-route", "cheap")?;
    /// assert!(gateway.with_header("content-length", "3").is_err());
    /// # let _ = anthropic;
    /// # Ok::<(), toolgate_llm_providers::ProviderError>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the name or the value is none (RFC 9110 section 5), or when the name is the client's to
    /// use: of the body and of the connection, and of the provider's [key](Self::authentication).
    pub fn with_header(self, name: &str, value: &str) -> Result<Self, ProviderError> {
        self.with(name, value, false)
    }

    /// The same with a value that is a secret: it is taken out of what the provider says, as its key is.
    ///
    /// # Errors
    /// As [`with_header`](Self::with_header).
    pub fn with_secret_header(self, name: &str, value: &str) -> Result<Self, ProviderError> {
        self.with(name, value, true)
    }

    fn with(mut self, name: &str, value: &str, is_secret: bool) -> Result<Self, ProviderError> {
        let shown = crate::error::escaped(name);
        let refuse = |provider: &Self, expected: &str| {
            let message = format!("the header \"{shown}\": expected {expected}");
            Err(provider.error(ErrorKind::Configuration, message))
        };
        let Ok(name) = name.parse::<HeaderName>() else {
            return refuse(&self, "letters, digits and '-' in its name");
        };
        if OWN.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
            return refuse(&self, "one that the client does not set itself");
        }
        if self.authentication().header().is_some_and(|(key, _)| name == key) {
            return refuse(&self, "the provider's key in the variable of its key");
        }
        let Ok(mut value) = HeaderValue::from_str(value) else {
            return refuse(&self, "visible ASCII characters in its value");
        };
        value.set_sensitive(true);
        self.headers.retain(|header| header.name != name);
        self.headers.push(Header { name, value, is_secret });
        Ok(self)
    }

    pub(crate) fn add_headers(&self, headers: &mut HeaderMap) {
        for Header { name, value, .. } in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
    }

    pub(crate) fn has_headers_of(&self, other: &Self) -> bool {
        self.headers == other.headers
    }

    /// Foreign text without the secrets of headers: whole, and without the scheme before them.
    pub(crate) fn without_secrets(&self, text: String) -> String {
        let secrets = self.headers.iter().filter(|header| header.is_secret);
        let values = secrets.filter_map(|header| header.value.to_str().ok());
        let words = values.filter_map(|value| value.split_ascii_whitespace().last());
        words.fold(text, |text, word| text.replace(word, "[redacted]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authentication, Dialect};

    #[test]
    fn a_header_is_a_word_of_the_callers_and_its_value_is_not_shown() {
        let provider = || Provider::new("p", "https://h/v1", Dialect::OpenAiChat).unwrap();
        let refused = |name: &str, value: &str| {
            let refused = provider().with_header(name, value).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Configuration, "{name}");
            refused.to_string()
        };
        for own in ["Host", "content-type", "Transfer-Encoding", "proxy-authorization"] {
            assert!(refused(own, "canary").contains("does not set itself"), "{own}");
        }
        assert!(refused("a b", "canary").contains("letters"));
        assert!(refused("x-a\u{1b}", "canary").contains("\\u{1b}"));
        for value in ["can\nary", "canary\u{e9}\r"] {
            let said = refused("x-route", value);
            assert!(said.contains("visible ASCII") && !said.contains("ary"), "{said}");
        }
        assert!(refused("Authorization", "Bearer canary").contains("variable of its key"));
        let keyless = provider().with_authentication(Authentication::XApiKey);
        let provider = keyless.with_header("authorization", "Bearer canary").unwrap();
        let provider =
            provider.with_header("x-route", "canary-1").unwrap().with_header("X-Route", "canary-2").unwrap();
        assert_eq!(provider.headers.len(), 2, "the last one stands");
        assert!(!format!("{provider:?}").contains("canary"));
    }

    #[test]
    fn a_secret_is_taken_out_of_what_is_said() {
        let provider = Provider::new("p", "https://h/v1", Dialect::OpenAiChat).unwrap();
        let provider = provider.with_secret_header("helicone-auth", "Bearer canary-1").unwrap();
        let provider = provider.with_header("anthropic-beta", "beta-1").unwrap();
        let body = br#"{"error":{"message":"no canary-1, no beta-1","code":"canary-1"}}"#;
        let now = std::time::SystemTime::now();
        let error = provider.decode_error(http::StatusCode::FORBIDDEN, &HeaderMap::new(), body, now, None);
        assert_eq!(error.message(), "no [redacted], no beta-1");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}
