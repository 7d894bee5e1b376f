//! What a container streams, inside AWS event stream messages: their payloads, joined, are the container's own body, cut
//! wherever SageMaker cut it. Some containers send server-sent events, others a JSON text per line; both of a line each.

use toolgate_http_client::sse::{Event, Limits};

use super::aws::MessageReader;
use super::lines::LineReader;
use crate::dialect::Context;
use crate::{Provider, ProviderError};

/// Cuts the payloads of messages into lines, and takes the data out of those that have some.
pub(in crate::dialect) struct PayloadReader {
    messages: MessageReader,
    lines: LineReader,
}

impl PayloadReader {
    pub(super) fn new(limits: Limits) -> Self {
        Self { messages: MessageReader::new(limits), lines: LineReader::new(limits) }
    }

    pub(super) fn push(&mut self, provider: &Provider, bytes: &[u8]) -> Result<(), ProviderError> {
        self.messages.push(provider, bytes)
    }

    pub(super) fn next(&mut self, context: &Context<'_>) -> Result<Option<Event>, ProviderError> {
        loop {
            if let Some(event) = self.lines.next() {
                return Ok(Some(event));
            }
            let Some(message) = self.messages.next(context)? else { return Ok(None) };
            if &*message.name == b"PayloadPart" {
                self.lines.push(context.provider, &message.data)?;
            }
        }
    }

    /// The body ended, and with it the last line.
    pub(super) fn end(&mut self, provider: &Provider) -> Result<(), ProviderError> {
        self.messages.end(provider)?;
        self.lines.push(provider, b"\n")
    }
}
