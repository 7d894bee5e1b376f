//! The place of one request among those that are under way to its origin.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::Version;

use super::Speaks;
use super::load::{Load, Protocol, STREAMS};

/// A request's place in a lane, from before it is sent until its answer is read or dropped.
#[must_use = "the place is free again when this is dropped"]
pub(crate) struct Lease {
    place: Option<Place>,
}

struct Place {
    load: Arc<Load>,
    lane: usize,
    attempting: bool,
    /// How many connections had said what the origin speaks before.
    said: u64,
}

impl Place {
    fn take(load: Arc<Load>, attempting: bool) -> Self {
        let said = load.said.load(Ordering::Acquire);
        // Only a connection of the first lane says what the origin speaks.
        let lane = if attempting { load.take_first() } else { load.take() };
        Self { load, lane, attempting, said }
    }

    /// Whoever waits for the attempt goes on.
    fn end_attempt(&mut self) {
        if std::mem::take(&mut self.attempting) {
            self.load.attempting.store(false, Ordering::Release);
            self.load.changed.notify_waiters();
        }
    }
}

impl Lease {
    /// Where there is room for any number.
    pub(super) fn uncounted() -> Self {
        Self { place: None }
    }

    pub(super) fn counted(load: Arc<Load>) -> Self {
        Self { place: Some(Place::take(load, false)) }
    }

    /// The place of the request that finds out what the origin speaks.
    pub(super) fn attempting(load: Arc<Load>) -> Self {
        Self { place: Some(Place::take(load, true)) }
    }

    /// The request has an answer in this version. Of a connection that stood all the while, nothing else says what it speaks.
    pub(crate) fn is_answered(&mut self, version: Version) {
        let Some(place) = self.place.as_mut().filter(|place| place.attempting) else { return };
        if version == Version::HTTP_2 && place.load.protocol() == Protocol::Unknown {
            place.load.learn(Protocol::Http2 { streams: STREAMS }, Speaks::Either);
        }
        place.end_attempt();
    }

    /// The connection that was there when the request got its place takes no more requests, and gives the place back.
    pub(crate) fn connection_left(&mut self) {
        if let Some(place) = self.place.take().filter(|place| place.lane == 0) {
            place.load.forget(place.said);
        }
    }

    /// Whether the request has a place of its own: over HTTP/1.1 none has.
    pub(crate) fn is_counted(&self) -> bool {
        self.place.is_some()
    }

    pub(super) fn lane(&self) -> usize {
        self.place.as_ref().map_or(0, |place| place.lane)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(under_way) = self.load.under_way.get(self.lane) {
            under_way.fetch_sub(1, Ordering::AcqRel);
        }
        self.end_attempt();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_out_goes_by_the_first_lane_and_is_waited_for_until_its_answer_begins() {
        let load = Arc::new(Load::new(2));
        load.under_way[0].store(STREAMS, Ordering::Release);
        assert!(load.attempt());
        let mut lease = Lease::attempting(Arc::clone(&load));
        assert_eq!(lease.lane(), 0);
        lease.is_answered(Version::HTTP_2);
        assert!(load.protocol() == Protocol::Http2 { streams: STREAMS });
        assert!(load.attempt(), "the attempt is over");
        lease.is_answered(Version::HTTP_2);
        assert!(!load.attempt(), "it was another's");
        drop(lease);
        assert_eq!(load.under_way[0].load(Ordering::Acquire), STREAMS);
    }
}
