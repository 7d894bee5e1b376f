//! What can go wrong between a request and its response, by who must act.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::Origin;

/// Why a request got no usable response. Never holds a header, a body or a credential.
///
/// ```
/// # use std::time::Duration;
/// # use toolgate_http_client::{HttpError, Origin, Phase};
/// /// Whether a call that must happen once at most may be made again.
/// fn again(error: &HttpError) -> bool {
///     error.is_transient() && error.surely_did_nothing()
/// }
/// let origin: Origin = "https://mcp.example".parse()?;
/// let late = |phase| HttpError::Timeout { origin: origin.clone(), phase, after: Duration::from_secs(10) };
/// assert!(again(&late(Phase::Connect)));
/// assert!(!again(&late(Phase::FirstByte))); // the server may be at it
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The URL cannot be requested.
    #[error("cannot request {url}: {reason}")]
    BadUrl {
        /// The URL, escaped, without its query and any user name or password.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The URL is plain `http` and not allowed to be.
    #[error(
        "refusing to send to {origin} in clear text; use https (http is only for this machine, and only when allowed)"
    )]
    InsecureUrl {
        /// Where the request would have gone.
        origin: Origin,
    },
    /// The URL is plain `http` to a name of this machine, such as `localhost`, that leads to another one.
    #[error(
        "refusing to send to {origin} in clear text: the name leads to {address}, which is not this machine; \
         write 127.0.0.1 in its place, or mend what resolves it (/etc/hosts)"
    )]
    NotThisMachine {
        /// Where the request would have gone.
        origin: Origin,
        /// Where the name leads.
        address: String,
    },
    /// The request goes to another origin than its credential is for.
    #[error("the credential is for {bound} and was not sent to {target}")]
    CredentialOrigin {
        /// The origin that the credential is for.
        bound: Origin,
        /// Where the request would have gone.
        target: Origin,
    },
    /// A decorator could not get the credential that the request needs.
    #[error("no credential for {origin}: {source}")]
    Credential {
        /// Where the request would have gone.
        origin: Origin,
        /// Whether it may be had later.
        transient: bool,
        /// Why there is none.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No connection: name not found, refused, reset, or ended before the request was sent.
    #[error("cannot connect to {origin}: {reason}")]
    Connect {
        /// The server.
        origin: Origin,
        /// What the operating system said, or what became of the connection.
        reason: String,
    },
    /// The server's certificate or the handshake was refused.
    #[error("no trusted TLS connection to {origin}: {reason}")]
    Tls {
        /// The server.
        origin: Origin,
        /// Which check failed, and what mends it.
        reason: String,
    },
    /// A deadline passed.
    #[error("{origin} did not {phase} within {after:?}")]
    Timeout {
        /// The server.
        origin: Origin,
        /// What was waited for.
        phase: Phase,
        /// The deadline.
        after: Duration,
    },
    /// The body is larger than allowed.
    #[error("the answer of {origin} is larger than {limit} bytes")]
    TooLarge {
        /// The server.
        origin: Origin,
        /// The limit in bytes.
        limit: usize,
    },
    /// The server redirected, and redirects are not followed.
    #[error(
        "{origin} answered {status} and redirects to {target}; redirects are not followed, configure the final URL"
    )]
    RedirectRefused {
        /// The server.
        origin: Origin,
        /// The status.
        status: StatusCode,
        /// The origin it points to, escaped, and whether the path differs by a slash at its end; the rest of the URL
        /// is left out.
        target: String,
    },
    /// A URL that a server supplied leads to an address that is not on the public internet.
    #[error("refusing to connect to {origin}: {address} is {reason}, and a server's URL must not lead there")]
    BlockedAddress {
        /// Where the request would have gone.
        origin: Origin,
        /// The address or name.
        address: String,
        /// What kind of address it is.
        reason: &'static str,
    },
    /// The proxy's URL cannot be used. It is not shown, because it may hold a password.
    #[error("the proxy cannot be used: expected {expected}")]
    BadProxy {
        /// The form that it must have.
        expected: &'static str,
    },
    /// The body is compressed in a way that was not asked for, or its compression is damaged.
    #[error("the answer of {origin} cannot be decompressed: {reason}")]
    Encoding {
        /// The server.
        origin: Origin,
        /// What is wrong.
        reason: String,
    },
    /// A stream of events holds a larger piece than allowed.
    #[error("the event stream has a larger {part} than {limit} bytes")]
    EventTooLarge {
        /// `line`, `event`, `event name` or `id`; `total` for the stream itself.
        part: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// The server gave the request back without acting on it: it is leaving, or has too many at once (RFC 9113 section 8.7).
    #[error("{origin} did not process the request: {reason}")]
    Unprocessed {
        /// The server.
        origin: Origin,
        /// How it said so.
        reason: String,
    },
    /// The connection broke or its bytes are no HTTP.
    #[error("the exchange with {origin} broke off: {reason}")]
    Exchange {
        /// The server.
        origin: Origin,
        /// What happened.
        reason: String,
    },
}

/// What a deadline was for.
///
/// See the example of [`HttpError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// TCP and TLS handshake.
    Connect,
    /// The response's headers.
    FirstByte,
    /// The next piece of the body.
    Idle,
    /// The whole exchange.
    Total,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "accept a connection",
            Self::FirstByte => "answer",
            Self::Idle => "send more of its answer",
            Self::Total => "finish its answer",
        })
    }
}

impl HttpError {
    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Timeout { .. }
            | Self::Unprocessed { .. }
            | Self::Exchange { .. } => true,
            Self::Credential { transient, .. } => *transient,
            _ => false,
        }
    }

    /// Whether the request surely had no effect: it never reached the server, or was given back unprocessed.
    #[must_use]
    pub fn surely_did_nothing(&self) -> bool {
        match self {
            Self::Timeout { phase, .. } => *phase == Phase::Connect,
            Self::TooLarge { .. }
            | Self::RedirectRefused { .. }
            | Self::Encoding { .. }
            | Self::EventTooLarge { .. }
            | Self::Exchange { .. } => false,
            _ => true,
        }
    }

    /// One word for metrics and traces (`error.type` of OpenTelemetry), of a small fixed set.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "bad_url",
            Self::InsecureUrl { .. } | Self::NotThisMachine { .. } => "insecure_url",
            Self::CredentialOrigin { .. } => "cross_origin_blocked",
            Self::Credential { .. } => "no_credential",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Timeout { phase: Phase::Connect, .. } => "connect_timeout",
            Self::Timeout { .. } => "timeout",
            Self::TooLarge { .. } | Self::EventTooLarge { .. } => "too_large",
            Self::RedirectRefused { .. } => "redirect_refused",
            Self::BlockedAddress { .. } => "blocked_address",
            Self::BadProxy { .. } => "bad_proxy",
            Self::Encoding { .. } => "encoding",
            Self::Unprocessed { .. } => "unprocessed",
            Self::Exchange { .. } => "exchange",
        }
    }
}

/// Foreign text for an error: control characters escaped, at most 200 characters.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_connection_that_was_not_made_in_time_says_that_nothing_was_sent() {
        let origin = Origin::of(&"https://a.test".parse().unwrap()).unwrap();
        let late = |phase| HttpError::Timeout { origin: origin.clone(), phase, after: Duration::ZERO };
        for (phase, not_sent, kind) in [
            (Phase::Connect, true, "connect_timeout"),
            (Phase::FirstByte, false, "timeout"),
            (Phase::Idle, false, "timeout"),
            (Phase::Total, false, "timeout"),
        ] {
            assert_eq!((late(phase).surely_did_nothing(), late(phase).kind()), (not_sent, kind), "{phase:?}");
        }
        let clear = HttpError::InsecureUrl { origin: origin.clone() };
        let elsewhere = HttpError::CredentialOrigin { bound: origin.clone(), target: origin };
        let relative = HttpError::BadUrl { url: String::new(), reason: "" };
        let kinds = [clear, elsewhere, relative].map(|error| (error.surely_did_nothing(), error.kind()));
        assert_eq!(kinds, [(true, "insecure_url"), (true, "cross_origin_blocked"), (true, "bad_url")]);
    }
}
