//! Why there is no token, by who must act. Nothing in here ever holds a secret, a token, an assertion or a raw body, and no URL
//! its query: some servers want a key there.

mod kind;

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use toolgate_http_client::HttpError;

/// Why there is no token. Cheap to clone: one failed request fails all callers that waited for it.
///
/// ```
/// # use std::time::Duration;
/// # use toolgate_oauth_cc::TokenError;
/// /// When to ask again; `None` when somebody has to change something first.
/// fn pause(error: &TokenError) -> Option<Duration> {
///     error.is_transient().then(|| error.retry_after().unwrap_or(Duration::from_secs(1)))
/// }
/// let busy = TokenError::Unavailable {
///     after: Duration::from_secs(20),
///     cause: Box::new(TokenError::Interrupted),
/// };
/// assert_eq!(pause(&busy), Some(Duration::from_secs(20)));
/// assert_eq!(pause(&TokenError::InsufficientScopeGranted { missing: "customer:write".into() }), None);
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    // -- who configures the client ------------------------------------------------------------------------------
    /// A setting is unusable.
    #[error("{setting}: {reason}")]
    Configuration {
        /// The setting, or the source it was read from.
        setting: String,
        /// What is wrong with it, and what is expected.
        reason: String,
    },
    /// A URL is plain `http` and not allowed to be.
    #[error("refusing {url}: expected https (http is only for this machine, behind with_insecure_loopback)")]
    InsecureUrl {
        /// The URL, escaped, without its query.
        url: String,
    },
    /// The authorization server offers no authentication method that this client has.
    #[error("no common client authentication method: this client has {ours}, the server offers {theirs}")]
    NoCommonAuthMethod {
        /// The methods of this client.
        ours: String,
        /// The methods of the server.
        theirs: String,
    },
    /// A key cannot be used for the algorithm.
    #[error("the key is unsuitable: {reason}")]
    KeyUnsuitable {
        /// Why, and what is expected.
        reason: String,
    },
    // -- who runs the authorization server ----------------------------------------------------------------------
    /// The token endpoint answered with an OAuth error (RFC 6749 section 5.2).
    #[error("the token endpoint refused with {code} ({status}){}", said(.description))]
    OAuth {
        /// The status.
        status: StatusCode,
        /// The error code as sent, escaped.
        code: String,
        /// The description, escaped and cut, the client's own secrets taken out.
        description: Option<String>,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The token endpoint answered with a status and nothing that says why.
    #[error("{url} answered {status}{}", said(.hint))]
    HttpStatus {
        /// Where, without the query.
        url: String,
        /// The status.
        status: StatusCode,
        /// What that may mean.
        hint: Option<&'static str>,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// A response breaks the protocol.
    #[error("invalid response from {url}: {reason}")]
    InvalidResponse {
        /// Where from, without the query.
        url: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// The token is of a type that this client does not know, so it must not be used (RFC 6749 section 7.1).
    #[error("unsupported token type {found}, expected {expected}")]
    UnsupportedTokenType {
        /// The type, escaped.
        found: String,
        /// The type that this client can use.
        expected: &'static str,
    },
    /// The token should be bound to a key or certificate, and is not.
    #[error(
        "expected a token bound to this client's key, found token type {found}; check the client's registration"
    )]
    NotSenderConstrained {
        /// The type, escaped.
        found: String,
    },
    /// The server granted less than is required.
    #[error("the authorization server did not grant {missing}; grant it to this client, or require less")]
    InsufficientScopeGranted {
        /// The missing scopes, space separated.
        missing: String,
    },
    /// The server asked to wait for longer than a caller is kept waiting.
    #[error("the authorization server is unavailable for another {after:?}: {cause}")]
    Unavailable {
        /// How long to wait.
        after: Duration,
        /// The failure that began the pause.
        cause: Box<TokenError>,
    },
    // -- who runs or names the resource -------------------------------------------------------------------------
    /// No metadata document was found.
    #[error("discovery found nothing for {subject}: tried {tried}")]
    Discovery {
        /// The resource or issuer.
        subject: String,
        /// Each URL with what it answered.
        tried: String,
        /// Whether the last of them may answer later.
        transient: bool,
    },
    /// A metadata document is no such document.
    #[error("{url} is not a usable metadata document: {reason}")]
    Malformed {
        /// Where from, without the query.
        url: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// A document names another issuer than the one asked (RFC 8414 section 3.3).
    #[error("the issuer does not match: expected {expected}, found {found}")]
    IssuerMismatch {
        /// The issuer asked.
        expected: String,
        /// The issuer found, escaped.
        found: String,
    },
    /// A document describes another resource than the one asked (RFC 9728 section 3.3).
    #[error("the resource does not match: expected {expected}, found {found}")]
    ResourceMismatch {
        /// The resource asked.
        expected: String,
        /// The resource found, escaped.
        found: String,
    },
    /// A server-supplied URL is unusable.
    #[error("{member} is no usable endpoint ({found}): {reason}")]
    BadEndpoint {
        /// The metadata member or challenge parameter.
        member: &'static str,
        /// The value, escaped.
        found: String,
        /// Why not.
        reason: String,
    },
    /// The resource trusts no authorization server that the credentials belong to.
    #[error("the credentials belong to {trusted}, the resource names {offered}; nothing was sent there")]
    UntrustedAuthorizationServer {
        /// The issuer of the credentials.
        trusted: String,
        /// What the resource names, escaped and cut.
        offered: String,
    },
    /// A challenge points to metadata at another origin.
    #[error(
        "{found} is of another origin than {expected}; allow cross-origin metadata explicitly if that is meant"
    )]
    CrossOriginMetadata {
        /// The origin of the resource.
        expected: String,
        /// The URL, escaped, without its query.
        found: String,
    },
    /// The resource demands scopes that stepping up may not or could not get.
    #[error("insufficient scope: have {have:?}, need {need:?}")]
    InsufficientScope {
        /// The scopes asked for so far, space separated.
        have: String,
        /// The scopes demanded, space separated.
        need: String,
    },
    /// A check of the application's own, around the source, did not accept the token.
    #[error("the access token was not accepted: {reason}")]
    Rejected {
        /// What the check said; never the token.
        reason: String,
        /// Whether the same token may be accepted later, such as when keys can be fetched again.
        transient: bool,
    },
    // -- nobody, or the network ---------------------------------------------------------------------------------
    /// No response, or none that may be read.
    #[error(transparent)]
    Http(#[from] Arc<HttpError>),
    /// The runtime that ran the token request was shut down.
    #[error("the token request was interrupted: its runtime was shut down")]
    Interrupted,
}

impl TokenError {
    pub(crate) fn configuration(setting: &str, reason: &str) -> Self {
        Self::Configuration { setting: foreign(setting), reason: reason.to_owned() }
    }
}

impl From<HttpError> for TokenError {
    fn from(error: HttpError) -> Self {
        Self::Http(Arc::new(error))
    }
}

fn said<T: AsRef<str>>(text: &Option<T>) -> String {
    text.as_ref().map_or_else(String::new, |text| format!(": {}", text.as_ref()))
}

/// Foreign text for an error: everything but printable ASCII escaped, at most 200 characters.
pub(crate) fn foreign(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_default).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_escaped_and_cut() {
        assert_eq!(foreign("\x1b[31mred\n"), "\\u{1b}[31mred\\n");
        assert_eq!(foreign(&"\u{202e}".repeat(500)).chars().count(), 200);
    }
}
