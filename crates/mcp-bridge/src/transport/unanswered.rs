//! Requests of a server that have no answer yet: it may make them as fast as it likes, and take no answers.
//!
//! rmcp keeps a task for each of them, so somebody has to count (MCP basic, "Requests").

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rmcp::model::{ClientJsonRpcMessage, RequestId};
use serde::Deserialize;

use crate::failure::Failure;

/// The most of one session: far more than any honest server makes at once.
pub(super) const MAX: usize = 1_000;

/// What of a message says whether it is a request.
#[derive(Deserialize)]
struct Head {
    id: Option<RequestId>,
    method: Option<String>,
}

/// Those of one session.
#[derive(Debug, Clone, Default)]
pub(super) struct Unanswered(Arc<AtomicUsize>);

impl Unanswered {
    /// Counts the message `text`, if it is a request.
    pub(super) fn note(&self, text: &str) -> Result<(), Failure> {
        match serde_json::from_str(text) {
            Ok(Head { id: Some(_), method: Some(_) }) => self.one_more(),
            _ => Ok(()),
        }
    }

    /// Counts one.
    pub(super) fn one_more(&self) -> Result<(), Failure> {
        let more = |open: usize| (open < MAX).then_some(open + 1);
        if self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok() {
            return Ok(());
        }
        Err(Failure::TooLarge {
            what: "a session",
            limit: format!("{MAX} requests of the server without an answer"),
        })
    }

    /// What has been sent once this is dropped, or cannot be: an answer, or something else.
    pub(super) fn sending(&self, message: &ClientJsonRpcMessage) -> Sent {
        let is_answer = matches!(message, ClientJsonRpcMessage::Response(_) | ClientJsonRpcMessage::Error(_));
        Sent(is_answer.then(|| self.clone()))
    }
}

/// Counts an answer as sent when it is dropped.
pub(super) struct Sent(Option<Unanswered>);

impl Drop for Sent {
    fn drop(&mut self) {
        if let Some(Unanswered(count)) = self.0.take() {
            // Of those that came with a call, which are counted by it, there may be more than here.
            let _ = count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| open.checked_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::ErrorData;

    use super::*;

    #[test]
    fn what_is_answered_makes_room() {
        let unanswered = Unanswered::default();
        let request = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        for _ in 0..MAX {
            unanswered.note(request).unwrap();
        }
        for other in [r#"{"method":"notifications/progress"}"#, r#"{"id":1,"result":{}}"#, "7"] {
            assert!(unanswered.note(other).is_ok(), "{other}");
        }
        assert!(matches!(unanswered.note(request), Err(Failure::TooLarge { .. })));
        let error = ErrorData::invalid_request("no", None);
        let answer = ClientJsonRpcMessage::error(error, Some(RequestId::Number(1)));
        drop(unanswered.sending(&answer));
        assert!(unanswered.note(request).is_ok());
        assert!(unanswered.note(request).is_err());
    }
}
