//! AWS event stream messages: a length, headers, a payload and two checksums each. AWS's own crate reads them.

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::Message;
use bytes::{Bytes, BytesMut};
use toolgate_http_client::sse::{Event, Limits};

use crate::dialect::{Context, stream};
use crate::{ErrorKind, Provider, ProviderError};

/// Cuts bytes into messages. The type of an event is its name; an exception is the error that it tells of.
pub(in crate::dialect) struct MessageReader {
    limits: Limits,
    buffer: BytesMut,
    seen: usize,
}

impl MessageReader {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, buffer: BytesMut::new(), seen: 0 }
    }

    pub(super) fn push(&mut self, provider: &Provider, bytes: &[u8]) -> Result<(), ProviderError> {
        self.seen = self.seen.saturating_add(bytes.len());
        if self.seen > self.limits.stream {
            return Err(self.too_long(provider));
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn next(&mut self, context: &Context<'_>) -> Result<Option<Event>, ProviderError> {
        let Some(length) = self.buffer.first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > self.limits.event {
            return Err(self.too_long(context.provider));
        }
        if self.buffer.len() < length {
            return Ok(None);
        }
        // A length of nothing is for the reader to refuse; it must not be asked for ever.
        let whole = self.buffer.split_to(length.max(4)).freeze();
        let message = read_message_from(whole).map_err(|error| {
            let what = format!("expected an AWS event stream message, found a broken one: {error}");
            context.provider.error(ErrorKind::MalformedOutput, what)
        })?;
        event(context, &message).map(Some)
    }

    /// The body ended: nothing may be left over.
    pub(super) fn end(&self, provider: &Provider) -> Result<(), ProviderError> {
        if self.buffer.is_empty() { Ok(()) } else { Err(stream::truncated(provider)) }
    }

    fn too_long(&self, provider: &Provider) -> ProviderError {
        let Limits { event, stream, .. } = self.limits;
        let message = format!("expected messages of at most {event} bytes, and {stream} in all; found more");
        provider.error(ErrorKind::MalformedOutput, message)
    }
}

fn event(context: &Context<'_>, message: &Message) -> Result<Event, ProviderError> {
    let text = |wanted: &str| {
        let header = message.headers().iter().find(|header| header.name().as_str() == wanted)?;
        header.value().as_string().ok().map(|text| text.as_str())
    };
    match text(":message-type") {
        Some("exception") => {
            let name = text(":exception-type").unwrap_or_default();
            Err(context.exception(name, message.payload()))
        }
        Some("error") => {
            let said = serde_json::to_vec(text(":error-message").unwrap_or_default()).unwrap_or_default();
            Err(context.exception(text(":error-code").unwrap_or_default(), &said))
        }
        _ => {
            let mut event = Event::default();
            event.name = Bytes::copy_from_slice(text(":event-type").unwrap_or_default().as_bytes());
            event.data = message.payload().clone();
            Ok(event)
        }
    }
}
