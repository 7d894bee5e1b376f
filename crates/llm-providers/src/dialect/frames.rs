//! A streamed body as events, whatever its framing and whatever pieces it comes in.

mod aws;
mod lines;
mod payload;

use bytes::Bytes;
use serde::de::IgnoredAny;
use toolgate_http_client::sse::{Event, EventReader, Limits};

use self::aws::MessageReader;
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
}

/// Cuts a body. What has no name of its own gives events without one.
pub(super) enum Frames {
    Events(Box<EventReader>),
    Lines(LineReader),
    Aws(MessageReader),
    Payload(PayloadReader),
}

impl Frames {
    pub(super) fn new(framing: Framing) -> Self {
        let limits = Limits::default();
        match framing {
            Framing::Events => Self::Events(Box::new(EventReader::new(limits))),
            Framing::Lines | Framing::Whole => Self::Lines(LineReader::new(limits)),
            Framing::AwsEventStream => Self::Aws(MessageReader::new(limits)),
            Framing::AwsPayload => Self::Payload(PayloadReader::new(limits)),
        }
    }

    /// Takes the next piece of the body.
    pub(super) fn push(&mut self, provider: &Provider, bytes: Bytes) -> Result<(), ProviderError> {
        match self {
            Self::Events(events) => {
                events.push(bytes).map_err(|error| ProviderError::transport(provider.id(), error))
            }
            Self::Lines(lines) => lines.push(provider, &bytes),
            Self::Aws(messages) => messages.push(provider, &bytes),
            Self::Payload(payload) => payload.push(provider, &bytes),
        }
    }

    /// The next event that is whole.
    pub(super) fn next(&mut self, context: &Context<'_>) -> Result<Option<Event>, ProviderError> {
        match self {
            Self::Events(events) => {
                events.next().map_err(|error| ProviderError::transport(context.provider.id(), error))
            }
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
            Self::Events(_) => self.push(provider, Bytes::from_static(b"\n\n")),
            Self::Lines(_) => self.push(provider, Bytes::from_static(b"\n")),
            Self::Aws(messages) => messages.end(provider),
            Self::Payload(payload) => payload.end(provider),
        }
    }
}

/// Whether a body begins as server-sent events do, and no JSON text does.
pub(super) fn are_events(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    ["data:", "event:", "id:", "retry:", ":"].iter().any(|start| body.starts_with(start.as_bytes()))
}

/// Whether an event that its sender did not end is all there.
pub(super) fn is_whole(event: &Event) -> bool {
    event.data == DONE || is_json(&event.data)
}

/// Whether this is one JSON text, and all of it.
pub(super) fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}
