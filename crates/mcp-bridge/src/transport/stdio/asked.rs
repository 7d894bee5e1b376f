//! The requests of ours that a process has not answered, and what its answers come to.

use std::collections::HashMap;
use std::time::Duration;

use rmcp::model::{ClientJsonRpcMessage, ClientNotification, ErrorData, RequestId, ServerJsonRpcMessage};
use serde_json::json;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::transport::answer::{self, Awaited, Kind, Message};
use crate::transport::{Report, TRANSPORT_CLOSED};

/// A request whose answer has not come.
struct Request {
    id: RequestId,
    kind: Kind,
    report: Report,
}

/// Those of one process.
pub(super) struct Asked {
    /// By the id as text: some servers answer a numeric id with the same number as a string.
    by_id: HashMap<String, Request>,
    /// The request that asks for the generation, and until when its answer is waited for.
    discovering: Option<(RequestId, Instant)>,
    /// The deadline of one request.
    timeout: Duration,
}

impl Asked {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { by_id: HashMap::new(), discovering: None, timeout }
    }

    /// Remembers what `message` asks, and forgets what it cancels.
    pub(super) fn note(&mut self, message: &ClientJsonRpcMessage, report: &Report) {
        if let ClientJsonRpcMessage::Notification(notification) = message
            && let ClientNotification::CancelledNotification(cancelled) = &notification.notification
            && let Some(id) = &cancelled.params.request_id
        {
            self.by_id.remove(&id.to_string());
        }
        if let Awaited::Answer { id, kind } = Awaited::by(message) {
            if kind == Kind::Discover {
                self.discovering = Some((id.clone(), Instant::now() + answer::discovering(self.timeout)));
            }
            self.by_id.insert(id.to_string(), Request { id, kind, report: report.clone() });
        }
    }

    /// Until when the answer to `server/discover` is waited for, where it is.
    pub(super) fn discovered_by(&self) -> Option<Instant> {
        self.discovering.as_ref().map(|(_, until)| *until)
    }

    /// What rmcp is to know of `text`, the answer to the request `id`; nothing where nobody waits for it.
    pub(super) fn answered(&mut self, id: &RequestId, text: &str) -> Option<ServerJsonRpcMessage> {
        let request = self.by_id.remove(&id.to_string())?;
        if request.kind == Kind::Discover {
            self.discovering = None;
        }
        Some(request.read(text))
    }

    /// Takes the server for one of the old generation, if that is still asked.
    pub(super) fn old_generation(&mut self, reason: &str) -> Option<ServerJsonRpcMessage> {
        let (id, _) = self.discovering.take()?;
        self.by_id.remove(&id.to_string());
        Some(answer::of_the_old_generation(id, reason.to_owned()))
    }

    /// No answer comes any more.
    pub(super) fn lose(&mut self, why: &'static str) {
        for (_, request) in self.by_id.drain() {
            request.report.write(Failure::Lost(why));
        }
    }
}

impl Request {
    fn read(self, text: &str) -> ServerJsonRpcMessage {
        let failure = match answer::read(text, Some(&self.id), self.kind) {
            Ok(Message::Answer(message)) => return *message,
            Ok(Message::Call | Message::Stray(_)) => Failure::Protocol("expected an answer".to_owned()),
            Err(failure) => failure,
        };
        if self.kind == Kind::Discover {
            return answer::of_the_old_generation(self.id, "no usable answer to server/discover".to_owned());
        }
        self.report.write(failure);
        let error =
            ErrorData::internal_error("the answer is malformed", Some(json!({ TRANSPORT_CLOSED: true })));
        ServerJsonRpcMessage::error(error, Some(self.id))
    }
}
