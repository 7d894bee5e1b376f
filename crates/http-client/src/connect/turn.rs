//! HTTP/2 frames that belong together leave together.
//!
//! h2 writes a request's headers as soon as its connection is polled, and its body with the next poll, because the body
//! waits until the stream is open. That is two TLS records, two system calls and a second wake-up of the server for every
//! request with a body.

use std::task::{Context, Poll};

/// A writer lets every other task that is ready have a turn before it writes for the first time after something was
/// read: what those add goes with it. Costs one more poll and no time. Where many requests are under way, bodies and
/// headers of different ones gather by themselves, and most writes come without a read before them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing is held back: HTTP/1.1 writes a request as a whole.
    Never,
    /// The next write waits for the others.
    Next,
    /// The others have their turn. What is read meanwhile does not make the write wait again.
    Waiting,
    /// They had it.
    Given,
}

impl Turn {
    /// Pending once before the first write after a read.
    pub(super) fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        match self {
            Self::Next => {
                *self = Self::Waiting;
                // Whoever wakes itself comes after all that are ready.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Self::Waiting => *self = Self::Given,
            Self::Never | Self::Given => {}
        }
        Poll::Ready(())
    }

    /// Something was read.
    pub(super) fn after_read(&mut self) {
        if *self == Self::Given {
            *self = Self::Next;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::pin::Pin;
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use http_body_util::Full;
    use hyper::rt::{Read, ReadBufCursor, Write};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use tokio::io::DuplexStream;

    use super::*;
    use crate::connect::stream::Stream;

    const DATA: u8 = 0;
    const HEADERS: u8 = 1;

    /// Notes what each write holds.
    struct Noted {
        inner: TokioIo<DuplexStream>,
        writes: Arc<Mutex<Vec<Vec<u8>>>>,
    }

    impl Read for Noted {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.inner).poll_read(cx, buffer)
        }
    }

    impl Write for Noted {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.writes.lock().unwrap().push(buffer.to_vec());
            Pin::new(&mut self.inner).poll_write(cx, buffer)
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.inner).poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.inner).poll_shutdown(cx)
        }
    }

    /// The types of the frames in `bytes` (RFC 9113 section 4.1).
    fn frames(mut bytes: &[u8]) -> Vec<u8> {
        let mut types = Vec::new();
        while let [high, middle, low, kind, rest @ ..] = bytes {
            types.push(*kind);
            bytes = &rest[5 + (usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low))..];
        }
        types
    }

    /// The writes of a request with a body, once the connection is settled.
    async fn writes_of_a_request(turn: Turn) -> Vec<Vec<u8>> {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let answer = hyper::service::service_fn(async |_| {
            Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default()))
        });
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        tokio::spawn(server.serve_connection(TokioIo::new(theirs), answer));
        let writes = Arc::default();
        let noted = Noted { inner: TokioIo::new(ours), writes: Arc::clone(&writes) };
        let client = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
        let (mut client, connection) = client.handshake(Stream::new(noted, turn, None)).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..3 {
            writes.lock().unwrap().clear();
            let request =
                http::Request::post("http://server/").body(Full::<Bytes>::from("question")).unwrap();
            client.send_request(request).await.unwrap();
        }
        let writes = std::mem::take(&mut *writes.lock().unwrap());
        let of_requests = |types: &Vec<u8>| types.contains(&HEADERS) || types.contains(&DATA);
        writes.iter().map(|bytes| frames(bytes)).filter(of_requests).collect()
    }

    #[tokio::test]
    async fn a_request_leaves_with_its_body() {
        assert_eq!(writes_of_a_request(Turn::Next).await, [[HEADERS, DATA]]);
        // Should h2 do the same one day, this file is not needed any more.
        assert_eq!(writes_of_a_request(Turn::Never).await, [[HEADERS], [DATA]]);
    }

    #[test]
    fn a_writer_waits_once_after_each_read() {
        let (mut turn, cx) = (Turn::Next, Context::from_waker(std::task::Waker::noop()));
        for _ in 0..2 {
            assert!(turn.poll(&cx).is_pending());
            assert!(turn.poll(&cx).is_ready());
            assert!(turn.poll(&cx).is_ready());
            turn.after_read();
        }
    }

    /// An answer that comes in piece after piece must not hold back what is to be written.
    #[test]
    fn what_is_read_while_it_waits_does_not_make_it_wait_again() {
        let (mut turn, cx) = (Turn::Next, Context::from_waker(std::task::Waker::noop()));
        for _ in 0..2 {
            assert!(turn.poll(&cx).is_pending());
            turn.after_read();
            assert!(turn.poll(&cx).is_ready());
            turn.after_read();
        }
    }
}
