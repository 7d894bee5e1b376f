//! Lines that end in CR, LF or CRLF, out of chunks with any borders.

use bytes::{Buf, Bytes, BytesMut};

use crate::HttpError;

/// Cuts chunks into lines. A line within one chunk is a slice of it.
#[derive(Debug)]
pub(super) struct Lines {
    chunk: Bytes,
    /// The beginning of a line whose end is still to come.
    partial: BytesMut,
    /// The last line ended in CR: a LF that follows belongs to it.
    after_cr: bool,
    /// No line was given out yet: a byte order mark may stand in front.
    first: bool,
    limit: usize,
}

impl Lines {
    pub(super) fn new(limit: usize) -> Self {
        Self { chunk: Bytes::new(), partial: BytesMut::new(), after_cr: false, first: true, limit }
    }

    pub(super) fn push(&mut self, chunk: Bytes) {
        if self.chunk.is_empty() {
            self.chunk = chunk;
        } else {
            let mut both = BytesMut::from(&*self.chunk);
            both.extend_from_slice(&chunk);
            self.chunk = both.freeze();
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        if self.after_cr && !self.chunk.is_empty() {
            self.after_cr = false;
            if self.chunk.first() == Some(&b'\n') {
                self.chunk.advance(1);
            }
        }
        let end = memchr::memchr2(b'\n', b'\r', &self.chunk);
        let piece = self.chunk.split_to(end.unwrap_or(self.chunk.len()));
        if self.partial.len() + piece.len() > self.limit {
            return Err(HttpError::EventTooLarge { part: "line", limit: self.limit });
        }
        if end.is_none() {
            self.partial.extend_from_slice(&piece);
            return Ok(None);
        }
        self.after_cr = self.chunk.get_u8() == b'\r';
        let mut line = piece;
        if !self.partial.is_empty() {
            self.partial.extend_from_slice(&line);
            line = self.partial.split().freeze();
        }
        if std::mem::take(&mut self.first) && line.starts_with(b"\xef\xbb\xbf") {
            line.advance(3);
        }
        Ok(Some(line))
    }
}
