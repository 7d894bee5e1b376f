//! `tools/call` over HTTP, from the POST to the answer (MCP 2026-07-28 and 2025-11-25, basic/transports).
//!
//! Calls are what a session is for, so they take the short way. rmcp would pass each of them and its answer through two
//! loops, four channels and three tasks, which costs more than the exchange itself (docs/adr/0010). It opens and ends
//! the session, lists tools, listens, and answers what a server asks outside of a call.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::{HeaderName, HeaderValue};
use rmcp::model::{ErrorData, RequestId, ServerJsonRpcMessage, ServerResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sse_stream::Sse;
use tokio::sync::Semaphore;
use toolgate_http_client::Body;
use toolgate_tool_types::JsonObject;

use crate::client_role::ClientRole;
use crate::failure::Failure;

use super::answer::{self, Awaited, Kind, Message};
use super::listening::Listening;
use super::post::Posted;
use super::resumable::Resumable;
use super::stream;
use super::unread::take_unread;
use super::{MAX_CONCURRENT, Parts, Wire, written};

/// Where the ids of calls begin: beyond those that rmcp counts for itself, and within 32 bits, which is all that some servers
/// have for them.
const FIRST: i64 = 1 << 30;
/// How often a server may ask something during one call.
const MAX_ASKED: usize = 1_000;

/// The calls of one session.
pub(crate) struct Calls {
    wire: Wire,
    url: Arc<str>,
    listening: Listening,
    last: AtomicI64,
    /// For those whose response's headers have not come.
    waiting: Semaphore,
}

/// One call as it is sent.
pub(crate) struct Call<'a> {
    /// Of the request, and what progress is told under.
    pub(crate) id: i64,
    pub(crate) params: Params<'a>,
    /// The protocol version, and what else this generation wants said in headers.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// What the HTTP request's extensions are to hold.
    pub(crate) extensions: http::Extensions,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Params<'a> {
    #[serde(rename = "_meta")]
    pub(crate) meta: Map<String, Value>,
    pub(crate) name: &'a str,
    pub(crate) arguments: &'a JsonObject,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input_responses: Option<BTreeMap<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_state: Option<String>,
}

/// The result, unread, or the error that the server answered with.
pub(crate) type Answer = Result<String, ErrorData>;

#[derive(Serialize)]
struct Request<'a> {
    jsonrpc: &'static str,
    id: i64,
    method: &'static str,
    params: Params<'a>,
}

/// What a server says while a call is under way.
#[derive(Deserialize)]
struct Said {
    /// With a request, which is to be answered.
    id: Option<RequestId>,
    method: String,
    #[serde(default)]
    params: Value,
}

impl Calls {
    pub(super) fn new(wire: Wire, url: Arc<str>, listening: Listening) -> Self {
        Self { wire, url, listening, last: AtomicI64::new(FIRST), waiting: Semaphore::new(MAX_CONCURRENT) }
    }

    /// Whether the stream is open on which the server may ask things outside of a call.
    pub(crate) fn listening(&self) -> &Listening {
        &self.listening
    }

    /// An id that no request of this session has had.
    pub(crate) fn next_id(&self) -> i64 {
        self.last.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes a call. Dropped, it hangs up, which tells a server of the new generation to stop.
    pub(crate) async fn call(&self, call: Call<'_>, role: &ClientRole) -> Result<Answer, Failure> {
        let Call { id, params, headers, extensions } = call;
        let request = Request { jsonrpc: "2.0", id, method: "tools/call", params };
        let body = written(&request)?;
        let awaited = Awaited::Answer { id: RequestId::Number(id), kind: Kind::Unread };
        // Its answers to the server and the resumption of its stream are as much a part of a call as its first request, and
        // carry the same token.
        let parts = Parts { in_session: true, headers: headers.into_iter().collect(), extensions };
        let posted = {
            let _place = self.waiting.acquire().await.map_err(|_| Failure::SessionEnded)?;
            self.wire.exchange(&self.url, body, &awaited, parts.clone()).await?
        };
        match posted {
            Posted::Answer(message, _) => answer_of(*message),
            Posted::Events(body, _) => self.follow(body, id, parts, role).await,
            Posted::Accepted => Err(Failure::Protocol("the call was accepted without an answer".to_owned())),
        }
    }

    /// Reads events until the answer, and answers what the server asks before it. A question to a person ends with the call.
    async fn follow(&self, body: Body, id: i64, parts: Parts, role: &ClientRole) -> Result<Answer, Failure> {
        let (id, mut stream) = (RequestId::Number(id), Resumable::new(&self.wire, &self.url, &parts, body));
        let (mut replies, mut asked) = (FuturesUnordered::new(), 0);
        loop {
            let next = tokio::select! {
                biased;
                Some(reply) = replies.next(), if !replies.is_empty() => {
                    self.send(reply, parts.clone());
                    continue;
                }
                next = stream.next() => next,
            };
            let Some(event) = stream.go_on(next).await? else { continue };
            match Heard::of(&event, &id)? {
                Heard::Answer(message) => {
                    stream.drain();
                    return answer_of(*message);
                }
                Heard::Said(Said { id: Some(_), .. }) if asked == MAX_ASKED => {
                    let limit = format!("{MAX_ASKED} requests of the server");
                    return Err(Failure::TooLarge { what: "a call", limit });
                }
                Heard::Said(Said { id: Some(id), method, params }) => {
                    asked += 1;
                    replies.push(reply(id, method, params, role));
                }
                Heard::Said(Said { id: None, method, params }) => role.note(&method, params),
                Heard::Nothing => {}
            }
        }
    }

    /// Sends the answer to a request of the server's, which nothing waits for.
    fn send(&self, reply: Value, parts: Parts) {
        let (wire, url) = (self.wire.clone(), self.url.clone());
        tokio::spawn(async move {
            let body = reply.to_string().into_bytes();
            if let Err(failure) = wire.exchange(&url, body, &Awaited::Nothing, parts).await {
                tracing::debug!(?failure, "an answer to a request of an MCP server could not be sent");
            }
        });
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What an event brings.
enum Heard {
    Answer(Box<ServerJsonRpcMessage>),
    Said(Said),
    Nothing,
}

impl Heard {
    fn of(event: &Sse, id: &RequestId) -> Result<Self, Failure> {
        let Some(text) = stream::message(event) else { return Ok(Self::Nothing) };
        Ok(match answer::read(text, Some(id), Kind::Unread)? {
            Message::Answer(message) => Self::Answer(message),
            // One that cannot be read costs only itself.
            Message::Call => serde_json::from_str(text).map_or(Self::Nothing, Self::Said),
            Message::Stray(_) => Self::Nothing,
        })
    }
}

/// What a request of the server's is answered with.
async fn reply(id: RequestId, method: String, params: Value, role: &ClientRole) -> Value {
    match role.answer(&method, &params).await {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error}),
    }
}

fn answer_of(message: ServerJsonRpcMessage) -> Result<Answer, Failure> {
    let unread = match message {
        ServerJsonRpcMessage::Error(error) => return Ok(Err(error.error)),
        ServerJsonRpcMessage::Response(response) => match response.result {
            ServerResult::CustomResult(result) => take_unread(result.0),
            _ => None,
        },
        _ => None,
    };
    unread.map(Ok).ok_or_else(|| Failure::Protocol("the answer to tools/call is not its result".to_owned()))
}
