//! JSON texts, one per line, bare or as the data of a server-sent event of one line.

use bytes::{Buf, Bytes, BytesMut};
use toolgate_http_client::sse::{Event, Limits};

use crate::{ErrorKind, Provider, ProviderError};

/// Cuts bytes into lines. Empty ones are skipped, and what an event has beside its data.
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
            if let Some(data) = data(&event.data) {
                event.data = data;
                return Some(event);
            }
        }
    }
}

/// The fields of a server-sent event (WHATWG HTML section 9.2), and what a comment begins with.
const FIELDS: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];

/// Whether a line is one of a server-sent event.
pub(super) fn is_field(line: &[u8]) -> bool {
    FIELDS.iter().any(|field| line.starts_with(field))
}

/// The data of a line: all of it, or what follows the name of the field; nothing of other fields and of comments.
fn data(line: &Bytes) -> Option<Bytes> {
    let data = line.strip_prefix(b"data:").map(<[u8]>::trim_ascii_start);
    match data {
        Some(data) => Some(line.slice_ref(data)),
        None => (!line.is_empty() && !is_field(line)).then(|| line.clone()),
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
    fn the_data_of_an_event_is_a_line_too() {
        let text = "event: message\nid: 7\ndata: {\"a\":1}\n\n: hello\ndata:{\"b\":2}\nretry: 3\nno JSON\n";
        assert_eq!(read(Limits::default(), &[text]).unwrap(), ["{\"a\":1}", "{\"b\":2}", "no JSON"]);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let limits = Limits::default().with_event(4);
        assert_eq!(read(limits, &["1234\n", "12", "34\n"]).unwrap(), ["1234", "1234"]);
        assert!(read(limits, &["12", "345"]).unwrap_err().to_string().contains("at most 4 bytes"));
    }
}
