//! One POST: a message out, its answer back (MCP basic/transports, "Sending Messages to the Server").

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use rmcp::model::{ClientJsonRpcMessage, ErrorData, RequestId, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_client::StreamableHttpPostResponse;
use toolgate_http_client::{Body, HttpError, Response, SendOptions};

use crate::failure::Failure;
use crate::text::escaped;

use super::answer::{self, Awaited, Kind, Message};
use super::batch;
use super::stream::{self, Expected};
use super::{
    EVENT_STREAM, JSON, MAX_ANSWER, MAX_STREAM, Parts, Report, SESSION_ID, Wire, challenge, said, written,
};

/// As much of an error's body as is read.
const MAX_ERROR: usize = 64 << 10;

/// What the SDKs answer where a session is not known: Python's and the TypeScript one's of 404, and the others of 400.
const SESSION_NOT_FOUND: i32 = -32001;
const UNKNOWN_SESSION: [i32; 3] = [SESSION_NOT_FOUND, -32000, -32600];

/// What came back for a POST; with an answer, the session that it begins.
pub(super) enum Posted {
    /// Taken, and nothing is to come.
    Accepted,
    Answer(Box<ServerJsonRpcMessage>, Option<String>),
    /// The answer comes among events.
    Events(Body, Option<String>),
}

impl Wire {
    /// Posts `message` for rmcp. A failure to discover is not one: it says that the server is of the old generation.
    pub(super) async fn post(
        &self,
        uri: &str,
        message: &ClientJsonRpcMessage,
        in_session: bool,
        headers: HashMap<HeaderName, HeaderValue>,
        report: &Report,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let awaited = Awaited::by(message);
        let body = written(message)?;
        let extensions = http::Extensions::new();
        let parts = Parts { in_session, headers: headers.into_iter().collect(), extensions };
        let exchange = self.exchange(uri, body, &awaited, parts);
        let posted = match &awaited {
            Awaited::Answer { id, kind: Kind::Discover } => {
                match tokio::time::timeout(answer::discovering(self.timeout), exchange).await {
                    Ok(Err(Failure::Protocol(reason))) => of_the_old_generation(id.clone(), reason),
                    Ok(posted) => posted?,
                    Err(_) => of_the_old_generation(id.clone(), "no answer to server/discover".to_owned()),
                }
            }
            _ => exchange.await?,
        };
        Ok(match (posted, awaited) {
            (Posted::Answer(message, session), _) => StreamableHttpPostResponse::Json(*message, session),
            (Posted::Events(body, session), Awaited::Answer { id, .. }) => StreamableHttpPostResponse::Sse(
                stream::events(body, Expected::Answer(id), self.unanswered.clone(), report.clone()),
                session,
            ),
            (Posted::Accepted | Posted::Events(..), _) => StreamableHttpPostResponse::Accepted,
        })
    }

    /// Posts `body`, and reads the answer where it is not a stream.
    pub(super) async fn exchange(
        &self,
        uri: &str,
        body: Vec<u8>,
        awaited: &Awaited,
        mut parts: Parts,
    ) -> Result<Posted, Failure> {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        // The deadline that counts is the one of the session, which also tells the server to stop.
        let patience = self.longest + Duration::from_secs(5);
        let options = match awaited {
            Awaited::Answer { kind: Kind::Subscription, .. } => stream::lasting(),
            _ => SendOptions::default().with_idle(patience).with_total(patience).with_max_body(MAX_STREAM),
        };
        // Only a session that there is can be forgotten.
        let in_session = parts.in_session && self.session_id.get().is_some();
        let response = self.send(Method::POST, uri, body, options.with_first_byte(patience), parts).await?;
        if !response.status().is_success() {
            return refusal(response, awaited, in_session).await;
        }
        let Awaited::Answer { id, kind } = awaited else {
            response.into_body().drain();
            return Ok(Posted::Accepted);
        };
        self.accepted(response, id, *kind).await
    }

    /// A 2xx to a request: its answer, as JSON or as a stream.
    async fn accepted(&self, response: Response, id: &RequestId, kind: Kind) -> Result<Posted, Failure> {
        let session = self.take_session_id(response.headers())?;
        match media_type(response.headers()).as_str() {
            EVENT_STREAM if matches!(kind, Kind::Unread | Kind::Subscription) => {
                Ok(Posted::Events(response.into_body(), session))
            }
            // The start of a session is waited for here, so that its failures are typed.
            EVENT_STREAM => {
                let text = stream::answer(response.into_body(), id).await?;
                answered(&text, id, kind, session)
            }
            JSON => {
                let body = read(response.into_body(), MAX_ANSWER).await?;
                let text = String::from_utf8(body)
                    .map_err(|_| Failure::Protocol("the answer is not UTF-8".to_owned()))?;
                answered(&text, id, kind, session)
            }
            found => Err(Failure::Protocol(format!(
                "expected an answer of the type {JSON} or {EVENT_STREAM}, found {:?} with HTTP status {}",
                escaped(found),
                response.status().as_u16()
            ))),
        }
    }

    /// Keeps the session id that a server gives, and returns what rmcp is to take for it. The id is as good as a
    /// credential, and rmcp writes what it holds into logs.
    fn take_session_id(&self, headers: &HeaderMap) -> Result<Option<String>, Failure> {
        let Some(id) = headers.get(SESSION_ID) else { return Ok(None) };
        if id.is_empty() || id.len() > 1024 || !id.as_bytes().iter().all(u8::is_ascii_graphic) {
            return Err(Failure::Protocol(
                "the session id is not 1 to 1024 visible ASCII characters".to_owned(),
            ));
        }
        let mut id = id.clone();
        id.set_sensitive(true);
        self.session_id.get_or_init(|| id);
        Ok(Some("kept by the transport".to_owned()))
    }
}

fn answered(text: &str, id: &RequestId, kind: Kind, session: Option<String>) -> Result<Posted, Failure> {
    // Of a batch, the answer: what else is in it came no sooner, and so too late to matter.
    let batch = batch::messages(text)?.unwrap_or_default();
    let answers = |text: &&str| matches!(answer::read(text, Some(id), kind), Ok(Message::Answer(_)));
    let text = batch.into_iter().find(answers).unwrap_or(text);
    match answer::read(text, Some(id), kind)? {
        Message::Answer(message) => Ok(Posted::Answer(message, session)),
        Message::Call | Message::Stray(_) => {
            Err(Failure::Protocol("expected an answer, found another JSON-RPC message".to_owned()))
        }
    }
}

/// A status that says no.
async fn refusal(response: Response, awaited: &Awaited, in_session: bool) -> Result<Posted, Failure> {
    let status = response.status();
    if let Some(failure) = challenge::refusal(status, response.headers()) {
        response.into_body().drain();
        return Err(failure);
    }
    let retry_after = toolgate_http_client::retry_after(response.headers(), SystemTime::now());
    let (parts, body) = response.into_parts();
    let text = String::from_utf8_lossy(&read_prefix(body).await).into_owned();
    let read = answer::read(&text, None, Kind::Unread).ok();
    if read.as_ref().is_some_and(|message| message.is_result()) {
        let reason = format!("a result came with HTTP status {}", status.as_u16());
        return Err(Failure::Protocol(reason));
    }
    let error = read.and_then(Message::into_error);
    if in_session && has_forgotten(status, error.as_ref(), awaited) {
        return Err(Failure::SessionExpired);
    }
    let message = match &error {
        Some((_, error)) => Some(error.message.to_string()),
        None => said::words(&parts.headers, &text),
    };
    let no = Failure::Status { status: status.as_u16(), retry_after, message };
    let Awaited::Answer { id, kind } = awaited else { return Err(no) };
    match error {
        // About load, and not about the request, whatever it is wrapped in.
        Some(_) if status == StatusCode::TOO_MANY_REQUESTS => Err(no),
        Some((_, error)) => {
            Ok(Posted::Answer(Box::new(ServerJsonRpcMessage::error(error, Some(id.clone()))), None))
        }
        None if *kind == Kind::Discover && may_be_old(status) => {
            Ok(of_the_old_generation(id.clone(), format!("HTTP status {}", status.as_u16())))
        }
        None => Err(no),
    }
}

/// Whether the server has forgotten the session and looked no further. The request is sent once more then, so an answer to this
/// very request counts as one (servers exist that answer 404 where a tool, or what it looks for, is not found), unless it says
/// in full what the SDKs say without an id.
fn has_forgotten(
    status: StatusCode,
    error: Option<&(Option<RequestId>, ErrorData)>,
    awaited: &Awaited,
) -> bool {
    let is_own = match (awaited, error) {
        (Awaited::Answer { id, .. }, Some((Some(found), _))) => answer::same(id, found),
        _ => false,
    };
    match (status, error) {
        (StatusCode::NOT_FOUND, Some((_, error))) if is_own => {
            error.code.0 == SESSION_NOT_FOUND && names_session(error)
        }
        (StatusCode::NOT_FOUND, _) => true,
        // Some servers answer 400 where the standard says 404.
        (StatusCode::BAD_REQUEST, Some((None, error))) => {
            UNKNOWN_SESSION.contains(&error.code.0) && names_session(error)
        }
        _ => false,
    }
}

/// Whether the words are those of a server that does not know the session: "No valid session ID provided" and "Invalid session"
/// of servers that are written after the TypeScript SDK's examples, "Session not found" of the SDKs, "Missing session ID" of
/// Python's. After a restart the TypeScript SDK and `@hono/mcp` say "Server not initialized" where one transport serves everybody.
/// A session may also be what a tool is about, so the word alone says nothing.
fn names_session(error: &ErrorData) -> bool {
    let said = error.message.to_ascii_lowercase();
    let said = said.strip_prefix("bad request:").unwrap_or(&said).trim();
    [
        "session not found",
        "session expired",
        "session has expired",
        "invalid session",
        "unknown session",
        "no valid session",
        "missing session",
        "invalid or missing session",
        "mcp-session-id",
        "server not initialized",
    ]
    .iter()
    .any(|words| said.starts_with(words))
}

/// Whether a server that does not know `server/discover` may answer so: any 4xx that is not about load, and the 5xx of a
/// server that stumbles over what it does not know.
fn may_be_old(status: StatusCode) -> bool {
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => false,
        StatusCode::INTERNAL_SERVER_ERROR | StatusCode::NOT_IMPLEMENTED => true,
        status => status.is_client_error(),
    }
}

fn of_the_old_generation(id: RequestId, reason: String) -> Posted {
    Posted::Answer(Box::new(answer::of_the_old_generation(id, reason)), None)
}

pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

async fn read(mut body: Body, max: usize) -> Result<Vec<u8>, Failure> {
    let mut whole = Vec::new();
    while let Some(chunk) = body.chunk().await.map_err(too_large_or)? {
        if whole.len() + chunk.len() > max {
            return Err(Failure::TooLarge { what: "an answer", limit: format!("{} MiB", max >> 20) });
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

/// A cap of the HTTP client is a cap all the same.
pub(super) fn too_large_or(error: HttpError) -> Failure {
    match error {
        HttpError::TooLarge { limit, .. } => {
            Failure::TooLarge { what: "an answer", limit: format!("{limit} bytes") }
        }
        HttpError::EventTooLarge { limit, .. } => {
            Failure::TooLarge { what: "an event", limit: format!("{limit} bytes") }
        }
        error => Failure::Http(error),
    }
}

/// The beginning of an error's body, as far as it comes.
async fn read_prefix(mut body: Body) -> Vec<u8> {
    let mut prefix = Vec::new();
    while let Ok(Some(chunk)) = body.chunk().await {
        prefix.extend_from_slice(&chunk);
        if prefix.len() >= MAX_ERROR {
            prefix.truncate(MAX_ERROR);
            break;
        }
    }
    prefix
}
