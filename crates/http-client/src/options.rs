//! Deadlines and limits of one request, carried in its extensions.

use std::time::Duration;

use tokio::time::Instant;

use crate::Request;

/// Deadlines and limits of one request. Without any, the defaults below hold.
///
/// ```
/// # use std::time::Duration;
/// # use toolgate_http_client::{Request, SendOptions};
/// let mut request = Request::default();
/// SendOptions::default()
///     .with_first_byte(Duration::from_secs(5))
///     .with_max_body(64 << 10)
///     .with_repeatable(true) // a GET: nothing happens twice
///     .attach(&mut request);
/// assert_eq!(SendOptions::of(&request).max_body, 65_536);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// From the call until the response's headers. Default 30 s: long for a server, and no longer than a person waits.
    pub first_byte: Duration,
    /// Between two pieces of the body. Default 30 s.
    pub idle: Duration,
    /// From the call until the end of the body. Default 300 s: a long answer of a slow model.
    pub total: Duration,
    /// The largest body, in bytes. Default 16 MiB: far above any honest answer, far below harm.
    pub max_body: usize,
    /// For TCP and TLS together, when a connection has to be made. Default: the client's own, 10 s unless set.
    pub connect: Option<Duration>,
    /// Whether the request may be sent again after it may have been acted upon. Default `false`: only the caller knows.
    pub repeatable: bool,
    /// Whether redirects within the origin are followed, at most three. Default `false`: a redirect is an error.
    pub same_origin_redirects: bool,
    /// Whether the URL came from a server, and so may lead to the public internet only. Default `false`: URLs come from
    /// configuration.
    pub public_only: bool,
}

/// `after` later than `start`; thirty years, where no clock shows that time.
pub(crate) fn later(start: Instant, after: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    start.checked_add(after).unwrap_or(start + FAR)
}

impl Default for SendOptions {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(300),
            max_body: 16 << 20,
            connect: None,
            repeatable: false,
            same_origin_redirects: false,
            public_only: false,
        }
    }
}

impl SendOptions {
    /// The options of `request`, or the defaults.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        request.extensions().get().copied().unwrap_or_default()
    }

    /// Gives these options to `request`.
    pub fn attach(self, request: &mut Request) {
        request.extensions_mut().insert(self);
    }

    /// Sets the deadline for the response's headers.
    #[must_use]
    pub fn with_first_byte(mut self, first_byte: Duration) -> Self {
        self.first_byte = first_byte;
        self
    }

    /// Sets the deadline between two pieces of the body.
    #[must_use]
    pub fn with_idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets the deadline for the whole exchange.
    #[must_use]
    pub fn with_total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Sets the largest body, in bytes.
    #[must_use]
    pub fn with_max_body(mut self, max_body: usize) -> Self {
        self.max_body = max_body;
        self
    }

    /// Sets the deadline for TCP and TLS together.
    #[must_use]
    pub fn with_connect(mut self, connect: Duration) -> Self {
        self.connect = Some(connect);
        self
    }

    /// Says that sending the request twice does no harm, so that [`Retry`](crate::Retry) may.
    #[must_use]
    pub fn with_repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    /// Follows redirects that stay within the origin: `GET` and `HEAD` by any status, other methods by 307 and 308.
    #[must_use]
    pub fn with_same_origin_redirects(mut self, follow: bool) -> Self {
        self.same_origin_redirects = follow;
        self
    }

    /// Says that a server chose the URL: private, local and metadata addresses are refused, by the address that is
    /// connected to. Through a proxy, only the URL's own host can be judged.
    #[must_use]
    pub fn with_public_only(mut self, public_only: bool) -> Self {
        self.public_only = public_only;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_as_documented() {
        let SendOptions { first_byte, idle, total, max_body, connect, .. } = SendOptions::default();
        assert_eq!([first_byte, idle, total].map(|deadline| deadline.as_secs()), [30, 30, 300]);
        assert_eq!((max_body, connect), (16_777_216, None));
        let SendOptions { repeatable, same_origin_redirects, public_only, .. } = SendOptions::default();
        assert!(!repeatable && !same_origin_redirects && !public_only);
    }
}
