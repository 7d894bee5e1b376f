//! Progress notifications, on their way to the request that they belong to (MCP basic/utilities/progress).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::model::{ProgressNotificationParam, ProgressToken};
use tokio::sync::Notify;

/// How far a call has come, in the words of its server. None of it is checked: a server may count as it likes.
///
/// ```
/// # use toolgate_mcp_bridge::ToolProgress;
/// fn line(told: &ToolProgress) -> String {
///     let share = match told.total {
///         Some(total) if total > 0.0 => format!("{:.0} %", 100.0 * told.progress / total),
///         _ => told.progress.to_string(),
///     };
///     format!("{share} {}", told.message.as_deref().unwrap_or_default())
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ToolProgress {
    /// Grows with every notification.
    pub progress: f64,
    /// What `progress` is at the end, where the server knows it.
    pub total: Option<f64>,
    /// What the server does now; escaped, cut, without secrets of ours.
    pub message: Option<String>,
}

/// Who is told of a call's progress. It is called while answers are read, so it must not block.
pub(crate) type Listener = Arc<dyn Fn(ToolProgress) + Send + Sync>;

/// The requests of one session that wait for progress.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<HashMap<ProgressToken, Arc<Mailbox>>>);

/// The newest progress of one request. What is told faster than it is read is only the newest.
#[derive(Debug, Default)]
struct Mailbox {
    newest: Mutex<Option<ToolProgress>>,
    notify: Notify,
}

/// One request's place among them, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    among: &'a Progress,
    token: ProgressToken,
    mailbox: Arc<Mailbox>,
}

impl Progress {
    /// Waits for the progress of the request with this token.
    pub(crate) fn watch(&self, token: ProgressToken) -> Watch<'_> {
        let mailbox = Arc::<Mailbox>::default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), mailbox.clone());
        Watch { among: self, token, mailbox }
    }

    /// A request has come further. Tokens that nobody waits for are ignored.
    pub(crate) fn note(&self, told: ProgressNotificationParam) {
        let mailbox =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&told.progress_token).cloned();
        if let Some(mailbox) = mailbox {
            let ProgressNotificationParam { progress, total, message, .. } = told;
            let newest = Some(ToolProgress { progress, total, message });
            *mailbox.newest.lock().unwrap_or_else(PoisonError::into_inner) = newest;
            mailbox.notify.notify_one();
        }
    }
}

impl Watch<'_> {
    /// The next progress.
    pub(crate) async fn noted(&self) -> ToolProgress {
        loop {
            self.mailbox.notify.notified().await;
            if let Some(newest) = self.newest() {
                return newest;
            }
        }
    }

    /// The progress that was noted last, if it was not taken before.
    pub(crate) fn newest(&self) -> Option<ToolProgress> {
        self.mailbox.newest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.among.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.token);
    }
}
