//! A response body that is read in pieces, under a size cap and deadlines.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::stream::{self, Stream, StreamExt};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::runtime::Handle;
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, timeout, timeout_at};

use crate::lanes::Lease;
use crate::options::later;
use crate::{HttpError, Origin, Phase, SendOptions};

/// What is read, and for how long, of a body that nobody wants any more, so that its connection can be used again.
const REST: usize = 64 << 10;
const REST_TIME: Duration = Duration::from_secs(1);

/// A response body. Reading stops with an error at the size cap and at each deadline.
///
/// ```
/// # use bytes::Bytes;
/// # use toolgate_http_client::{Body, HttpError};
/// # #[tokio::main]
/// # async fn main() -> Result<(), HttpError> {
/// let pieces = futures_util::stream::iter(["data: ", "1\n\n"].map(|text| Ok(Bytes::from_static(text.as_bytes()))));
/// let mut body = Body::from_stream(pieces);
/// assert_eq!(body.chunk().await?.as_deref(), Some(&b"data: "[..])); // piece by piece,
/// assert_eq!(body.bytes().await?, "1\n\n"); // or all that is left
/// # Ok(()) }
/// ```
pub struct Body {
    source: Source,
    cap: Option<Cap>,
    /// The request's place on a connection, which is free again at the end.
    lease: Option<Lease>,
}

enum Source {
    Whole(Option<Bytes>),
    Network(Wire),
    Stream(Pin<Box<dyn Stream<Item = Result<Bytes, HttpError>> + Send>>),
}

/// How much may still come.
struct Cap {
    origin: Origin,
    limit: usize,
    left: usize,
}

/// The bytes of a connection, each awaited within the request's deadlines.
struct Wire {
    incoming: Incoming,
    origin: Origin,
    idle: Duration,
    total: Duration,
    end: Instant,
}

impl Body {
    /// A body from the network, bounded by `options`; `started` is when the request was made.
    pub(crate) fn network(
        incoming: Incoming,
        origin: Origin,
        options: SendOptions,
        started: Instant,
    ) -> Self {
        let mut cap = Cap::new(origin.clone(), options.max_body);
        if incoming.size_hint().lower() > u64::try_from(options.max_body).unwrap_or(u64::MAX) {
            // Declared to be too large: none of it is worth waiting for.
            cap.left = 0;
        }
        let SendOptions { idle, total, .. } = options;
        let wire = Wire { incoming, origin, idle, total, end: later(started, total) };
        Self { source: Source::Network(wire), cap: Some(cap), lease: None }
    }

    /// A body that something on the way makes larger, so that it is counted once more.
    #[cfg(any(feature = "gzip", feature = "brotli", feature = "zstd", feature = "deflate"))]
    pub(crate) fn capped(
        stream: impl Stream<Item = Result<Bytes, HttpError>> + Send + 'static,
        origin: Origin,
        limit: usize,
    ) -> Self {
        Self { source: Source::Stream(Box::pin(stream)), cap: Some(Cap::new(origin, limit)), lease: None }
    }

    /// The same body, in whose name `lease` is held until it is read or dropped.
    pub(crate) fn with_lease(self, lease: Lease) -> Self {
        Self { lease: Some(lease), ..self }
    }

    /// A body from a stream, for clients of another make and for tests.
    #[must_use]
    pub fn from_stream(stream: impl Stream<Item = Result<Bytes, HttpError>> + Send + 'static) -> Self {
        Self { source: Source::Stream(Box::pin(stream)), cap: None, lease: None }
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    /// [`HttpError::TooLarge`] past the cap, [`HttpError::Timeout`] past a deadline, [`HttpError::Exchange`] when the
    /// connection breaks.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped; the next call continues.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let next = match &mut self.source {
            Source::Whole(whole) => Ok(whole.take()),
            Source::Stream(stream) => stream.next().await.transpose(),
            Source::Network(wire) => wire.next().await,
        };
        let Some(chunk) = next? else {
            (self.source, self.lease) = (Source::Whole(None), None);
            return Ok(None);
        };
        if let Some(cap) = &mut self.cap {
            cap.take(chunk.len())?;
        }
        Ok(Some(chunk))
    }

    /// The whole body. One piece is returned as it came, without a copy.
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk).
    ///
    /// # Cancel safety
    /// Dropping the future drops the body: what was read of it is lost, and its connection is closed.
    #[expect(clippy::manual_async_fn, reason = "the future of an `async fn` has room for the body twice")]
    pub fn bytes(mut self) -> impl Future<Output = Result<Bytes, HttpError>> + Send + 'static {
        async move {
            let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
            let Some(second) = self.chunk().await? else { return Ok(first) };
            let mut whole = BytesMut::with_capacity((first.len() + second.len()).saturating_mul(2));
            whole.extend_from_slice(&first);
            whole.extend_from_slice(&second);
            while let Some(more) = self.chunk().await? {
                whole.extend_from_slice(&more);
            }
            Ok(whole.freeze())
        }
    }

    /// Lets go of a body that has said all that the caller wants, and keeps its connection: what is left, often the mark of
    /// its end alone, is read in a task of its own. A dropped body takes its HTTP/1.1 connection with it, and resets its
    /// HTTP/2 stream, if its end has not come yet.
    ///
    /// What has not ended within a second and 64 KiB, or outside a tokio runtime, is dropped all the same. The runtime needs its
    /// timers, as this client does.
    pub fn drain(mut self) {
        let has_ended = match &self.source {
            Source::Whole(_) => true,
            Source::Network(wire) => wire.incoming.is_end_stream(),
            Source::Stream(_) => false,
        };
        let Ok(runtime) = Handle::try_current() else { return };
        if has_ended {
            return;
        }
        runtime.spawn(timeout(REST_TIME, async move {
            let mut left = REST;
            while let Ok(Some(piece)) = self.chunk().await {
                let Some(less) = left.checked_sub(piece.len()) else { return };
                left = less;
            }
        }));
    }

    /// The pieces as a stream that ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, HttpError>> + Send + 'static {
        stream::unfold(Some(self), |body| async {
            let mut body = body?;
            match body.chunk().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(body))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

impl Cap {
    fn new(origin: Origin, limit: usize) -> Self {
        Self { origin, limit, left: limit }
    }

    fn take(&mut self, length: usize) -> Result<(), HttpError> {
        match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(HttpError::TooLarge { origin: self.origin.clone(), limit: self.limit }),
        }
    }
}

impl Wire {
    async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        // What comes as fast as it is read would keep its task from ever letting others run, deadlines among them.
        consume_budget().await;
        let mut idle_end = None;
        loop {
            if self.incoming.is_end_stream() {
                return Ok(None);
            }
            // Without a clock, for what is there already.
            let frame = match self.incoming.frame().now_or_never() {
                Some(frame) => frame,
                None => {
                    let idle_end = *idle_end.get_or_insert_with(|| later(Instant::now(), self.idle));
                    let frame = timeout_at(idle_end.min(self.end), self.incoming.frame()).await;
                    frame.map_err(|_| self.late(idle_end))?
                }
            };
            match frame {
                None => return Ok(None),
                Some(Err(error)) => {
                    let reason = crate::hyper_client::chain(&error);
                    return Err(HttpError::Exchange { origin: self.origin.clone(), reason });
                }
                // Trailers carry nothing that anybody here reads.
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    _ => {}
                },
            }
        }
    }

    fn late(&self, idle_end: Instant) -> HttpError {
        let (phase, after) =
            if self.end <= idle_end { (Phase::Total, self.total) } else { (Phase::Idle, self.idle) };
        HttpError::Timeout { origin: self.origin.clone(), phase, after }
    }
}

impl From<Bytes> for Body {
    fn from(whole: Bytes) -> Self {
        let whole = (!whole.is_empty()).then_some(whole);
        Self { source: Source::Whole(whole), cap: None, lease: None }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_of_nothing_has_no_piece() {
        assert_eq!(Body::from(Bytes::new()).chunk().await.unwrap(), None);
        let mut body = Body::from(Bytes::from_static(b"x"));
        assert_eq!(body.chunk().await.unwrap().unwrap(), "x");
        assert_eq!(body.chunk().await.unwrap(), None);
    }
}
