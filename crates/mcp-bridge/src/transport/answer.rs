//! JSON-RPC answers, read only as far as needed to know whose they are (JSON-RPC 2.0 section 5).

use std::time::Duration;

use rmcp::model::{
    ClientJsonRpcMessage, ClientRequest, DiscoverResult, ErrorData, ProtocolVersion, RequestId,
    ServerCapabilities, ServerJsonRpcMessage, ServerResult,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::text::escaped;

use super::unread::unread;

/// How long a server may think about `server/discover` before it is taken for one of the old generation that does not answer
/// what it does not know: long enough for a server that is just waking up.
const DISCOVERING: Duration = Duration::from_secs(5);

/// What a posted message wants to hear.
#[derive(Debug, Clone)]
pub(crate) enum Awaited {
    /// Nothing: a notification, or an answer of ours.
    Nothing,
    /// The answer to the request of this id.
    Answer { id: RequestId, kind: Kind },
}

/// What is done with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `server/discover`: whatever is not an answer of the new generation means that the server is of the old one.
    Discover,
    /// Read by rmcp.
    Typed,
    /// Read by us, item by item.
    Unread,
    /// `subscriptions/listen`: notifications for as long as the stream lasts.
    Subscription,
}

impl Awaited {
    pub(crate) fn by(message: &ClientJsonRpcMessage) -> Self {
        let ClientJsonRpcMessage::Request(request) = message else { return Self::Nothing };
        let kind = match request.request {
            ClientRequest::DiscoverRequest(_) => Kind::Discover,
            ClientRequest::ListToolsRequest(_) | ClientRequest::CallToolRequest(_) => Kind::Unread,
            ClientRequest::SubscriptionsListenRequest(_) => Kind::Subscription,
            _ => Kind::Typed,
        };
        Self::Answer { id: request.id.clone(), kind }
    }
}

/// One JSON-RPC message of the server. Member names are case-sensitive and none may stand twice.
#[derive(Deserialize)]
struct Envelope<'a> {
    jsonrpc: Option<IgnoredAny>,
    id: Option<RequestId>,
    method: Option<String>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

impl Envelope<'_> {
    /// The error. Of one that is none by the standard, as servers exist that send a text alone, or a code that is no number,
    /// the words are kept; what the tool did, nobody knows.
    fn error(&self) -> Result<Option<ErrorData>, Failure> {
        let Some(raw) = self.error else { return Ok(None) };
        let malformed = match serde_json::from_str(raw.get()) {
            Ok(error) => return Ok(Some(error)),
            Err(malformed) => malformed,
        };
        let words = match serde_json::from_str(raw.get()) {
            Ok(Value::String(words)) => Some(words),
            Ok(Value::Object(members)) => members.get("message").and_then(Value::as_str).map(str::to_owned),
            _ => None,
        };
        // Other bodies have a member of this name too.
        match words.filter(|_| self.jsonrpc.is_some()) {
            Some(words) => Ok(Some(ErrorData::internal_error(words, None))),
            None => Err(not_a_message(&malformed)),
        }
    }
}

fn not_a_message(error: &serde_json::Error) -> Failure {
    Failure::Protocol(format!("expected a JSON-RPC message: {}", escaped(&error.to_string())))
}

/// A message that a server sent.
pub(crate) enum Message {
    /// A request or a notification, for rmcp to read.
    Call,
    /// The answer to a request.
    Answer(Box<ServerJsonRpcMessage>),
    /// A JSON-RPC error without an id, which whoever awaits an answer may take for it.
    Stray(ErrorData),
}

impl Message {
    /// Whether a request came to a result.
    pub(crate) fn is_result(&self) -> bool {
        matches!(self, Self::Answer(message) if matches!(**message, ServerJsonRpcMessage::Response(_)))
    }

    /// The JSON-RPC error that this is, with its id.
    pub(crate) fn into_error(self) -> Option<(Option<RequestId>, ErrorData)> {
        match self {
            Self::Stray(error) => Some((None, error)),
            Self::Answer(message) => match *message {
                ServerJsonRpcMessage::Error(error) => Some((error.id, error.error)),
                _ => None,
            },
            Self::Call => None,
        }
    }
}

/// Reads `text`. With `id`, an answer must be to that request.
pub(crate) fn read(text: &str, id: Option<&RequestId>, kind: Kind) -> Result<Message, Failure> {
    let answer = |message| Message::Answer(Box::new(message));
    let broken = |reason: String| Failure::Protocol(reason);
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| not_a_message(&error))?;
    if envelope.method.is_some() {
        return Ok(Message::Call);
    }
    if let (Some(expected), Some(found)) = (id, &envelope.id)
        && !same(expected, found)
    {
        return Err(broken(format!(
            "expected the answer to request {expected}, found one to {}",
            escaped(&found.to_string())
        )));
    }
    let error = envelope.error()?;
    // An error may be without an id, when the server could not read whose it is. A result may not.
    let may_lack_id = envelope.result.is_none();
    let answered = id.cloned().filter(|_| may_lack_id || envelope.id.is_some()).or(envelope.id);
    match (envelope.result, error, answered) {
        (None, Some(error), Some(id)) => Ok(answer(ServerJsonRpcMessage::error(error, Some(id)))),
        (None, Some(error), None) => Ok(Message::Stray(error)),
        (Some(result), None, Some(id)) if kind == Kind::Unread => {
            Ok(answer(ServerJsonRpcMessage::response(unread(result.get()), id)))
        }
        (Some(result), None, Some(id)) if kind == Kind::Discover => discovered(result)
            .map(|result| answer(ServerJsonRpcMessage::response(result, id)))
            .ok_or_else(|| broken("the answer to server/discover is not its result".to_owned())),
        (Some(_), None, Some(_)) => serde_json::from_str(text)
            .map(answer)
            .map_err(|error| broken(format!("the answer is malformed: {}", escaped(&error.to_string())))),
        _ => Err(broken("expected a JSON-RPC answer with an id and either a result or an error".to_owned())),
    }
}

/// A result of `server/discover` as far as it is needed: rmcp would take a server that leaves out how long its answer may
/// be cached for one of the old generation.
fn discovered(result: &RawValue) -> Option<ServerResult> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Discovered {
        supported_versions: Vec<ProtocolVersion>,
        capabilities: ServerCapabilities,
    }
    let found: Discovered = serde_json::from_str(result.get()).ok()?;
    Some(ServerResult::DiscoverResult(DiscoverResult::new(found.supported_versions, found.capabilities)))
}

/// How long the answer to `server/discover` is waited for. Two thirds of the request's deadline are left for what follows.
pub(crate) fn discovering(timeout: Duration) -> Duration {
    DISCOVERING.min(timeout / 3)
}

/// The one answer to `server/discover` that makes rmcp go on with `initialize` at once: an error that belongs to the request.
/// Anything else would end the attempt, or let it wait for ten seconds.
pub(crate) fn of_the_old_generation(id: RequestId, reason: String) -> ServerJsonRpcMessage {
    ServerJsonRpcMessage::error(ErrorData::invalid_request(reason, None), Some(id))
}

/// Some servers answer a numeric id with the same number as a string.
pub(super) fn same(expected: &RequestId, found: &RequestId) -> bool {
    expected == found || expected.to_string() == found.to_string()
}
