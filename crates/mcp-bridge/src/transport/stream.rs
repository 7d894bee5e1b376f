//! Event streams: answers to a POST, and what a server sends unasked (WHATWG HTML section 9.2, MCP basic/transports).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use rmcp::model::RequestId;
use rmcp::transport::streamable_http_client::{AuthRequiredError, SseError, StreamableHttpError};
use sse_stream::{Sse, SseStream};
use toolgate_http_client::{Body, SendOptions};

use crate::failure::Failure;

use super::answer::{self, Kind, Message};
use super::batch;
use super::post::too_large_or;
use super::{
    EVENT_STREAM, HttpExtensions, LAST_EVENT_ID, MAX_ANSWER, Parts, Report, Reported, Wire, WireError,
};

/// The bounds of a server's `retry`, in milliseconds: no busy loop, and no listening that never resumes.
const RETRY: (u64, u64) = (250, 60_000);
/// How many listening streams in a row may end without an event before the server is no longer asked for one.
const MAX_BARREN: u32 = 5;
/// How long a listening stream may last, and be silent.
const LISTENING: Duration = Duration::from_secs(24 * 60 * 60);

type Events = BoxStream<'static, Result<Sse, SseError>>;

/// What a stream is for.
pub(super) enum Expected {
    /// The answer to this request.
    Answer(RequestId),
    /// Anything; the counter of streams that brought nothing.
    Anything(Arc<AtomicU32>),
}

impl Wire {
    /// Opens a listening stream, or resumes one.
    pub(super) async fn listen(
        &self,
        uri: &str,
        in_session: bool,
        last_event_id: Option<String>,
        mut headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, WireError> {
        if self.barren.load(Ordering::Relaxed) >= MAX_BARREN {
            return Err(StreamableHttpError::ServerDoesNotSupportSse);
        }
        if let Some(id) = last_event_id.and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.insert(LAST_EVENT_ID, id);
        }
        headers.insert(header::ACCEPT, HeaderValue::from_static(EVENT_STREAM));
        let extensions = HttpExtensions::default();
        let parts = Parts { in_session, headers, options: lasting(), extensions };
        let response = self
            .send(Method::GET, uri, Vec::new(), parts)
            .await
            .map_err(|failure| self.report.write(failure))?;
        if let Some(refusal) = refusal(response.status()) {
            response.into_body().drain();
            return Err(refusal);
        }
        self.barren.fetch_add(1, Ordering::Relaxed);
        Ok(events(response.into_body(), Expected::Anything(self.barren.clone()), self.report.clone()))
    }
}

/// What a status says about listening, if not yes.
fn refusal(status: StatusCode) -> Option<WireError> {
    match status {
        status if status.is_success() => None,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Some(StreamableHttpError::AuthRequired(AuthRequiredError::new(String::new())))
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Some(StreamableHttpError::Client(Reported))
        }
        status if status.is_client_error() => Some(StreamableHttpError::ServerDoesNotSupportSse),
        _ => Some(StreamableHttpError::Client(Reported)),
    }
}

/// How a stream is requested that lasts.
pub(super) fn lasting() -> SendOptions {
    SendOptions::default().with_idle(LISTENING).with_total(LISTENING).with_max_body(usize::MAX)
}

/// The events of `body`, each bounded and its answers unread. Ends after the answer that is expected, and after the first
/// failure, which goes to `report`.
pub(super) fn events(body: Body, expected: Expected, report: Report) -> Events {
    let parsed = Parsed::new(body, report.clone());
    let checked = stream::unfold(Some((parsed, expected, report)), |state| async {
        let (mut parsed, expected, report) = state?;
        let event = match parsed.events.next().await? {
            Ok(event) => admit(event, &expected).map_err(|failure| {
                report.write(failure);
                SseError::Body(Box::new(Reported))
            }),
            Err(error) => Err(error),
        };
        match event {
            Ok((event, Last(false))) => Some((Ok(event), Some((parsed, expected, report)))),
            Ok((event, Last(true))) => {
                parsed.drain();
                Some((Ok(event), None))
            }
            Err(error) => Some((Err(error), None)),
        }
    });
    checked.boxed()
}

/// The events of a body, each with one message at most.
struct Parsed {
    events: Events,
    answered: Arc<AtomicBool>,
}

impl Parsed {
    fn new(body: Body, report: Report) -> Self {
        let answered = Arc::<AtomicBool>::default();
        let source = Source { body, answered: Arc::clone(&answered) };
        let apart = |event: Result<Sse, SseError>| {
            let (events, error) = match event {
                Ok(event) => (batch::apart(event), None),
                Err(error) => (Vec::new(), Some(error)),
            };
            stream::iter(events.into_iter().map(Ok).chain(error.map(Err)))
        };
        let events = SseStream::from_bytes_stream(bounded(source, report)).flat_map(apart).boxed();
        Self { events, answered }
    }

    /// Lets go of a stream that has said all that is wanted of it, and keeps its connection.
    fn drain(self) {
        self.answered.store(true, Ordering::Relaxed);
    }
}

/// A body that is hung up on when it is dropped, which tells the server to stop, unless it was answered.
struct Source {
    body: Body,
    answered: Arc<AtomicBool>,
}

impl Drop for Source {
    fn drop(&mut self) {
        if self.answered.load(Ordering::Relaxed) {
            std::mem::replace(&mut self.body, Body::from(Bytes::new())).drain();
        }
    }
}

/// The bytes of `source` until a failure, which goes to `report`, or an event that is too large.
fn bounded(source: Source, report: Report) -> BoxStream<'static, Result<Bytes, Reported>> {
    let admitted = stream::unfold(Some((source, EventSize::default(), report)), |state| async {
        let (mut source, mut size, report) = state?;
        let chunk = source.body.chunk().await.map_err(too_large_or).transpose()?;
        match chunk.and_then(|chunk| size.admit(&chunk).map(|()| chunk)) {
            Ok(chunk) => Some((Ok(chunk), Some((source, size, report)))),
            Err(failure) => {
                report.write(failure);
                Some((Err(Reported), None))
            }
        }
    });
    admitted.boxed()
}

/// The text of the answer to `id`, skipping what comes before it.
pub(super) async fn answer(body: Body, id: &RequestId, report: &Report) -> Result<String, Failure> {
    let mut parsed = Parsed::new(body, report.clone());
    while let Some(event) = parsed.events.next().await {
        let broken =
            || report.take().unwrap_or_else(|| Failure::Protocol("the event stream is malformed".to_owned()));
        let Some(text) = event.map_err(|_| broken())?.data else { continue };
        if let Ok(Message::Answer(_)) = answer::read(&text, Some(id), Kind::Unread) {
            parsed.drain();
            return Ok(text);
        }
    }
    Err(Failure::Protocol("the event stream ended before the answer".to_owned()))
}

/// Whether nothing that comes after an event is wanted.
struct Last(bool);

fn admit(mut event: Sse, expected: &Expected) -> Result<(Sse, Last), Failure> {
    event.retry = event.retry.map(|milliseconds| milliseconds.clamp(RETRY.0, RETRY.1));
    let id = match expected {
        Expected::Answer(id) => Some(id),
        Expected::Anything(barren) => {
            barren.store(0, Ordering::Relaxed);
            None
        }
    };
    let is_message = matches!(event.event.as_deref(), None | Some("" | "message"));
    let text = event.data.as_deref().filter(|text| is_message && !text.trim().is_empty());
    let message = text.map(|text| answer::read(text, id, Kind::Unread)).transpose()?;
    let Some(Message::Answer(message)) = message else { return Ok((event, Last(false))) };
    let text = serde_json::to_string(&*message)
        .map_err(|error| Failure::Protocol(format!("the answer cannot be passed on: {error}")))?;
    event.data = Some(text);
    Ok((event, Last(id.is_some())))
}

/// Counts the bytes of one event; an empty line begins the next.
#[derive(Default)]
struct EventSize {
    bytes: usize,
    line: usize,
}

impl EventSize {
    fn admit(&mut self, chunk: &Bytes) -> Result<(), Failure> {
        for byte in chunk {
            match byte {
                b'\n' if self.line == 0 => self.bytes = 0,
                b'\n' => self.line = 0,
                // A line that ends in CR LF is as empty as one that ends in LF.
                b'\r' => {}
                _ => self.line += 1,
            }
            self.bytes += 1;
            if self.bytes > MAX_ANSWER {
                return Err(Failure::TooLarge {
                    what: "an event",
                    limit: format!("{} MiB", MAX_ANSWER >> 20),
                });
            }
        }
        Ok(())
    }
}
