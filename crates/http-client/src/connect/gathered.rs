//! HTTP/2 frames that belong together leave together.
//!
//! h2 writes a request's headers as soon as its connection is polled, and its body with the next poll, because the body
//! waits until the stream is open. That is two TLS records, two system calls and a second wake-up of the server for every
//! request with a body.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

/// A connection whose writer lets every other task that is ready have a turn before it writes for the first time after
/// something was read: what those add goes with it. Costs one more poll and no time. Where many requests are under way,
/// bodies and headers of different ones gather by themselves, and most writes come without a read before them.
pub(crate) struct Gathered<T> {
    inner: T,
    turn: Turn,
}

/// Whether the writer waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nothing is held back: HTTP/1.1 writes a request as a whole.
    Never,
    /// The next write waits for the others.
    Next,
    /// The others have their turn. What is read meanwhile does not make the write wait again.
    Waiting,
    /// They had it.
    Given,
}

impl<T> Gathered<T> {
    pub(super) fn http1(inner: T) -> Self {
        Self { inner, turn: Turn::Never }
    }

    pub(super) fn http2(inner: T) -> Self {
        Self { inner, turn: Turn::Next }
    }

    #[cfg(test)]
    pub(super) fn inner(&self) -> &T {
        &self.inner
    }

    /// Pending once before the first write after a read.
    fn poll_turn(&mut self, cx: &Context<'_>) -> Poll<()> {
        match self.turn {
            Turn::Next => {
                self.turn = Turn::Waiting;
                // Whoever wakes itself comes after all that are ready.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Turn::Waiting => self.turn = Turn::Given,
            Turn::Never | Turn::Given => {}
        }
        Poll::Ready(())
    }
}

impl<T: Read + Unpin> Read for Gathered<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buffer))?;
        if this.turn == Turn::Given {
            this.turn = Turn::Next;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for Gathered<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_turn(cx));
        Pin::new(&mut this.inner).poll_write(cx, buffer)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_turn(cx));
        Pin::new(&mut this.inner).poll_write_vectored(cx, buffers)
    }
}

impl<T: Connection> Connection for Gathered<T> {
    fn connected(&self) -> Connected {
        self.inner.connected()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use http_body_util::Full;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use tokio::io::DuplexStream;

    use super::*;

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
    async fn writes_of_a_request(gathered: fn(Noted) -> Gathered<Noted>) -> Vec<Vec<u8>> {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let answer = hyper::service::service_fn(async |_| {
            Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default()))
        });
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        tokio::spawn(server.serve_connection(TokioIo::new(theirs), answer));
        let writes = Arc::default();
        let noted = Noted { inner: TokioIo::new(ours), writes: Arc::clone(&writes) };
        let client = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
        let (mut client, connection) = client.handshake(gathered(noted)).await.unwrap();
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
        assert_eq!(writes_of_a_request(Gathered::http2).await, [[HEADERS, DATA]]);
        // Should h2 do the same one day, this file is not needed any more.
        assert_eq!(writes_of_a_request(Gathered::http1).await, [[HEADERS], [DATA]]);
    }

    #[tokio::test]
    async fn a_writer_waits_once_after_each_read() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut gathered = Gathered::http2(TokioIo::new(ours));
        for _ in 0..2 {
            let mut cx = Context::from_waker(std::task::Waker::noop());
            assert!(Pin::new(&mut gathered).poll_write(&mut cx, b"a").is_pending());
            for _ in 0..2 {
                assert!(Pin::new(&mut gathered).poll_write(&mut cx, b"a").is_ready());
                assert!(Pin::new(&mut gathered).poll_flush(&mut cx).is_ready());
            }
            read_one(&mut gathered, &mut theirs).await;
        }
    }

    /// An answer that comes in piece after piece must not hold back what is to be written.
    #[tokio::test]
    async fn what_is_read_while_it_waits_does_not_make_it_wait_again() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut gathered = Gathered::http2(TokioIo::new(ours));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        for _ in 0..2 {
            assert!(Pin::new(&mut gathered).poll_write(&mut cx, b"a").is_pending());
            read_one(&mut gathered, &mut theirs).await;
            assert!(Pin::new(&mut gathered).poll_write(&mut cx, b"a").is_ready());
            read_one(&mut gathered, &mut theirs).await;
        }
    }

    async fn read_one(gathered: &mut Gathered<TokioIo<DuplexStream>>, theirs: &mut DuplexStream) {
        tokio::io::AsyncWriteExt::write_all(theirs, b"b").await.unwrap();
        let mut read = [0];
        let mut read = hyper::rt::ReadBuf::new(&mut read);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(gathered).poll_read(&mut cx, read.unfilled()).is_ready());
    }
}
