//! Progress notifications, on their way to the request that they belong to (MCP basic/utilities/progress).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::{NumberOrString, ProgressNotificationParam, ProgressToken};
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

/// How many notifications are kept for requests that nobody waits for yet.
const MAX_EARLY: usize = 16;
/// The longest words that are kept with one of these.
const MAX_EARLY_MESSAGE: usize = 1024;

/// The requests of one session that wait for progress.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    mailboxes: HashMap<ProgressToken, Arc<Mailbox>>,
    /// What came for none of them. rmcp tells a request's token only once it has sent the request, and a program may be
    /// faster than that.
    early: VecDeque<(ProgressToken, ToolProgress)>,
}

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
        let mut waiting = self.waiting();
        if let Some(at) = waiting.early.iter().rposition(|(of, _)| *of == token) {
            let early = waiting.early.remove(at).map(|(_, told)| told);
            *mailbox.newest.lock().unwrap_or_else(PoisonError::into_inner) = early;
            mailbox.notify.notify_one();
        }
        waiting.mailboxes.insert(token.clone(), mailbox.clone());
        drop(waiting);
        Watch { among: self, token, mailbox }
    }

    /// Reads a notification that is for nobody else.
    #[cfg(feature = "stdio")]
    pub(crate) fn read(&self, notification: &str) -> serde_json::Result<()> {
        #[derive(serde::Deserialize)]
        struct Notification {
            params: ProgressNotificationParam,
        }
        serde_json::from_str(notification).map(|Notification { params }| self.note(params))
    }

    /// A request has come further.
    pub(crate) fn note(&self, told: ProgressNotificationParam) {
        let ProgressNotificationParam { progress_token: token, progress, total, message, .. } = told;
        let mut told = ToolProgress { progress, total, message };
        let mut waiting = self.waiting();
        if let Some(mailbox) = waiting.mailboxes.get(&token).cloned() {
            drop(waiting);
            *mailbox.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
            mailbox.notify.notify_one();
        } else if matches!(token.0, NumberOrString::Number(_)) {
            told.message = told.message.filter(|message| message.len() <= MAX_EARLY_MESSAGE);
            waiting.early.push_back((token, told));
            let over = waiting.early.len().saturating_sub(MAX_EARLY);
            waiting.early.drain(..over);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.among.waiting().mailboxes.remove(&self.token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(token: i64, progress: f64, message: &str) -> ProgressNotificationParam {
        ProgressNotificationParam::new(token_of(token), progress).with_message(message)
    }

    fn token_of(number: i64) -> ProgressToken {
        ProgressToken(NumberOrString::Number(number))
    }

    #[tokio::test]
    async fn what_comes_before_it_is_waited_for_is_kept_for_a_while() {
        let progress = Progress::default();
        progress.note(told(7, 1.0, "one"));
        progress.note(told(7, 2.0, "two"));
        let watch = progress.watch(token_of(7));
        assert_eq!(watch.noted().await.message.as_deref(), Some("two"));
        progress.note(told(7, 3.0, "three"));
        assert_eq!(watch.noted().await.progress, 3.0);
        drop(watch);
        for token in 0..1000 {
            progress.note(told(token, 1.0, &"x".repeat(MAX_EARLY_MESSAGE + 1)));
        }
        assert_eq!(progress.waiting().early.len(), MAX_EARLY);
        assert!(progress.watch(token_of(1)).newest().is_none(), "others came after it");
        assert_eq!(progress.watch(token_of(999)).newest().unwrap().message, None, "too long to be kept");
        let name = ProgressToken(NumberOrString::String("t".into()));
        progress.note(ProgressNotificationParam::new(name.clone(), 1.0));
        assert!(progress.watch(name).newest().is_none(), "no token of ours");
    }
}
