//! Server-sent events, and what servers send that only call it so: a JSON text per line, events without an empty line
//! between them, a field's name twice. Clients that read a body line by line never notice.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};
use toolgate_http_client::sse::{Event, EventReader, Limits};

use super::lines::LineReader;
use super::{are_lines, is_whole};
use crate::{Provider, ProviderError};

/// As much is held back until the body tells. Where its first line is longer, it is one answer, and no piece of one.
const LONGEST_HEAD: usize = 64 << 10;

/// Cuts a body into events, however it marks them.
pub(in crate::dialect) struct BodyReader {
    events: EventReader,
    /// Reads the body instead, where it is made of lines.
    lines: Option<LineReader>,
    /// What came before the body could be told from lines.
    head: Option<BytesMut>,
    /// What came as one event with the last one given.
    waiting: VecDeque<Event>,
    limits: Limits,
}

impl BodyReader {
    pub(super) fn new(limits: Limits) -> Self {
        let events = EventReader::new(limits);
        Self { events, lines: None, head: Some(BytesMut::new()), waiting: VecDeque::new(), limits }
    }

    pub(super) fn push(&mut self, provider: &Provider, bytes: Bytes) -> Result<(), ProviderError> {
        let Some(mut head) = self.head.take() else { return self.pass(provider, bytes) };
        // Most bodies tell by their first letter, and are not copied.
        if head.is_empty() && begins_otherwise(&bytes) {
            return self.pass(provider, bytes);
        }
        head.extend_from_slice(&bytes);
        // Of a body that comes in one piece no more is looked at than of the same in small ones.
        let looked_at = head.get(..LONGEST_HEAD).unwrap_or(&head);
        let told = if begins_otherwise(looked_at) { Some(false) } else { are_lines(looked_at) };
        if told.is_none() && head.len() < LONGEST_HEAD {
            self.head = Some(head);
            return Ok(());
        }
        self.lines = (told == Some(true)).then(|| LineReader::new(self.limits));
        self.pass(provider, head.freeze())
    }

    pub(super) fn next(&mut self, provider: &Provider) -> Result<Option<Event>, ProviderError> {
        if let Some(event) = self.waiting.pop_front() {
            return Ok(Some(event));
        }
        let next = match &mut self.lines {
            Some(lines) => Ok(lines.next()),
            None => self.events.next(),
        };
        let mut event = next.map_err(|error| ProviderError::transport(provider.id(), error))?;
        if let Some(event) = &mut event {
            while event.data.starts_with(b"data:") {
                event.data.advance(b"data:".len());
                event.data = event.data.slice_ref(event.data.trim_ascii_start());
            }
            // Lines that were joined are a copy that nobody else has: others are not searched.
            if event.data.is_unique() && event.data.contains(&b'\n') {
                self.part(event);
            }
        }
        Ok(event)
    }

    pub(super) fn stray(&self) -> &[u8] {
        self.events.stray()
    }

    pub(super) fn end(&mut self, provider: &Provider) -> Result<(), ProviderError> {
        if let Some(head) = self.head.take() {
            self.pass(provider, head.freeze())?;
        }
        self.pass(provider, Bytes::from_static(b"\n\n"))
    }

    fn pass(&mut self, provider: &Provider, bytes: Bytes) -> Result<(), ProviderError> {
        match &mut self.lines {
            Some(lines) => lines.push(provider, &bytes),
            None => self.events.push(bytes).map_err(|error| ProviderError::transport(provider.id(), error)),
        }
    }

    /// Takes an event apart whose lines are a whole event each. One JSON text over several lines is none of these.
    fn part(&mut self, event: &mut Event) {
        let lines = event.data.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let lines = lines.filter(|line| !line.is_empty());
        let all = lines.map(|line| {
            let mut one = event.clone();
            one.data = event.data.slice_ref(line);
            one
        });
        let mut all: VecDeque<Event> = all.collect();
        if !is_whole(event) && all.iter().all(is_whole) {
            if let Some(first) = all.pop_front() {
                *event = first;
            }
            self.waiting = all;
        }
    }
}

/// Whether a body that begins like this is no JSON object.
fn begins_otherwise(body: &[u8]) -> bool {
    body.trim_ascii_start().first().is_some_and(|first| *first != b'{')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;

    fn read(pieces: &[&str]) -> (Vec<String>, String) {
        let provider = Provider::new("p", "https://models.example", Dialect::OpenAiChat).unwrap();
        let mut reader = BodyReader::new(Limits::default());
        let mut found = Vec::new();
        let mut drain = |reader: &mut BodyReader| {
            while let Some(event) = reader.next(&provider).unwrap() {
                found.push(String::from_utf8(event.data.to_vec()).unwrap());
            }
        };
        for piece in pieces {
            reader.push(&provider, Bytes::copy_from_slice(piece.as_bytes())).unwrap();
            drain(&mut reader);
        }
        reader.end(&provider).unwrap();
        drain(&mut reader);
        (found, String::from_utf8(reader.stray().to_vec()).unwrap())
    }

    /// What is held back is given before the end of the body: an event that is ended counts as that.
    #[test]
    fn events_after_an_empty_line_are_not_held_back() {
        let provider = Provider::new("p", "https://models.example", Dialect::OpenAiChat).unwrap();
        let mut reader = BodyReader::new(Limits::default());
        for piece in ["\n", "data: x\n\n"] {
            reader.push(&provider, Bytes::from(piece)).unwrap();
        }
        assert_eq!(reader.next(&provider).unwrap().unwrap().data, "x");
    }

    /// A long first line, or a long space behind it, is not told otherwise by a body that comes at once.
    #[test]
    fn pieces_change_nothing_in_what_is_looked_at() {
        let (long, space) = ("x".repeat(LONGEST_HEAD), " ".repeat(LONGEST_HEAD));
        for text in [format!("{{\"a\":\"{long}\"}}\n{{}}\n"), format!("{{}}\n{space}\n{{}}\n")] {
            let (start, end) = text.split_at(LONGEST_HEAD - 1);
            let (middle, end) = end.split_at(1);
            assert_eq!(read(&[&text]), read(&[start, middle, end]));
        }
    }

    #[test]
    fn events_are_found_however_they_are_marked_and_whatever_the_pieces() {
        let two: &[&str] = &["{\"a\":1}", "{\"b\":2}"];
        let same: &[&str] = &["{\"a\":1}", "{\"b\":2}", "[DONE]"];
        for (text, events, stray) in [
            ("data: {\"a\":1}\n\ndata: {\"b\":2}\n\n", two, ""),
            ("{\"a\":1}\n{\"b\":2}\n", two, ""),
            ("\n{\"a\":1}\r\n\r\n{\"b\":2}", two, ""),
            ("{\"a\":1}\n{\"b\":2}\ndata: [DONE]\n", same, ""),
            ("data: {\"a\":1}\ndata: {\"b\":2}\ndata: [DONE]\n", same, ""),
            ("data: data: {\"a\":1}\n\ndata: data:{\"b\":2}\n\n", two, ""),
            // One JSON text over several lines, and what is none.
            ("data: {\"a\":\ndata: 1}\n\n", &["{\"a\":\n1}"], ""),
            ("data: {\"a\":1}\ndata: {\"b\"\n\n", &["{\"a\":1}\n{\"b\""], ""),
            // A body that is no stream.
            ("{\n\"a\":1\n}\n", &[], "{\n\"a\":1\n}\n"),
            ("{\"a\":1}", &[], "{\"a\":1}\n"),
            ("{\"a\":1}\n\n", &[], "{\"a\":1}\n"),
            ("{\"a\":1}\ndata: {\"b\":2}\n\n", &["{\"b\":2}"], "{\"a\":1}\n"),
            (" \n", &[], ""),
        ] {
            let expected: (Vec<String>, String) =
                (events.iter().map(|event| (*event).to_owned()).collect(), stray.to_owned());
            assert_eq!(read(&[text]), expected, "{text:?}");
            for place in 0..text.len() {
                let (start, end) = text.split_at(place);
                assert_eq!(read(&[start, end]), expected, "{text:?} cut at {place}");
            }
        }
    }
}
