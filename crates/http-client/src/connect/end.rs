//! When a connection has ended: told to whoever waits for an answer from it, because hyper does not always tell.

use std::io;

use hyper_util::client::legacy::connect::{Connected, Connection};
use rustls::Error as Refusal;
use tokio::sync::watch;

use super::refusal;

/// Held by a connection's stream, which ends with the connection.
pub(super) struct Open(watch::Sender<Option<Refusal>>);

/// The end of one connection; among what hyper-util knows of it.
#[derive(Clone)]
pub(crate) struct End(watch::Receiver<Option<Refusal>>);

impl Open {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// What was read last. Over HTTP/2, what fails with a connection that was refused is not told why.
    pub(super) fn ends_with(&self, error: &io::Error) {
        if let Some(refusal) = refusal::told_by(error) {
            self.0.send_replace(Some(refusal));
        }
    }

    /// What the pool is to know of a connection that goes over `inner`: what of it matters here, and its end.
    pub(super) fn connected(&self, inner: &impl Connection) -> Connected {
        let inner = inner.connected();
        let connected = Connected::new().proxy(inner.is_proxied()).extra(End(self.0.subscribe()));
        if inner.is_negotiated_h2() { connected.negotiated_h2() } else { connected }
    }
}

impl End {
    /// That of `connection`.
    pub(crate) fn of(connection: &Connected) -> Option<Self> {
        let mut known = http::Extensions::new();
        connection.get_extras(&mut known);
        known.remove()
    }

    /// Whether the server ended it because of what the client has for a certificate.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.0.borrow().clone()
    }

    pub(crate) fn has_come(&self) -> bool {
        self.0.has_changed().is_err()
    }

    pub(crate) async fn come(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use hyper::rt::{Read, ReadBuf, ReadBufCursor};
    use rustls::AlertDescription;

    use super::*;
    use crate::connect::greeting::Greeting;
    use crate::connect::stream::Stream;
    use crate::connect::turn::Turn;
    use crate::{Origin, lanes};

    /// A connection of which this is known, and this is read.
    struct Refused(fn() -> Connected, AlertDescription);

    impl Connection for Refused {
        fn connected(&self) -> Connected {
            (self.0)()
        }
    }

    impl Read for Refused {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::Error::other(Refusal::AlertReceived(self.1))))
        }
    }

    fn stream(of: Refused) -> Stream<Refused> {
        let origin = Origin::of(&"https://a.test".parse().unwrap()).unwrap();
        let greeting = Greeting::of(origin, Arc::<lanes::Origins>::default(), false);
        Stream::new(of, Turn::Never, Some(greeting))
    }

    #[test]
    fn a_connection_ends_with_its_stream_and_says_why() {
        for (alert, told) in
            [(AlertDescription::CertificateRequired, true), (AlertDescription::BadRecordMac, false)]
        {
            let mut stream = stream(Refused(Connected::new, alert));
            let end = End::of(&stream.connected()).unwrap();
            let mut buffer = [0; 8];
            let mut buffer = ReadBuf::new(&mut buffer);
            let mut cx = Context::from_waker(Waker::noop());
            assert!(matches!(
                Pin::new(&mut stream).poll_read(&mut cx, buffer.unfilled()),
                Poll::Ready(Err(_))
            ));
            assert!(!end.has_come());
            drop(stream);
            assert!(end.has_come());
            assert_eq!(end.refusal(), told.then_some(Refusal::AlertReceived(alert)));
        }
    }

    #[test]
    fn the_pool_knows_what_it_has_to() {
        let known = |inner| stream(Refused(inner, AlertDescription::AccessDenied)).connected();
        let of = |connected: Connected| (connected.is_negotiated_h2(), connected.is_proxied());
        assert_eq!(of(known(Connected::new)), (false, false));
        assert_eq!(of(known(|| Connected::new().negotiated_h2())), (true, false));
        assert_eq!(of(known(|| Connected::new().proxy(true))), (false, true));
    }
}
