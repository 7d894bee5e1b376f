//! JSON texts, one per line.

use bytes::{Buf, BytesMut};
use toolgate_http_client::sse::{Event, Limits};

use crate::{ErrorKind, Provider, ProviderError};

/// Cuts bytes into lines. Empty ones are skipped.
pub(in crate::dialect) struct LineReader {
    limits: Limits,
    buffer: BytesMut,
    /// How much of the buffer has no line feed.
    searched: usize,
    seen: usize,
}

impl LineReader {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, buffer: BytesMut::new(), searched: 0, seen: 0 }
    }

    pub(super) fn push(&mut self, provider: &Provider, bytes: &[u8]) -> Result<(), ProviderError> {
        self.seen = self.seen.saturating_add(bytes.len());
        let open = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        if self.seen > self.limits.stream || self.buffer.len() + open > self.limits.event {
            let Limits { event, stream, .. } = self.limits;
            let message = format!("expected lines of at most {event} bytes, and {stream} in all; found more");
            return Err(provider.error(ErrorKind::MalformedOutput, message));
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn next(&mut self) -> Option<Event> {
        loop {
            let rest = self.buffer.get(self.searched..).unwrap_or_default();
            let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.buffer.len();
                return None;
            };
            let mut event = Event::default();
            event.data = self.buffer.split_to(self.searched + length).freeze();
            self.buffer.advance(1);
            self.searched = 0;
            if event.data.ends_with(b"\r") {
                event.data.truncate(event.data.len() - 1);
            }
            if !event.data.is_empty() {
                return Some(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;

    fn read(limits: Limits, pieces: &[&str]) -> Result<Vec<String>, ProviderError> {
        let provider = Provider::new("p", "https://models.example", Dialect::OpenAiChat).unwrap();
        let mut reader = LineReader::new(limits);
        let mut lines = Vec::new();
        for piece in pieces {
            reader.push(&provider, piece.as_bytes())?;
            while let Some(event) = reader.next() {
                lines.push(String::from_utf8(event.data.to_vec()).unwrap());
            }
        }
        Ok(lines)
    }

    #[test]
    fn lines_come_out_whole_whatever_the_pieces() {
        let text = "{\"a\":1}\r\n\n{\"b\":\"ü\"}\n{\"c\":";
        let whole = read(Limits::default(), &[text]).unwrap();
        assert_eq!(whole, ["{\"a\":1}", "{\"b\":\"ü\"}"]);
        for place in (0..text.len()).filter(|place| text.is_char_boundary(*place)) {
            let (start, end) = text.split_at(place);
            assert_eq!(read(Limits::default(), &[start, end]).unwrap(), whole, "{place}");
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let limits = Limits::default().with_event(4);
        assert_eq!(read(limits, &["1234\n", "12", "34\n"]).unwrap(), ["1234", "1234"]);
        assert!(read(limits, &["12", "345"]).unwrap_err().to_string().contains("at most 4 bytes"));
    }
}
