//! The stream that a call's answer comes on, asked for again where it breaks off (MCP 2025-11-25, basic/transports,
//! "Resumability and Redelivery").

use std::time::Duration;

use http::StatusCode;
use sse_stream::Sse;
use tokio::time::sleep;
use toolgate_http_client::Body;

use crate::failure::Failure;

use super::stream::{self, Messages};
use super::{MAX_STREAM, Parts, Wire};

/// How often in a row a stream that broke off is asked for again.
const MAX_RESUMES: u32 = 5;
/// How long that waits where the server does not say; twice as long each time.
const PAUSE: Duration = Duration::from_secs(1);

/// The stream of one call, and those that go on for it.
pub(super) struct Resumable<'a> {
    wire: &'a Wire,
    url: &'a str,
    parts: &'a Parts,
    messages: Messages,
    /// How many bytes came on the streams before this one.
    before: usize,
    last_event: Option<String>,
    /// How long the server wants to be left alone before it is asked.
    pause: Option<Duration>,
}

impl<'a> Resumable<'a> {
    pub(super) fn new(wire: &'a Wire, url: &'a str, parts: &'a Parts, body: Body) -> Self {
        let messages = Messages::new(body);
        Self { wire, url, parts, messages, before: 0, last_event: None, pause: None }
    }

    /// What comes next on this stream, for [`go_on`](Self::go_on). Nothing is lost when this is dropped.
    pub(super) async fn next(&mut self) -> Result<Option<Sse>, Failure> {
        self.messages.next().await
    }

    /// The event that came; `None` where the stream broke off and another one goes on for it.
    pub(super) async fn go_on(&mut self, next: Result<Option<Sse>, Failure>) -> Result<Option<Sse>, Failure> {
        let broken = match next {
            Ok(Some(mut event)) => {
                self.last_event = event.id.take().or(self.last_event.take());
                self.pause = event.retry.map(Duration::from_millis).or(self.pause);
                return Ok(Some(event));
            }
            Ok(None) => Failure::Lost("the connection closed before the answer"),
            Err(failure) => failure,
        };
        let is_cut = matches!(broken, Failure::Http(_) | Failure::Lost(_));
        let Some(last) = self.last_event.as_deref().filter(|_| is_cut) else { return Err(broken) };
        // However many streams it takes, what they bring is bounded as one is.
        self.before += self.messages.taken();
        if self.before >= MAX_STREAM {
            let limit = format!("{} MiB of events", MAX_STREAM >> 20);
            return Err(Failure::TooLarge { what: "a call", limit });
        }
        self.messages = resumed(self.wire, self.url, self.parts, last, self.pause).await?;
        Ok(None)
    }

    /// Reads what may come behind the last event that is wanted, so that the connection can be used again.
    pub(super) fn drain(self) {
        self.messages.drain();
    }
}

/// The stream that goes on behind the event `last`. The request was sent, so no failure may say that it was not.
async fn resumed(
    wire: &Wire,
    url: &str,
    parts: &Parts,
    last: &str,
    pause: Option<Duration>,
) -> Result<Messages, Failure> {
    // Without it, the server would begin another stream, on which the answer does not come.
    let Some(behind) = stream::position(last) else {
        return Err(Failure::Lost("the event stream broke off behind an event whose id no header can carry"));
    };
    for attempt in 0..MAX_RESUMES {
        sleep(pause.unwrap_or(PAUSE * 2_u32.pow(attempt))).await;
        let options = stream::lasting().with_max_body(MAX_STREAM);
        match wire.get(url, Some(&behind), parts.clone(), options).await {
            Ok(response) if response.status().is_success() => {
                return Ok(Messages::new(response.into_body()));
            }
            Ok(response) => {
                let status = response.status();
                response.into_body().drain();
                if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
                    break;
                }
            }
            Err(failure) => tracing::debug!(?failure, "an event stream could not be resumed yet"),
        }
    }
    Err(Failure::Lost("the event stream broke off before the answer, and cannot be resumed"))
}
