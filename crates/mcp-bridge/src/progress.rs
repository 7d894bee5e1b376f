//! Progress notifications, on their way to the request that they belong to (MCP basic/utilities/progress).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::model::ProgressToken;
use tokio::sync::Notify;

/// The requests of one session that wait for progress.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<HashMap<ProgressToken, Arc<Notify>>>);

/// One request's place among them, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    among: &'a Progress,
    token: ProgressToken,
    notify: Arc<Notify>,
}

impl Progress {
    /// Waits for the progress of the request with this token.
    pub(crate) fn watch(&self, token: ProgressToken) -> Watch<'_> {
        let notify = Arc::<Notify>::default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), notify.clone());
        Watch { among: self, token, notify }
    }

    /// The request with this token has come further. Tokens that nobody waits for are ignored.
    pub(crate) fn note(&self, token: &ProgressToken) {
        if let Some(notify) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token) {
            notify.notify_one();
        }
    }
}

impl Watch<'_> {
    /// The next progress.
    pub(crate) async fn noted(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.among.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.token);
    }
}
