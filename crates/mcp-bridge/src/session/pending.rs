//! A request under way. Dropped before its answer, by a deadline or by the caller, it tells the server to stop.

use rmcp::model::{ProgressToken, ServerResult};
use rmcp::service::{RequestHandle, RoleClient, ServiceError};
use tokio::runtime::Handle;

/// A request whose answer is awaited.
pub(crate) struct Pending(Option<RequestHandle<RoleClient>>);

impl Pending {
    pub(crate) fn new(handle: RequestHandle<RoleClient>) -> Self {
        Self(Some(handle))
    }

    /// What the server names when it tells of progress.
    pub(crate) fn progress_token(&self) -> Option<ProgressToken> {
        self.0.as_ref().map(|handle| handle.progress_token.clone())
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
