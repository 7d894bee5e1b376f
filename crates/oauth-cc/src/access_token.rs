//! An access token: one zeroized buffer that serves as secret and as header value.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::scope::Scopes;

/// An access token. Clones share one buffer, which is wiped when the last clone, and the last header made from it, is
/// gone.
///
/// ```
/// # use std::sync::Arc;
/// # use toolgate_http_client::{Body, HttpClient, HttpError, Request, Response};
/// # use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenSource, TokenType};
/// # struct Server;
/// # #[async_trait::async_trait]
/// # impl HttpClient for Server {
/// #     async fn send(&self, _: Request) -> Result<Response, HttpError> {
/// #         let text = r#"{"access_token":"eyJ","token_type":"Bearer","expires_in":600,"scope":"customer:read"}"#;
/// #         let mut response = Response::new(Body::from(bytes::Bytes::from_static(text.as_bytes())));
/// #         response.headers_mut().insert("content-type", "application/json".parse().unwrap());
/// #         Ok(response)
/// #     }
/// # }
/// # #[tokio::main]
/// # async fn main() -> Result<(), toolgate_oauth_cc::TokenError> {
/// # let secret = ClientAuthentication::SecretBasic(Secret::new("s"));
/// # let credentials = ClientCredentials::new("https://as.example/token", "c", secret)?;
/// # let tokens = TokenCache::new(credentials, Arc::new(Server));
/// let token = tokens.token().await?;
/// assert_eq!(token.token_type(), TokenType::Bearer);
/// assert!(token.scopes().is_some_and(|granted| !granted.contains("customer:write")));
/// assert_eq!(token.header(), "Bearer eyJ"); // for a request
/// assert!(!format!("{token:?}").contains("eyJ")); // for a log
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

struct Inner {
    /// `Bearer SECRET`.
    header: HeaderValue,
    scheme: Scheme,
    expires_at: Instant,
    scopes: Option<Scopes>,
}

/// A token's type, with the key that it is bound to.
#[derive(Clone)]
pub(crate) enum Scheme {
    Bearer,
    #[cfg(feature = "dpop")]
    DPoP(Arc<crate::dpop::DpopKey>),
}

impl Scheme {
    pub(crate) fn token_type(&self) -> TokenType {
        match self {
            Self::Bearer => TokenType::Bearer,
            #[cfg(feature = "dpop")]
            Self::DPoP(_) => TokenType::DPoP,
        }
    }
}

/// How a token is presented (RFC 6749 section 7.1).
///
/// ```
/// # use toolgate_oauth_cc::{AccessToken, TokenType};
/// fn needs_proof(token: &AccessToken) -> bool {
///     token.token_type() == TokenType::DPoP
/// }
/// assert_eq!(TokenType::DPoP.as_str(), "DPoP"); // the scheme of its `Authorization` header
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenType {
    /// RFC 6750.
    Bearer,
    /// RFC 9449: useless without a proof of possession.
    DPoP,
}

impl TokenType {
    /// The authentication scheme, as in the `Authorization` header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::DPoP => "DPoP",
        }
    }
}

impl AccessToken {
    /// A token of token68 characters (RFC 9110 section 11.2), or `None` for any other text.
    pub(crate) fn new(
        secret: &str,
        scheme: Scheme,
        expires_at: Instant,
        scopes: Option<Scopes>,
    ) -> Option<Self> {
        if !is_token68(secret) {
            return None;
        }
        let word = scheme.token_type().as_str();
        let mut line = Zeroizing::new(Vec::with_capacity(word.len() + 1 + secret.len()));
        line.extend_from_slice(word.as_bytes());
        line.push(b' ');
        line.extend_from_slice(secret.as_bytes());
        // The header value keeps this very buffer, so the secret is wiped with the last of its clones.
        let mut header = HeaderValue::from_maybe_shared(Bytes::from_owner(line)).ok()?;
        header.set_sensitive(true);
        Some(Self(Arc::new(Inner { header, scheme, expires_at, scopes })))
    }

    /// The secret text itself. For verification and introspection; requests take [`header`](Self::header).
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        let secret = self.0.header.as_bytes().get(self.token_type().as_str().len() + 1..);
        secret.and_then(|secret| std::str::from_utf8(secret).ok()).unwrap_or_default()
    }

    /// The value of the `Authorization` header, marked sensitive. Made once; this is a cheap clone.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.0.header.clone()
    }

    /// How the token is presented.
    #[must_use]
    pub fn token_type(&self) -> TokenType {
        self.0.scheme.token_type()
    }

    /// When the token expires, by the monotonic clock, counted from before its request.
    pub(crate) fn expires_at(&self) -> Instant {
        self.0.expires_at
    }

    /// How long the token is still valid, by the monotonic clock and counted from before its request; zero when it is not.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        self.0.expires_at.saturating_duration_since(Instant::now())
    }

    /// The scopes granted: those the server named, else those asked for (RFC 6749 section 5.1); `None` when neither
    /// said anything.
    #[must_use]
    pub fn scopes(&self) -> Option<&BTreeSet<String>> {
        self.0.scopes.as_ref()
    }

    /// The key that the token is bound to.
    #[cfg(feature = "dpop")]
    pub(crate) fn dpop_key(&self) -> Option<&crate::dpop::DpopKey> {
        match &self.0.scheme {
            Scheme::Bearer => None,
            Scheme::DPoP(key) => Some(key),
        }
    }
}

/// Two tokens are the same when their text is: also one that another process shared through a store.
impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.header == other.0.header
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("secret", &"[redacted]")
            .field("token_type", &self.token_type())
            .field("expires_in", &self.expires_in())
            .field("scopes", &self.0.scopes)
            .finish()
    }
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
fn is_token68(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(secret: &str) -> Option<AccessToken> {
        AccessToken::new(secret, Scheme::Bearer, Instant::now(), None)
    }

    #[tokio::test]
    async fn only_token68_reaches_a_header() {
        assert_eq!(token("tok.en-1_~+/==").unwrap().header(), "Bearer tok.en-1_~+/==");
        for bad in ["", "=", "a b", "a,b", "a\"b", "a\r\nX: y", "a=b", "ä", "a\x7f"] {
            assert!(token(bad).is_none(), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn nothing_shows_the_secret() {
        let token = token("canary").unwrap();
        assert_eq!(token.expose_secret(), "canary");
        assert!(token.header().is_sensitive());
        assert!(!format!("{token:?} {:?}", token.header()).contains("canary"));
    }
}
