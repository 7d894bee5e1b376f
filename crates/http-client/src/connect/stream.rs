//! A connection's bytes on their way between hyper and TLS, where HTTP/2 wants two things of them, and a server that hung
//! up is to be heard out.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

use super::greeting::Greeting;
use super::turn::Turn;

/// A connection whose writes wait for their [`Turn`], and whose reads are listened to until the server's
/// [`Greeting`] is over.
pub(crate) struct Stream<T> {
    inner: T,
    turn: Turn,
    greeting: Option<Box<Greeting>>,
    /// Whether nothing that is written arrives any more.
    hung_up: bool,
}

impl<T> Stream<T> {
    pub(super) fn new(inner: T, turn: Turn, greeting: Option<Greeting>) -> Self {
        Self { inner, turn, greeting: greeting.map(Box::new), hung_up: false }
    }

    #[cfg(test)]
    pub(super) fn inner(&self) -> &T {
        &self.inner
    }

    /// What a write of so many bytes came to. Where the server hung up it counts as done, as one does that is still on its
    /// way then: why is in what can be read, an alert or an answer, and whoever is told of a broken pipe does not read it.
    fn written<V>(&mut self, written: io::Result<V>, all: V) -> io::Result<V> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        match written {
            Err(error) if matches!(error.kind(), BrokenPipe | ConnectionReset | ConnectionAborted) => {
                self.hung_up = true;
                Ok(all)
            }
            written => written,
        }
    }
}

impl<T: Read + Unpin> Read for Stream<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let inner = Pin::new(&mut this.inner);
        match &mut this.greeting {
            None => ready!(inner.poll_read(cx, buffer))?,
            Some(greeting) => ready!(greeting.poll_read(inner, cx, buffer))?,
        }
        this.turn.after_read();
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for Stream<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.hung_up {
            return Poll::Ready(Ok(buffer.len()));
        }
        ready!(this.turn.poll(cx));
        let written = ready!(Pin::new(&mut this.inner).poll_write(cx, buffer));
        Poll::Ready(this.written(written, buffer.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.hung_up {
            return Poll::Ready(Ok(()));
        }
        let flushed = ready!(Pin::new(&mut this.inner).poll_flush(cx));
        Poll::Ready(this.written(flushed, ()))
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
        let all = || buffers.iter().map(|buffer| buffer.len()).sum();
        if this.hung_up {
            return Poll::Ready(Ok(all()));
        }
        ready!(this.turn.poll(cx));
        let written = ready!(Pin::new(&mut this.inner).poll_write_vectored(cx, buffers));
        Poll::Ready(this.written(written, all()))
    }
}

impl<T: Connection> Connection for Stream<T> {
    fn connected(&self) -> Connected {
        self.inner.connected()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Writes end with this error, each of them counted.
    struct Ended(io::ErrorKind, usize);

    impl Ended {
        fn write<V>(&mut self) -> Poll<io::Result<V>> {
            self.1 += 1;
            Poll::Ready(Err(self.0.into()))
        }
    }

    impl Write for Ended {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            self.write()
        }

        fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.write()
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.write()
        }
    }

    #[test]
    fn what_is_written_to_a_server_that_hung_up_is_let_go() {
        let mut cx = Context::from_waker(Waker::noop());
        for kind in [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset] {
            let mut stream = Stream::new(Ended(kind, 0), Turn::Never, None);
            for _ in 0..2 {
                let mut stream = Pin::new(&mut stream);
                let slices = [io::IoSlice::new(b"re"), io::IoSlice::new(b"st")];
                assert!(matches!(stream.as_mut().poll_write(&mut cx, b"all"), Poll::Ready(Ok(3))));
                assert!(matches!(stream.as_mut().poll_write_vectored(&mut cx, &slices), Poll::Ready(Ok(4))));
                assert!(matches!(stream.as_mut().poll_flush(&mut cx), Poll::Ready(Ok(()))));
            }
            assert_eq!(stream.inner.1, 1, "nothing is tried again");
        }
        let mut stream = Stream::new(Ended(io::ErrorKind::BrokenPipe, 0), Turn::Never, None);
        assert!(matches!(Pin::new(&mut stream).poll_flush(&mut cx), Poll::Ready(Ok(()))));
        let mut stream = Stream::new(Ended(io::ErrorKind::WriteZero, 0), Turn::Never, None);
        assert!(matches!(Pin::new(&mut stream).poll_write(&mut cx, b"all"), Poll::Ready(Err(_))));
    }
}
