//! What is known about one origin, and what is under way to it.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Speaks;

/// How many requests an HTTP/2 connection gets that has not said how many it takes: what RFC 9113 section 6.5.2 wants a
/// server to take at least.
pub(super) const STREAMS: usize = 100;
/// The most that one gets, whatever its server takes: they share one window and one stream of packets.
const MOST_STREAMS: usize = 1000;

/// What an origin speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// It has not said.
    Unknown,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2, with so many requests at once on a connection.
    Http2 { streams: usize },
}

const UNKNOWN: usize = 0;
const HTTP_1: usize = usize::MAX;

/// One origin.
pub(super) struct Load {
    /// [`Protocol`] in one number: [`UNKNOWN`], [`HTTP_1`], or how many requests an HTTP/2 connection gets.
    protocol: AtomicUsize,
    /// How many connections of the first lane have said so. It is written while `saying` is held, as the protocol is.
    pub(super) said: AtomicU64,
    saying: Mutex<()>,
    /// Whether a request is on its way to find out.
    pub(super) attempting: AtomicBool,
    pub(super) changed: Notify,
    /// When a connection was last refused for the client's certificate, and with which words.
    refused: Mutex<Option<(Instant, rustls::Error)>>,
    /// When a connection last ended.
    ended: Mutex<Option<Instant>>,
    /// By lane.
    pub(super) under_way: Box<[AtomicUsize]>,
}

/// A connection to an origin: dropped, it has ended.
pub(crate) struct Standing {
    load: Arc<Load>,
    speaks: Speaks,
    /// Its number among those of the first lane that said what the origin speaks.
    said: Option<u64>,
}

impl Standing {
    pub(super) fn at(load: Arc<Load>, speaks: Speaks) -> Self {
        Self { load, speaks, said: None }
    }

    /// It showed what the origin speaks.
    pub(crate) fn says(&mut self, protocol: Protocol) {
        self.said = self.load.learn(protocol, self.speaks);
    }

    /// It was refused for what the client has for a certificate.
    pub(crate) fn was_refused(&self, refusal: rustls::Error) {
        self.load.refuse(refusal);
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        *self.load.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        if let Some(said) = self.said {
            self.load.forget(said);
        }
    }
}

impl Load {
    pub(super) fn new(lanes: usize) -> Self {
        Self {
            protocol: AtomicUsize::new(UNKNOWN),
            said: AtomicU64::new(0),
            saying: Mutex::new(()),
            attempting: AtomicBool::new(false),
            changed: Notify::new(),
            refused: Mutex::new(None),
            ended: Mutex::new(None),
            under_way: (0..lanes).map(|_| AtomicUsize::new(0)).collect(),
        }
    }

    pub(super) fn protocol(&self) -> Protocol {
        match self.protocol.load(Ordering::Acquire) {
            UNKNOWN => Protocol::Unknown,
            HTTP_1 => Protocol::Http1,
            streams => Protocol::Http2 { streams },
        }
    }

    /// A connection said what the origin speaks: its number among those of the first lane that did.
    pub(super) fn learn(&self, protocol: Protocol, speaks: Speaks) -> Option<u64> {
        let number = match protocol {
            Protocol::Unknown => UNKNOWN,
            Protocol::Http1 => HTTP_1,
            // A server that takes none just now is asked all the same: h2 waits until it takes one.
            Protocol::Http2 { streams } => streams.clamp(1, MOST_STREAMS),
        };
        let _saying = self.saying.lock().unwrap_or_else(PoisonError::into_inner);
        // One of another lane does not stand for the first one's.
        if speaks == Speaks::Http2 && number != HTTP_1 && self.protocol() == Protocol::Unknown {
            return None;
        }
        if self.protocol.swap(number, Ordering::AcqRel) != number {
            self.changed.notify_waiters();
        }
        (speaks == Speaks::Either).then(|| self.said.fetch_add(1, Ordering::AcqRel) + 1)
    }

    /// The connection of the first lane that was the `said`-th to say what the origin speaks takes no more requests. Unless
    /// another has said so since, there is none for HTTP/2: the next request makes one alone, as the first one did. All would
    /// make one each otherwise, and hyper-util fails some of them.
    pub(super) fn forget(&self, said: u64) {
        let _saying = self.saying.lock().unwrap_or_else(PoisonError::into_inner);
        if self.said.load(Ordering::Acquire) == said && matches!(self.protocol(), Protocol::Http2 { .. }) {
            self.protocol.store(UNKNOWN, Ordering::Release);
        }
    }

    pub(super) fn refuse(&self, refusal: rustls::Error) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), refusal));
    }

    /// Why a connection was refused, if one was since then.
    pub(super) fn refused_since(&self, since: Instant) -> Option<rustls::Error> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.as_ref().filter(|(at, _)| *at >= since).map(|(_, refusal)| refusal.clone())
    }

    /// Whether a connection has ended since then.
    pub(super) fn ended_since(&self, since: Instant) -> bool {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| at >= since)
    }

    /// Whether whoever asks is the one that finds out.
    pub(super) fn attempt(&self) -> bool {
        !self.attempting.swap(true, Ordering::AcqRel)
    }

    /// Until the origin is known, or the attempt to find out has ended.
    pub(super) async fn known_or_failed(&self) {
        let mut changed = pin!(self.changed.notified());
        // From here on no change is missed.
        changed.as_mut().enable();
        if self.protocol() == Protocol::Unknown && self.attempting.load(Ordering::Acquire) {
            changed.await;
        }
    }

    /// Takes a place in the first lane, whether or not it has one.
    pub(super) fn take_first(&self) -> usize {
        if let Some(under_way) = self.under_way.first() {
            under_way.fetch_add(1, Ordering::AcqRel);
        }
        0
    }

    /// Takes a place in the first lane that has one, or in the one with the fewest requests.
    pub(super) fn take(&self) -> usize {
        let streams = match self.protocol() {
            Protocol::Http2 { streams } => streams,
            Protocol::Unknown | Protocol::Http1 => STREAMS,
        };
        let free = |under_way: &AtomicUsize| {
            let more = |under_way| (under_way < streams).then_some(under_way + 1);
            under_way.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
        };
        self.under_way.iter().position(free).unwrap_or_else(|| {
            let lanes = self.under_way.iter().enumerate();
            let least = lanes.min_by_key(|(_, under_way)| under_way.load(Ordering::Acquire));
            least.map_or(0, |(lane, under_way)| {
                under_way.fetch_add(1, Ordering::AcqRel);
                lane
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lanes::Lease;

    /// Whoever waited for an attempt that is over would wait until its deadline.
    #[test]
    fn what_is_known_or_not_attempted_is_not_waited_for() {
        let is_waited_for = |load: &Load| {
            let cx = &mut std::task::Context::from_waker(std::task::Waker::noop());
            pin!(load.known_or_failed()).poll(cx).is_pending()
        };
        let load = Load::new(1);
        assert!(!is_waited_for(&load), "nobody finds out");
        assert!(load.attempt());
        assert!(is_waited_for(&load));
        load.learn(Protocol::Http1, Speaks::Either);
        assert!(!is_waited_for(&load), "it is known, though the attempt goes on");
    }

    #[test]
    fn where_no_lane_has_room_the_one_with_the_fewest_requests_is_taken() {
        let load = Load::new(3);
        load.learn(Protocol::Http2 { streams: 1 }, Speaks::Either);
        for (lane, more) in [(0, 2), (1, 1), (2, 3)] {
            load.under_way[lane].store(more, Ordering::Release);
        }
        assert_eq!([load.take(), load.take(), load.take()], [1, 0, 1]);
    }

    #[test]
    fn that_a_connection_ended_is_known_afterwards() {
        let (load, started) = (Arc::new(Load::new(1)), Instant::now());
        let standing = Standing::at(Arc::clone(&load), Speaks::Either);
        assert!(!load.ended_since(started));
        drop(standing);
        assert!(load.ended_since(started));
        assert!(!load.ended_since(Instant::now() + Duration::from_secs(1)));
    }

    #[test]
    fn without_a_connection_over_http2_the_origin_is_found_out_anew() {
        let load = Arc::new(Load::new(2));
        let connection = |speaks, protocol| {
            let mut standing = Standing::at(Arc::clone(&load), speaks);
            standing.says(protocol);
            standing
        };
        let http2 = Protocol::Http2 { streams: 10 };
        let is_known = || load.protocol() != Protocol::Unknown;
        let first = connection(Speaks::Either, http2);
        let other_lane = connection(Speaks::Http2, http2);
        drop(other_lane);
        assert!(is_known());
        drop(first);
        assert!(!is_known());
        let _other_lane = connection(Speaks::Http2, http2);
        assert!(!is_known(), "the first lane has none");

        let left = connection(Speaks::Either, http2);
        let [mut one, mut other] = [(); 2].map(|()| Lease::counted(Arc::clone(&load)));
        one.connection_left();
        assert!(!is_known());
        let _next = connection(Speaks::Either, http2);
        other.connection_left();
        drop(left);
        assert!(is_known(), "another has come since");

        drop(connection(Speaks::Either, Protocol::Http1));
        assert!(is_known(), "HTTP/1.1 has a connection for each request");
    }

    #[test]
    fn a_connection_that_was_refused_before_is_nobodys_reason() {
        let (load, started) = (Load::new(1), Instant::now());
        assert_eq!(load.refused_since(started), None);
        let refusal = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);
        load.refuse(refusal.clone());
        assert_eq!(load.refused_since(started), Some(refusal));
        assert_eq!(load.refused_since(Instant::now() + Duration::from_secs(1)), None);
    }
}
