//! A connection's bytes on their way between hyper and TLS, where HTTP/2 wants two things of them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

use super::settings::Settings;
use super::turn::Turn;

/// A connection whose writes wait for their [`Turn`], and whose reads are listened to until the server's [`Settings`]
/// are known.
pub(crate) struct Stream<T> {
    inner: T,
    turn: Turn,
    settings: Option<Box<Settings>>,
}

impl<T> Stream<T> {
    pub(super) fn new(inner: T, turn: Turn, settings: Option<Settings>) -> Self {
        Self { inner, turn, settings: settings.map(Box::new) }
    }

    #[cfg(test)]
    pub(super) fn inner(&self) -> &T {
        &self.inner
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
        match &mut this.settings {
            None => ready!(inner.poll_read(cx, buffer))?,
            Some(settings) => {
                if ready!(settings.poll_read(inner, cx, buffer))? {
                    this.settings = None;
                }
            }
        }
        this.turn.after_read();
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for Stream<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.turn.poll(cx));
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
        ready!(this.turn.poll(cx));
        Pin::new(&mut this.inner).poll_write_vectored(cx, buffers)
    }
}

impl<T: Connection> Connection for Stream<T> {
    fn connected(&self) -> Connected {
        self.inner.connected()
    }
}
