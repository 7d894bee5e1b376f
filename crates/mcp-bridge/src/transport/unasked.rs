//! What a server sends unasked, before rmcp has it: requests, as fast as it likes and without taking answers, and notifications.
//!
//! rmcp keeps a task for each request, and writes ids and notifications into the log as they are, however long (MCP basic,
//! "Requests" and "Notifications").

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rmcp::model::{ClientJsonRpcMessage, RequestId};
use serde::Deserialize;

use crate::failure::Failure;

/// The most of one session: far more than any honest server makes at once.
pub(super) const MAX: usize = 1_000;

/// The longest name of a request, in bytes: what is longer, or cannot be printed, is no name but a text for the log.
const MAX_ID: usize = 256;

/// What of a message says what it is.
#[derive(Deserialize)]
struct Head {
    id: Option<RequestId>,
    method: Option<String>,
}

/// Whether nobody here wants a notification of this method.
pub(super) fn is_idle(method: &str) -> bool {
    method == "notifications/message"
        || method.starts_with("notifications/resources/")
        || method.starts_with("notifications/prompts/")
}

/// Those of one session.
#[derive(Debug, Clone, Default)]
pub(super) struct Unanswered(Arc<AtomicUsize>);

impl Unanswered {
    /// Counts the message `text`, if it is a request; whether rmcp is to have it.
    pub(super) fn note(&self, text: &str) -> Result<bool, Failure> {
        match serde_json::from_str(text) {
            Ok(Head { id: Some(id), method: Some(_) }) => self.one_more(&id),
            Ok(Head { id: None, method: Some(method) }) => Ok(!is_idle(&method)),
            _ => Ok(true),
        }
    }

    /// Counts the request `id`; whether rmcp is to have it.
    pub(super) fn one_more(&self, id: &RequestId) -> Result<bool, Failure> {
        if let RequestId::String(name) = id
            && (name.len() > MAX_ID || !name.bytes().all(|byte| (0x20..0x7f).contains(&byte)))
        {
            tracing::debug!("a request of an MCP server has no usable id");
            return Ok(false);
        }
        let more = |open: usize| (open < MAX).then_some(open + 1);
        if self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok() {
            return Ok(true);
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
            assert!(unanswered.note(other).unwrap(), "{other}");
        }
        assert!(matches!(unanswered.note(request), Err(Failure::TooLarge { .. })));
        let error = ErrorData::invalid_request("no", None);
        let answer = ClientJsonRpcMessage::error(error, Some(RequestId::Number(1)));
        drop(unanswered.sending(&answer));
        assert!(unanswered.note(request).is_ok());
        assert!(unanswered.note(request).is_err());
    }

    /// LP-14: rmcp logs it as it is.
    #[test]
    fn what_is_only_for_the_log_does_not_get_there() {
        let unanswered = Unanswered::default();
        for idle in ["message", "resources/updated", "prompts/list_changed"] {
            let told = format!(r#"{{"method":"notifications/{idle}","params":{{"data":"x"}}}}"#);
            assert!(!unanswered.note(&told).unwrap(), "{idle}");
        }
        assert!(unanswered.note(r#"{"method":"notifications/tools/list_changed"}"#).unwrap());
        assert!(unanswered.note(r#"{"id":"a-1","method":"ping"}"#).unwrap());
        for id in ["a\\nWARN forged", "\\u001b[31m", "\u{202e}", &"x".repeat(MAX_ID + 1)] {
            let request = format!(r#"{{"id":"{id}","method":"ping"}}"#);
            assert!(!unanswered.note(&request).unwrap(), "{id}");
        }
    }
}
