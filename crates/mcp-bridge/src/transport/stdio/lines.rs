//! What a process writes, line by line, each bounded (MCP basic/transports, "stdio": messages are delimited by newlines).

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use super::end::End;

/// The lines of `R`.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    max: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R, max: usize) -> Self {
        Self { reader: BufReader::new(reader), line: Vec::new(), max }
    }

    /// The next line without its end. What comes after the last newline is not a line: it was cut off.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, End> {
        loop {
            let chunk = self.reader.fill_buf().await.map_err(|_| End::Broken)?;
            if chunk.is_empty() {
                return Err(End::Closed);
            }
            let (part, used, is_whole) = match chunk.split(|byte| *byte == b'\n').next() {
                Some(part) if part.len() < chunk.len() => (part, part.len() + 1, true),
                _ => (chunk, chunk.len(), false),
            };
            if self.line.len() + part.len() > self.max {
                return Err(End::TooLong);
            }
            self.line.extend_from_slice(part);
            self.reader.consume(used);
            if is_whole {
                return Ok(std::mem::take(&mut self.line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_whole_and_bounded() {
        let mut lines = Lines::new(&b"one\n\ntwo\ncut off"[..], 8);
        for expected in ["one", "", "two"] {
            assert_eq!(lines.next().await.unwrap(), expected.as_bytes());
        }
        assert_eq!(lines.next().await, Err(End::Closed));
        let mut lines = Lines::new(&b"12345678\n123456789\n"[..], 8);
        assert_eq!(lines.next().await.unwrap(), b"12345678");
        assert_eq!(lines.next().await, Err(End::TooLong));
    }
}
