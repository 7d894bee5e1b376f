//! A request under way. Dropped before its answer, by a deadline or by the caller, it tells the server to stop.

use rmcp::model::{CancelledNotificationParam, RequestId};
use rmcp::service::{Peer, RoleClient};
use tokio::runtime::Handle;

/// A request whose answer is awaited.
pub(crate) struct Pending<'a>(Option<(&'a Peer<RoleClient>, RequestId)>);

impl<'a> Pending<'a> {
    pub(crate) fn new(peer: &'a Peer<RoleClient>, id: RequestId) -> Self {
        Self(Some((peer, id)))
    }

    /// The answer came, or will not.
    pub(crate) fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if let (Some((peer, id)), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            let peer = peer.clone();
            runtime.spawn(async move {
                let reason = "the caller no longer waits for the answer".to_owned();
                let cancelled = CancelledNotificationParam::new(Some(id), Some(reason));
                if let Err(error) = peer.notify_cancelled(cancelled).await {
                    tracing::debug!(%error, "a cancelled request could not be announced");
                }
            });
        }
    }
}
