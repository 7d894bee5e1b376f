//! Deadlines and limits of one request, carried in its extensions.

use std::time::Duration;

use crate::Request;

/// Deadlines and limits of one request. Without any, the defaults below hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// From the call until the response's headers. Default 30 s: the article's limit for MCP calls.
    pub first_byte: Duration,
    /// Between two pieces of the body. Default 30 s.
    pub idle: Duration,
    /// From the call until the end of the body. Default 300 s: a long answer of a slow model.
    pub total: Duration,
    /// The largest body, in bytes. Default 16 MiB: far above any honest answer, far below harm.
    pub max_body: usize,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(300),
            max_body: 16 << 20,
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
}
