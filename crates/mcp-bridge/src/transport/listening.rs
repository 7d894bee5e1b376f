//! Whether the stream on which a server asks things by itself is open (MCP 2025-11-25, basic/transports, "Listening for
//! Messages from the Server").
//!
//! Servers lose what they would send before it is, so a call that may lead to a question waits for it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::watch;

/// How long a call waits for the stream: a server without one says so at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// The transport's end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts(Arc<watch::Sender<bool>>);

impl Attempts {
    /// The first attempt to open the stream has come to an end, good or bad.
    pub(super) fn note(&self) {
        self.0.send_replace(true);
    }
}

/// The session's end.
#[derive(Debug, Default)]
pub(crate) struct Listening {
    pub(super) attempts: Attempts,
    pub(super) session_id: Arc<OnceLock<HeaderValue>>,
}

impl Listening {
    /// Waits until the stream is open or known not to be. Without a session there is none.
    pub(crate) async fn settled(&self) {
        if self.session_id.get().is_some() {
            let mut attempts = self.attempts.0.subscribe();
            let settled = tokio::time::timeout(PATIENCE, attempts.wait_for(|tried| *tried)).await;
            if settled.is_err() {
                tracing::debug!("the server has not opened its listening stream yet");
                // The next call does not wait again: behind nginx the stream is open, and its head comes with the first event.
                self.attempts.note();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_one_call_waits_for_a_stream_whose_head_does_not_come() {
        let listening = Listening::default();
        listening.session_id.get_or_init(|| HeaderValue::from_static("s-1"));
        let start = Instant::now();
        listening.settled().await;
        assert_eq!(start.elapsed(), PATIENCE);
        listening.settled().await;
        assert_eq!(start.elapsed(), PATIENCE);
    }
}
