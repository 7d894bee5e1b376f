//! A request under way. Dropped before its answer, by a deadline or by the caller, it tells the server to stop.

use rmcp::model::ServerResult;
use rmcp::service::{RequestHandle, RoleClient, ServiceError};
use tokio::runtime::Handle;

/// A request whose answer is awaited.
pub(crate) struct Pending(Option<RequestHandle<RoleClient>>);

impl Pending {
    pub(crate) fn new(handle: RequestHandle<RoleClient>) -> Self {
        Self(Some(handle))
    }

    /// The answer, or `None` when the session ended without one.
    pub(crate) async fn answer(&mut self) -> Option<Result<ServerResult, ServiceError>> {
        let answer = (&mut self.0.as_mut()?.rx).await.ok();
        self.0 = None;
        answer
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let (Some(handle), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move {
                let reason = "the caller no longer waits for the answer".to_owned();
                if let Err(error) = handle.cancel(Some(reason)).await {
                    tracing::debug!(%error, "a cancelled request could not be announced");
                }
            });
        }
    }
}
