//! A streamed body as events, whatever its framing and whatever pieces it comes in.

mod aws;
mod events;
mod lines;
mod payload;

use bytes::Bytes;
use serde::de::IgnoredAny;
use toolgate_http_client::sse::{Event, Limits};

use self::aws::MessageReader;
use self::events::BodyReader;
use self::lines::LineReader;
use self::payload::PayloadReader;
use super::Context;
use super::stream::DONE;
use crate::access::JSON;
use crate::{Provider, ProviderError};

/// How a streamed answer is cut into pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events (WHATWG HTML section 9.2).
    Events,
    /// A JSON text per line.
    Lines,
    /// Not at all: the answer comes whole, as a JSON text.
    Whole,
    /// Binary messages with checksums (AWS's `application/vnd.amazon.eventstream`).
    AwsEventStream,
    /// The same, and what they hold is cut as the one who sends through them wants it: events or lines.
    AwsPayload,
}

impl Framing {
    /// The media type that is asked for.
    pub(crate) fn accept(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream",
            Self::Lines => "application/x-ndjson",
            Self::Whole => JSON,
            Self::AwsEventStream | Self::AwsPayload => "application/vnd.amazon.eventstream",
        }
    }

    /// Whether a body that was to be a whole answer is a stream of events, by how it begins: no JSON text does so.
    pub(super) fn are_events(self, body: &[u8]) -> bool {
        self.is_text() && lines::is_field(body.trim_ascii_start())
    }

    /// Whether a body that is no whole answer is the pieces of one, a line each.
    pub(super) fn are_lines(self, body: &[u8]) -> bool {
        self.is_text() && are_lines(body) == Some(true)
    }

    fn is_text(self) -> bool {
        matches!(self, Self::Events | Self::Lines)
    }
}

/// The longest line or event: a picture that a model drew is one. As much as a whole answer may have.
const LONGEST: usize = 16 << 20;

/// Cuts a body. What has no name of its own gives events without one.
pub(super) enum Frames {
    Events(Box<BodyReader>),
    Lines(LineReader),
    Aws(MessageReader),
    Payload(PayloadReader),
}

impl Frames {
    pub(super) fn new(framing: Framing) -> Self {
        let limits = Limits::default().with_line(LONGEST).with_event(LONGEST);
        match framing {
            Framing::Events => Self::Events(Box::new(BodyReader::new(limits))),
            Framing::Lines | Framing::Whole => Self::Lines(LineReader::new(limits)),
            Framing::AwsEventStream => Self::Aws(MessageReader::new(limits)),
            Framing::AwsPayload => Self::Payload(PayloadReader::new(limits)),
        }
    }

    /// Takes the next piece of the body.
    pub(super) fn push(&mut self, provider: &Provider, bytes: Bytes) -> Result<(), ProviderError> {
        match self {
            Self::Events(events) => events.push(provider, bytes),
            Self::Lines(lines) => lines.push(provider, &bytes),
            Self::Aws(messages) => messages.push(provider, &bytes),
            Self::Payload(payload) => payload.push(provider, &bytes),
        }
    }

    /// The next event that is whole.
    pub(super) fn next(&mut self, context: &Context<'_>) -> Result<Option<Event>, ProviderError> {
        match self {
            Self::Events(events) => events.next(context.provider),
            Self::Lines(lines) => Ok(lines.next()),
            Self::Aws(messages) => messages.next(context),
            Self::Payload(payload) => payload.next(context),
        }
    }

    /// What the body has outside of its events.
    pub(super) fn stray(&self) -> &[u8] {
        match self {
            Self::Events(events) => events.stray(),
            Self::Lines(_) | Self::Aws(_) | Self::Payload(_) => b"",
        }
    }

    /// Takes note that the body ended. What then still comes from [`next`](Self::next) was not ended by its sender, as
    /// some do with their last event: it counts if it [is whole](is_whole).
    pub(super) fn end(&mut self, provider: &Provider) -> Result<(), ProviderError> {
        match self {
            Self::Events(events) => events.end(provider),
            Self::Lines(_) => self.push(provider, Bytes::from_static(b"\n")),
            Self::Aws(messages) => messages.end(provider),
            Self::Payload(payload) => payload.end(provider),
        }
    }
}

/// Whether a body is a JSON text per line: its first line is one, and another begins after it. Not known of a body of which
/// no second line has begun.
fn are_lines(body: &[u8]) -> Option<bool> {
    let body = body.trim_ascii_start();
    let end = body.iter().position(|byte| *byte == b'\n')?;
    let (first, rest) = body.split_at_checked(end)?;
    rest.trim_ascii_start().first().map(|begun| *begun == b'{' && is_json(first))
}

/// Whether an event that its sender did not end is all there.
pub(super) fn is_whole(event: &Event) -> bool {
    event.data == DONE || is_json(&event.data)
}

/// Whether this is one JSON text, and all of it.
pub(super) fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}
