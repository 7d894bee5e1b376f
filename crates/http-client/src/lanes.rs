//! As many HTTP/2 connections to an origin as its requests need.
//!
//! hyper-util keeps one HTTP/2 connection for each origin, and a server takes so many requests on it at once, often a
//! hundred (RFC 9113 section 6.5.2 recommends no fewer). More stand in line behind them: a model that thinks for ten
//! seconds would answer ten conversations a second. So a request takes the first *lane*, which is a pool of its own, that
//! has fewer of its origin's under way than the server takes. HTTP/1.1 has a connection for each request anyway and stays
//! in the first lane; so does what is in clear.
//!
//! An origin that is not known yet is asked by one request alone until it has said what it speaks: each of a thousand
//! would make a connection of its own otherwise, only to find that one is enough. So is one whose HTTP/2 connection has
//! ended, or takes no more requests.

mod lease;
mod load;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use tokio::time::{Instant, timeout_at};

pub(crate) use self::lease::Lease;
use self::load::Load;
pub(crate) use self::load::{Protocol, Standing};
use crate::Origin;

/// The most lanes: ten thousand requests to one origin. Beyond that they share the least used one.
const LANES: usize = 100;
/// How many origins are remembered before those that nothing is under way to are forgotten.
const ORIGINS: usize = 1000;

/// What a lane's connections speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Speaks {
    /// What the server chooses. Requests do not wait for each other's connections.
    Either,
    /// HTTP/2: requests wait for the one connection that is being made.
    Http2,
}

/// Pools, one for each lane, made when they are needed.
pub(crate) struct Lanes<P> {
    make: Box<dyn Fn(Speaks) -> P + Send + Sync>,
    first: P,
    others: Box<[OnceLock<P>]>,
    origins: Arc<Origins>,
}

/// What is known about the origins that were asked.
#[derive(Default)]
pub(crate) struct Origins(RwLock<HashMap<Origin, Arc<Load>>>);

impl Origins {
    fn load(&self, origin: &Origin) -> Arc<Load> {
        if let Some(load) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(origin) {
            return Arc::clone(load);
        }
        let mut origins = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if origins.len() >= ORIGINS {
            origins.retain(|_, load| Arc::strong_count(load) > 1);
        }
        Arc::clone(origins.entry(origin.clone()).or_insert_with(|| Arc::new(Load::new(LANES))))
    }

    /// A connection to `origin` stands, as long as this is held. It is of a lane that speaks so.
    pub(crate) fn connected(&self, origin: &Origin, speaks: Speaks) -> Standing {
        Standing::at(self.load(origin), speaks)
    }
}

impl<P> Lanes<P> {
    /// `make` makes the pool of a lane; its connector tells `origins` what it connects to.
    pub(crate) fn new(origins: Arc<Origins>, make: impl Fn(Speaks) -> P + Send + Sync + 'static) -> Self {
        let first = make(Speaks::Either);
        let others = (1..LANES).map(|_| OnceLock::new()).collect();
        Self { make: Box::new(make), first, others, origins }
    }

    /// A place for a request to an origin whose protocol is known; in clear it is HTTP/1.1 without asking.
    pub(crate) fn known(&self, origin: &Origin) -> Option<Lease> {
        if !origin.is_secure() {
            return Some(Lease::uncounted());
        }
        let load = self.origins.load(origin);
        match load.protocol() {
            Protocol::Unknown => None,
            Protocol::Http1 => Some(Lease::uncounted()),
            Protocol::Http2 { .. } => Some(Lease::counted(load)),
        }
    }

    /// A place for a request to any origin. One that is not known is asked by the first that comes; the others wait for
    /// what becomes of that, but no longer than until `deadline`.
    pub(crate) async fn enter(&self, origin: &Origin, deadline: Instant) -> Lease {
        let load = self.origins.load(origin);
        if load.protocol() == Protocol::Unknown {
            if load.attempt() {
                return Lease::attempting(load);
            }
            // Whether or not it was connected in time, this request makes its own way now.
            let _ = timeout_at(deadline, load.known_or_failed()).await;
        }
        self.known(origin).unwrap_or_else(|| Lease::counted(load))
    }

    /// Why a connection to the origin was refused for what the client has for a certificate, if one was since then.
    pub(crate) fn refused_since(&self, origin: &Origin, since: Instant) -> Option<rustls::Error> {
        self.origins.load(origin).refused_since(since)
    }

    /// Whether a connection to the origin has ended since then.
    pub(crate) fn ended_since(&self, origin: &Origin, since: Instant) -> bool {
        self.origins.load(origin).ended_since(since)
    }

    /// The pool of the lane that `lease` is for.
    pub(crate) fn pool(&self, lease: &Lease) -> &P {
        match lease.lane().checked_sub(1).and_then(|other| self.others.get(other)) {
            Some(other) => other.get_or_init(|| (self.make)(Speaks::Http2)),
            None => &self.first,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(1);
    const HUNDRED: Protocol = Protocol::Http2 { streams: 100 };

    fn lanes() -> (Lanes<usize>, Arc<Origins>, Origin) {
        let (origins, made) = (Arc::<Origins>::default(), AtomicUsize::new(0));
        let lanes = Lanes::new(Arc::clone(&origins), move |_| made.fetch_add(1, Ordering::Relaxed));
        (lanes, origins, Origin::of(&"https://models.example".parse().unwrap()).unwrap())
    }

    /// A connection that stands and said what it speaks.
    fn met(origins: &Origins, origin: &Origin, protocol: Protocol) -> Standing {
        let mut standing = origins.connected(origin, Speaks::Either);
        standing.says(protocol);
        standing
    }

    #[test]
    fn the_hundred_and_first_request_takes_another_lane() {
        let (lanes, origins, origin) = lanes();
        let _standing = met(&origins, &origin, HUNDRED);
        let mut leases: Vec<Lease> = (0..250).map(|_| lanes.known(&origin).unwrap()).collect();
        let pools: Vec<usize> = [0, 99, 100, 199, 200].map(|at: usize| *lanes.pool(&leases[at])).to_vec();
        assert_eq!(pools, [0, 0, 1, 1, 2]);
        drop(leases.remove(0));
        assert_eq!(*lanes.pool(&lanes.known(&origin).unwrap()), 0, "a place that became free is taken first");
    }

    #[test]
    fn a_lane_takes_what_the_server_takes_and_a_thousand_at_most() {
        for (streams, requests) in [(0, 1), (1, 1), (50, 50), (1000, 1000), (usize::MAX, 1000)] {
            let (lanes, origins, origin) = lanes();
            let _standing = met(&origins, &origin, Protocol::Http2 { streams });
            let leases: Vec<Lease> = (0..=requests).map(|_| lanes.known(&origin).unwrap()).collect();
            let pools: Vec<usize> = leases.iter().map(|lease| *lanes.pool(lease)).collect();
            assert_eq!(pools[requests - 1..], [0, 1], "{streams}");
        }
    }

    #[test]
    fn http_1_stays_in_the_first_lane() {
        let (lanes, origins, origin) = lanes();
        let _standing = met(&origins, &origin, Protocol::Http1);
        let leases: Vec<Lease> = (0..250).map(|_| lanes.known(&origin).unwrap()).collect();
        assert!(leases.iter().all(|lease| *lanes.pool(lease) == 0));
    }

    #[test]
    fn in_clear_nobody_waits_for_what_it_speaks() {
        let (lanes, origins, _) = lanes();
        let origin = Origin::of(&"http://localhost:11434".parse().unwrap()).unwrap();
        let leases: Vec<Lease> = (0..250).map(|_| lanes.known(&origin).unwrap()).collect();
        assert!(leases.iter().all(|lease| *lanes.pool(lease) == 0));
        assert!(origins.0.read().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_origin_is_asked_by_one_alone_until_it_is_connected() {
        let (lanes, origins, origin) = lanes();
        let start = Instant::now();
        let first = lanes.enter(&origin, start + SOON).await;
        let second = lanes.enter(&origin, start + SOON);
        tokio::pin!(second);
        assert!(tokio::time::timeout(SOON / 2, &mut second).await.is_err());
        let _standing = met(&origins, &origin, HUNDRED);
        drop(second.await);
        assert_eq!(start.elapsed(), SOON / 2);
        drop(first);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_goes_on_when_the_first_fails_or_takes_too_long() {
        let (lanes, _, origin) = lanes();
        let start = Instant::now();
        let first = lanes.enter(&origin, start + SOON).await;
        let late = lanes.enter(&origin, start + SOON).await;
        assert_eq!(start.elapsed(), SOON);
        let waiting = lanes.enter(&origin, start + 5 * SOON);
        let failing = async {
            tokio::time::sleep(SOON).await;
            drop(first);
        };
        drop(tokio::join!(waiting, failing));
        assert_eq!(start.elapsed(), 2 * SOON);
        drop(late);
    }

    #[test]
    fn origins_that_nobody_asks_are_forgotten() {
        let (lanes, origins, kept) = lanes();
        let _standing = met(&origins, &kept, HUNDRED);
        let lease = lanes.known(&kept);
        for number in 0..2 * ORIGINS {
            let origin = Origin::of(&format!("https://{number}.example").parse().unwrap()).unwrap();
            let _standing = met(&origins, &origin, Protocol::Http1);
        }
        assert!(origins.0.read().unwrap().len() <= ORIGINS);
        assert!(origins.0.read().unwrap().contains_key(&kept));
        drop(lease);
    }
}
