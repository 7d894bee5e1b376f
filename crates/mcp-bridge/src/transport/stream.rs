//! Event streams: answers to a POST, and what a server sends unasked (WHATWG HTML section 9.2, MCP basic/transports).

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use rmcp::model::RequestId;
use rmcp::transport::streamable_http_client::{AuthRequiredError, SseError, StreamableHttpError};
use sse_stream::Sse;
use tokio::task::coop::consume_budget;
use tokio::time::Instant;
use toolgate_http_client::sse::{Event, EventReader, Limits};
use toolgate_http_client::{Body, Response, SendOptions};

use crate::failure::Failure;

use super::answer::{self, Kind, Message};
use super::barren::Barren;
use super::batch;
use super::post::too_large_or;
use super::unasked::Unanswered;
use super::{EVENT_STREAM, LAST_EVENT_ID, MAX_ANSWER, Parts, Report, Reported, Wire, WireError};

/// The least of a server's `retry`: no busy loop. The most is the reader's.
const SHORTEST_RETRY: Duration = Duration::from_millis(250);
/// How long a listening stream may last, and be silent.
const LISTENING: Duration = Duration::from_secs(24 * 60 * 60);

type Events = BoxStream<'static, Result<Sse, SseError>>;

/// What a stream is for.
pub(super) enum Expected {
    /// The answer to this request.
    Answer(RequestId),
    /// Anything; where it is noted that something came.
    Anything(Barren),
}

impl Wire {
    /// Opens a listening stream for rmcp, or resumes one.
    pub(super) async fn listen(
        &self,
        uri: &str,
        in_session: bool,
        last_event_id: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, WireError> {
        if self.barren.is_over() {
            return Err(StreamableHttpError::ServerDoesNotSupportSse);
        }
        let parts =
            Parts { in_session, headers: headers.into_iter().collect(), extensions: http::Extensions::new() };
        let asked = Instant::now();
        let behind = last_event_id.as_deref().and_then(position);
        let response = self
            .get(uri, behind.as_ref(), parts, lasting())
            .await
            .map_err(|failure| self.report.write(failure))?;
        if let Some(refusal) = refusal(response.status()) {
            response.into_body().drain();
            return Err(refusal);
        }
        // What changed between two streams, nobody told, unless the second goes on behind the first.
        if !self.barren.begin(asked) && behind.is_none() {
            self.tools_changed.store(true, Ordering::Release);
        }
        let expected = Expected::Anything(self.barren.clone());
        Ok(events(response.into_body(), expected, self.unanswered.clone(), self.report.clone()))
    }

    /// Asks for a stream of events, for those behind the [`position`] where there is one.
    pub(super) async fn get(
        &self,
        uri: &str,
        behind: Option<&HeaderValue>,
        mut parts: Parts,
        options: SendOptions,
    ) -> Result<Response, Failure> {
        if let Some(id) = behind {
            parts.headers.insert(LAST_EVENT_ID, id.clone());
        }
        parts.headers.insert(header::ACCEPT, HeaderValue::from_static(EVENT_STREAM));
        self.send(Method::GET, uri, Vec::new(), options, parts).await
    }
}

/// The id of an event as it is sent to resume behind it (WHATWG HTML section 9.2.3: in UTF-8). One with controls in it cannot be.
pub(super) fn position(id: &str) -> Option<HeaderValue> {
    HeaderValue::from_bytes(id.as_bytes()).ok()
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

/// How a stream is requested that lasts. Behind nginx even the head of its answer comes with the first event alone.
pub(super) fn lasting() -> SendOptions {
    SendOptions::default()
        .with_first_byte(LISTENING)
        .with_idle(LISTENING)
        .with_total(LISTENING)
        .with_max_body(usize::MAX)
}

/// The events of `body`, each bounded and its answers unread. Ends after the answer that is expected, and after the first
/// failure, which goes to `report`.
pub(super) fn events(body: Body, expected: Expected, unanswered: Unanswered, report: Report) -> Events {
    let state = (Messages::new(body), expected, unanswered, report);
    let checked = stream::unfold(Some(state), |state| async {
        let (mut messages, expected, unanswered, report) = state?;
        match messages.next().await.transpose()?.and_then(|event| admit(event, &expected, &unanswered)) {
            Ok((event, Last(false))) => Some((Ok(event), Some((messages, expected, unanswered, report)))),
            Ok((event, Last(true))) => {
                messages.drain();
                Some((Ok(event), None))
            }
            Err(failure) => {
                report.write(failure);
                Some((Err(SseError::Body(Box::new(Reported))), None))
            }
        }
    });
    checked.boxed()
}

/// A body read as events, each with one message at most. Dropped, it hangs up, which tells the server to stop.
pub(super) struct Messages {
    body: Body,
    reader: EventReader,
    /// The rest of a batch.
    ready: VecDeque<Sse>,
    taken: usize,
}

impl Messages {
    pub(super) fn new(body: Body) -> Self {
        let limits = Limits::default().with_line(MAX_ANSWER).with_event(MAX_ANSWER).with_stream(usize::MAX);
        Self { body, reader: EventReader::new(limits), ready: VecDeque::new(), taken: 0 }
    }

    /// How many bytes have come.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// The next event, or `None` at the end. Nothing is lost when this is dropped.
    pub(super) async fn next(&mut self) -> Result<Option<Sse>, Failure> {
        loop {
            // Thousands of events may lie in one piece of the body, and the next piece may be there already: deadlines are to
            // have their turn all the same.
            consume_budget().await;
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if let Some(event) = self.reader.next().map_err(too_large_or)? {
                self.ready = batch::apart(self.as_rmcp_has_it(event)?)?.into();
            } else if let Some(chunk) = self.body.chunk().await.map_err(too_large_or)? {
                self.taken = self.taken.saturating_add(chunk.len());
                self.reader.push(chunk).map_err(too_large_or)?;
            } else {
                return Ok(None);
            }
        }
    }

    /// Reads what may come behind the last event that is wanted, so that the connection can be used again.
    pub(super) fn drain(self) {
        self.body.drain();
    }

    fn as_rmcp_has_it(&self, event: Event) -> Result<Sse, Failure> {
        let text = |bytes: Bytes| {
            let text = String::from_utf8(bytes.into());
            text.map_err(|_| Failure::Protocol("an event is not UTF-8".to_owned()))
        };
        let retry = self.reader.retry().map(|asked| asked.max(SHORTEST_RETRY).as_millis());
        Ok(Sse {
            event: Some(text(event.name)?),
            data: Some(text(event.data)?),
            id: Some(text(event.id)?).filter(|id| !id.is_empty()),
            retry: retry.and_then(|milliseconds| u64::try_from(milliseconds).ok()),
        })
    }
}

/// The text of the answer to `id`, skipping what comes before it.
pub(super) async fn answer(body: Body, id: &RequestId) -> Result<String, Failure> {
    let mut messages = Messages::new(body);
    while let Some(event) = messages.next().await? {
        let Some(text) = event.data else { continue };
        if let Ok(Message::Answer(_)) = answer::read(&text, Some(id), Kind::Unread) {
            messages.drain();
            return Ok(text);
        }
    }
    Err(Failure::Protocol("the event stream ended before the answer".to_owned()))
}

/// The JSON-RPC message that an event brings. Others prime a stream, or are of another kind.
pub(super) fn message(event: &Sse) -> Option<&str> {
    let is_message = matches!(event.event.as_deref(), None | Some("" | "message"));
    event.data.as_deref().filter(|text| is_message && !text.trim().is_empty())
}

/// Whether nothing that comes after an event is wanted.
struct Last(bool);

fn admit(mut event: Sse, expected: &Expected, unanswered: &Unanswered) -> Result<(Sse, Last), Failure> {
    let id = match expected {
        Expected::Answer(id) => Some(id),
        Expected::Anything(barren) => {
            barren.bore();
            None
        }
    };
    let text = message(&event);
    let message = match text.map(|text| answer::read(text, id, Kind::Unread)).transpose()? {
        Some(Message::Answer(message)) => message,
        Some(Message::Call) => {
            if !text.map_or(Ok(true), |text| unanswered.note(text))? {
                event.data = None;
            }
            return Ok((event, Last(false)));
        }
        _ => return Ok((event, Last(false))),
    };
    let text = serde_json::to_string(&*message)
        .map_err(|error| Failure::Protocol(format!("the answer cannot be passed on: {error}")))?;
    event.data = Some(text);
    Ok((event, Last(id.is_some())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// nginx sends it with the first event, and that may come in hours.
    #[test]
    fn the_head_of_a_stream_may_be_as_late_as_its_first_event() {
        assert_eq!((lasting().first_byte, lasting().idle), (LISTENING, LISTENING));
    }
}
