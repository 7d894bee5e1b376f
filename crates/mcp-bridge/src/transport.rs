//! Streamable HTTP over the workspace's own client, and stdio (MCP 2026-07-28 and 2025-11-25, basic/transports).
//!
//! rmcp keeps sessions and matches answers to requests; every byte goes through here. Three things are done that rmcp
//! does not do: an answer must belong to the request that was posted, each failure is reported with its cause, and the
//! results of `tools/list` and `tools/call` pass through unread, so that one odd item does not cost the whole. Over HTTP,
//! calls go past rmcp ([`Calls`]).

mod answer;
mod barren;
mod batch;
mod calls;
mod challenge;
mod listening;
mod post;
mod report;
mod resumable;
mod said;
#[cfg(feature = "stdio")]
mod stdio;
mod stream;
mod unasked;
mod unread;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::stream::BoxStream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use rmcp::model::{ClientJsonRpcMessage, ErrorData};
use rmcp::transport::common::client_side_sse::ExponentialBackoff;
use rmcp::transport::streamable_http_client::{
    SseError, StreamableHttpClient, StreamableHttpClientTransport, StreamableHttpClientTransportConfig,
    StreamableHttpError, StreamableHttpPostResponse, StreamableHttpResponseLimits,
};
use serde::Serialize;
use sse_stream::Sse;
use toolgate_http_client::{HttpClient, Request, Response, SendOptions};

use crate::Server;
use crate::failure::Failure;

pub(crate) use self::barren::Barren;
pub(crate) use self::calls::{Call, Calls, Params};
use self::listening::{Attempts, Listening};
use self::unasked::Unanswered;
pub(crate) use report::{Report, Reported};
#[cfg(feature = "stdio")]
pub(crate) use stdio::Process;
#[cfg(feature = "stdio")]
pub use stdio::StdioCommand;
pub(crate) use unread::take_unread;

/// The largest answer, as JSON or as one event.
const MAX_ANSWER: usize = 16 << 20;
/// The most bytes of one response stream, all events together.
const MAX_STREAM: usize = 4 * MAX_ANSWER;
/// The most requests of one session that wait for their response's headers.
const MAX_CONCURRENT: usize = 128;

const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");
const EVENT_STREAM: &str = "text/event-stream";
const JSON: &str = "application/json";

type WireError = StreamableHttpError<Reported>;

/// What rmcp marks an error with that it made itself.
const TRANSPORT_CLOSED: &str = "io.modelcontextprotocol/transportClosed";

/// The HTTP transport of one session. What goes wrong outside of a request of ours is written to `report`; `tools_changed` is
/// set where the server may have told of a change in vain.
pub(crate) fn open(
    server: &Server,
    url: &Arc<str>,
    http: &Arc<dyn HttpClient>,
    report: Report,
    tools_changed: &Arc<AtomicBool>,
) -> (StreamableHttpClientTransport<Wire>, Calls) {
    let mut retry = ExponentialBackoff::default();
    retry.max_times = Some(5);
    retry.max_delay = Some(Duration::from_secs(30));
    // A new session is ours to open: rmcp's own would cut off all other requests of the old one.
    let mut config = StreamableHttpClientTransportConfig::with_uri(url.clone())
        .max_concurrent_requests(MAX_CONCURRENT)
        .max_sse_event_size(MAX_ANSWER)
        .max_json_response_size(MAX_ANSWER)
        .reinit_on_expired_session(false);
    config.retry_config = Arc::new(retry);
    let (attempts, session_id) = (Attempts::default(), Arc::default());
    let listening = Listening { attempts: attempts.clone(), session_id: Arc::clone(&session_id) };
    let wire = Wire {
        http: http.clone(),
        timeout: server.call_timeout,
        longest: server.longest_call,
        session_id,
        attempts,
        barren: Barren::default(),
        tools_changed: tools_changed.clone(),
        unanswered: Unanswered::default(),
        report,
    };
    let calls = Calls::new(wire.clone(), url.clone(), listening);
    (StreamableHttpClientTransport::with_client(wire, config), calls)
}

/// Whether no server sent this error: it stands for an answer that broke off.
pub(crate) fn is_synthetic(error: &ErrorData) -> bool {
    error.data.as_ref().is_some_and(|data| data.get(TRANSPORT_CLOSED).is_some())
}

/// rmcp's HTTP client, made of ours.
#[derive(Clone)]
pub(crate) struct Wire {
    http: Arc<dyn HttpClient>,
    timeout: Duration,
    longest: Duration,
    /// The id of the session, once there is one.
    session_id: Arc<OnceLock<HeaderValue>>,
    attempts: Attempts,
    /// Listening streams that ended without an event.
    barren: Barren,
    tools_changed: Arc<AtomicBool>,
    /// What the server asks on those.
    unanswered: Unanswered,
    report: Report,
}

impl Wire {
    async fn send(
        &self,
        method: Method,
        uri: &str,
        body: Vec<u8>,
        options: SendOptions,
        parts: Parts,
    ) -> Result<Response, Failure> {
        let built =
            http::Request::builder().method(method).uri(uri).header(header::ACCEPT, BOTH).body(body.into());
        let mut request: Request = built
            .map_err(|_| Failure::Protocol("the request cannot be built from the server's URL".to_owned()))?;
        let headers = request.headers_mut();
        headers.extend(parts.headers);
        if let Some(id) = self.session_id.get().filter(|_| parts.in_session) {
            headers.insert(SESSION_ID, id.clone());
        }
        request.extensions_mut().extend(parts.extensions);
        options.attach(&mut request);
        self.http.send(request).await.map_err(Failure::Http)
    }
}

/// A message as it is sent.
fn written(message: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(message)
        .map_err(|error| Failure::Protocol(format!("the request cannot be written: {error}")))
}

/// What a request carries besides its body.
#[derive(Clone)]
struct Parts {
    in_session: bool,
    headers: HeaderMap,
    extensions: http::Extensions,
}

impl StreamableHttpClient for Wire {
    type Error = Reported;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, WireError> {
        let limits = StreamableHttpResponseLimits::default();
        self.post_message_with_response_limits(uri, message, session_id, auth_header, custom_headers, limits)
            .await
    }

    // The limits are the constants above, whatever rmcp passes on; the token is the HTTP client's.
    async fn post_message_with_response_limits(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
        _: StreamableHttpResponseLimits,
    ) -> Result<StreamableHttpPostResponse, WireError> {
        let report = Report::of(&message).unwrap_or_else(|| self.report.clone());
        let _sent = self.unanswered.sending(&message);
        self.post(&uri, &message, session_id.is_some(), custom_headers, &report)
            .await
            .map_err(|failure| report.write(failure))
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        _: Arc<str>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), WireError> {
        let extensions = http::Extensions::new();
        let parts = Parts { in_session: true, headers: headers.into_iter().collect(), extensions };
        // Whatever the server says, the session is over for us.
        self.send(Method::DELETE, &uri, Vec::new(), SendOptions::default(), parts)
            .await
            .map(|response| response.into_body().drain())
            .map_err(|failure| self.report.write(failure))
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        _: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, WireError> {
        let stream = self.listen(&uri, session_id.is_some(), last_event_id, headers).await;
        self.attempts.note();
        stream
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
        _: usize,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, WireError> {
        self.get_stream(uri, session_id, last_event_id, auth_header, headers).await
    }
}
