//! A body read as events.

use std::time::Duration;

use super::{Event, EventReader, Limits};
use crate::{Body, HttpError};

/// The events of a response's body.
#[derive(Debug)]
pub struct EventStream {
    body: Body,
    reader: EventReader,
}

impl EventStream {
    /// Reads `body` as events.
    ///
    /// ```
    /// # use toolgate_http_client::{Body, sse::{EventStream, Limits}};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let body = Body::from(bytes::Bytes::from_static(b"data: hello\n\n"));
    /// let mut events = EventStream::new(body, Limits::default());
    /// while let Some(event) = events.next().await? {
    ///     assert_eq!(event.text(), "hello");
    /// }
    /// # Ok::<(), toolgate_http_client::HttpError>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn new(body: Body, limits: Limits) -> Self {
        Self { body, reader: EventReader::new(limits) }
    }

    /// The next event, or `None` at the end of the stream.
    ///
    /// # Errors
    /// As [`Body::chunk`] and [`EventReader::next`].
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped; the next call continues.
    pub async fn next(&mut self) -> Result<Option<Event>, HttpError> {
        loop {
            if let Some(event) = self.reader.next()? {
                return Ok(Some(event));
            }
            let Some(chunk) = self.body.chunk().await? else { return Ok(None) };
            self.reader.push(chunk)?;
        }
    }

    /// What the stream last said about reconnecting.
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.reader.retry()
    }
}
