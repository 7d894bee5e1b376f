//! Server-sent events (WHATWG HTML section 9.2), read as they come and within limits.
//!
//! [`EventReader`] is the pure part: chunks in, events out, whatever the chunks' borders. A field that lies in one chunk is
//! a slice of it and is not copied. [`EventStream`] reads a [`Body`](crate::Body) through it.

mod line;
mod stream;

use std::borrow::Cow;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};

use self::line::Lines;
pub use self::stream::EventStream;
use crate::HttpError;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The `event` field, empty when there is none (which means `message`); `error` for data in a field of that name.
    pub name: Bytes,
    /// The `data` fields, joined by line feeds. Bytes as they came: a JSON parser checks UTF-8 itself.
    pub data: Bytes,
    /// The last `id` that the stream has given, empty when there was none.
    pub id: Bytes,
}

impl Event {
    /// The data as text; what is not UTF-8 becomes U+FFFD, as the standard says.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.data)
    }
}

/// How large the pieces of a stream may be, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// One line. Default 1 MiB: providers send a whole tool call in one.
    pub line: usize,
    /// One event's data. Default 4 MiB.
    pub event: usize,
    /// The whole stream. Default 64 MiB; the body's own cap holds as well.
    pub stream: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 1 << 20, event: 4 << 20, stream: 64 << 20 }
    }
}

impl Limits {
    /// Sets the largest line.
    #[must_use]
    pub fn with_line(mut self, line: usize) -> Self {
        self.line = line;
        self
    }

    /// Sets the most data in one event.
    #[must_use]
    pub fn with_event(mut self, event: usize) -> Self {
        self.event = event;
        self
    }

    /// Sets the largest stream.
    #[must_use]
    pub fn with_stream(mut self, stream: usize) -> Self {
        self.stream = stream;
        self
    }
}

/// Turns chunks into events.
///
/// ```
/// use toolgate_http_client::sse::{EventReader, Limits};
/// let mut reader = EventReader::new(Limits::default());
/// reader.push("data: hel".into())?;
/// assert_eq!(reader.next()?, None);
/// reader.push("lo\n\n".into())?;
/// assert_eq!(reader.next()?.unwrap().data, "hello");
/// # Ok::<(), toolgate_http_client::HttpError>(())
/// ```
#[derive(Debug)]
pub struct EventReader {
    lines: Lines,
    limits: Limits,
    received: usize,
    event: Event,
    data: Data,
    retry: Option<Duration>,
    stray: Vec<u8>,
    /// Whether there was an event.
    has_begun: bool,
}

/// The data of an event: one line as it lies in its chunk, or several, copied together.
#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    One(Bytes),
    Many(BytesMut),
}

/// The longest `event` and the longest `id`, in bytes. Both stay with every event that they are for, so a server that sends small
/// events behind a large `id` would have it copied with each. A longer one is an error: an event under a part of its name may
/// pass for another, and without its `id` a stream would be resumed where it does not go on.
const LONGEST_NAME: usize = 1 << 10;

/// As much is kept of what stands outside of the events, once there are some.
const LONGEST_STRAY: usize = 64 << 10;

/// A server cannot make a client wait for longer than this.
const LONGEST_RETRY: Duration = Duration::from_secs(60);

impl EventReader {
    /// A reader at the start of a stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let lines = Lines::new(limits.line);
        let (event, data, stray) = (Event::default(), Data::None, Vec::new());
        Self { lines, limits, received: 0, event, data, retry: None, stray, has_begun: false }
    }

    /// Takes the next chunk. Cheapest when [`next`](Self::next) has returned `None` before.
    ///
    /// # Errors
    /// [`HttpError::EventTooLarge`] past the stream's limit.
    pub fn push(&mut self, chunk: Bytes) -> Result<(), HttpError> {
        self.received = self.received.saturating_add(chunk.len());
        if self.received > self.limits.stream {
            return Err(HttpError::EventTooLarge { part: "total", limit: self.limits.stream });
        }
        self.lines.push(chunk);
        Ok(())
    }

    /// The next complete event, or `None` until there is more. An event that the stream ends within is dropped.
    ///
    /// # Errors
    /// [`HttpError::EventTooLarge`] past the limit of a line or an event, and past 1 KiB of its `event` or `id`.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would end where this waits for the next chunk"
    )]
    pub fn next(&mut self) -> Result<Option<Event>, HttpError> {
        while let Some(line) = self.lines.next()? {
            if !line.is_empty() {
                self.field(line)?;
            } else if let Some(event) = self.dispatch() {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// What the stream last said about reconnecting: at most 60 s, whatever it asked for.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The lines that are of no event, from the first that begins as JSON does: some servers break a stream off with an error
    /// that they write so, and others answer in JSON for all that they call it a stream. At most 64 KiB; as much as one event
    /// may have before the first event.
    ///
    /// ```
    /// # use toolgate_http_client::sse::{EventReader, Limits};
    /// let mut reader = EventReader::new(Limits::default());
    /// reader.push("data: hello\n\n{\n \"error\": 503\n}\n".into())?;
    /// while reader.next()?.is_some() {}
    /// assert_eq!(reader.stray(), b"{\n \"error\": 503\n}\n");
    /// # Ok::<(), toolgate_http_client::HttpError>(())
    /// ```
    #[must_use]
    pub fn stray(&self) -> &[u8] {
        &self.stray
    }

    fn field(&mut self, mut line: Bytes) -> Result<(), HttpError> {
        let colon = memchr::memchr(b':', &line).unwrap_or(line.len());
        let take: fn(&mut Self, Bytes) -> Result<(), HttpError> = match line.get(..colon) {
            Some(b"data") => Self::add_data,
            Some(b"event") => Self::set_name,
            Some(b"id") => Self::set_id,
            Some(b"retry") => Self::set_retry,
            Some(b"error") => Self::set_error,
            _ => {
                self.set_aside(&line);
                return Ok(());
            }
        };
        // In place: each slice of the line would count its chunk's owners once more.
        line.advance((colon + 1).min(line.len()));
        if line.first() == Some(&b' ') {
            line.advance(1);
        }
        take(self, line)
    }

    /// Keeps a line that is no field, unless it is a comment or a field of the future.
    fn set_aside(&mut self, line: &[u8]) {
        let is_kept = match line.trim_ascii_start().first() {
            Some(b'{' | b'[') => true,
            Some(b':') => false,
            _ => !self.stray.is_empty(),
        };
        let longest = if self.has_begun { LONGEST_STRAY } else { self.limits.event };
        if is_kept && self.stray.len() + line.len() < longest {
            self.stray.extend_from_slice(line);
            self.stray.push(b'\n');
        }
    }

    fn add_data(&mut self, value: Bytes) -> Result<(), HttpError> {
        let length = value.len();
        let (data, length) = match std::mem::take(&mut self.data) {
            Data::None => (Data::One(value), length),
            Data::One(first) => {
                let mut many = BytesMut::with_capacity(first.len() + 1 + length);
                many.extend_from_slice(&first);
                join(many, &value)
            }
            Data::Many(many) => join(many, &value),
        };
        if length > self.limits.event {
            return Err(HttpError::EventTooLarge { part: "event", limit: self.limits.event });
        }
        self.data = data;
        Ok(())
    }

    fn set_name(&mut self, value: Bytes) -> Result<(), HttpError> {
        self.event.name = short("event name", value)?;
        Ok(())
    }

    /// No field of the standard's: llama.cpp wrote what went wrong so, where others have an event of that name.
    fn set_error(&mut self, value: Bytes) -> Result<(), HttpError> {
        self.event.name = Bytes::from_static(b"error");
        self.add_data(value)
    }

    fn set_id(&mut self, value: Bytes) -> Result<(), HttpError> {
        let value = short("id", value)?;
        if !value.contains(&0) {
            self.event.id = value;
        }
        Ok(())
    }

    fn set_retry(&mut self, value: Bytes) -> Result<(), HttpError> {
        let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        if digits {
            let asked = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok());
            self.retry = Some(asked.map_or(LONGEST_RETRY, Duration::from_millis).min(LONGEST_RETRY));
        }
        Ok(())
    }

    /// The event that an empty line ends, if it has data. The `id` stays for the events after it.
    fn dispatch(&mut self) -> Option<Event> {
        let name = std::mem::take(&mut self.event.name);
        let data = match std::mem::take(&mut self.data) {
            Data::None => return None,
            Data::One(data) => data,
            Data::Many(data) => data.freeze(),
        };
        self.has_begun = true;
        Some(Event { name, data, id: self.event.id.clone() })
    }
}

fn short(part: &'static str, value: Bytes) -> Result<Bytes, HttpError> {
    if value.len() > LONGEST_NAME {
        return Err(HttpError::EventTooLarge { part, limit: LONGEST_NAME });
    }
    Ok(value)
}

fn join(mut many: BytesMut, value: &[u8]) -> (Data, usize) {
    many.extend_from_slice(b"\n");
    many.extend_from_slice(value);
    let length = many.len();
    (Data::Many(many), length)
}
