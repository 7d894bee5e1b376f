//! A model of the single flight: the cache's own `desk.rs`, compiled over the primitives of a model checker that tries
//! thousands of interleavings of callers, landings, failures, crashes, cancellations and evictions.

#[path = "../../src/cache/flight/desk.rs"]
mod desk;

/// The primitives of `src/cache/flight/sync.rs`, over shuttle.
mod sync {
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::task::{Poll, Waker};

    use shuttle::sync::MutexGuard;

    pub(super) struct Mutex<T>(shuttle::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(super) fn new(value: T) -> Self {
            Self(shuttle::sync::Mutex::new(value))
        }

        pub(super) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap()
        }
    }

    /// An atomic pointer, as far as the scheduler can tell: one step to read, one to write.
    pub(super) struct Slot<H>(Mutex<Option<Arc<H>>>);

    impl<H> Slot<H> {
        pub(super) fn empty() -> Self {
            Self(Mutex::new(None))
        }

        pub(super) fn get(&self) -> Option<Arc<H>> {
            self.0.lock().clone()
        }

        pub(super) fn set(&self, held: Option<Arc<H>>) {
            *self.0.lock() = held;
        }
    }

    struct Watched<O> {
        outcome: Option<O>,
        closed: bool,
        waiting: Vec<Waker>,
    }

    pub(super) struct Takeoff<O>(Arc<Mutex<Watched<O>>>);
    pub(super) struct Arrival<O>(Arc<Mutex<Watched<O>>>);

    pub(super) fn channel<O>() -> (Takeoff<O>, Arrival<O>) {
        let watched = Arc::new(Mutex::new(Watched { outcome: None, closed: false, waiting: Vec::new() }));
        (Takeoff(watched.clone()), Arrival(watched))
    }

    impl<O> Takeoff<O> {
        pub(super) fn announce(&self, outcome: O) {
            let mut watched = self.0.lock();
            watched.outcome = Some(outcome);
            watched.waiting.drain(..).for_each(Waker::wake);
        }
    }

    impl<O> Drop for Takeoff<O> {
        fn drop(&mut self) {
            let mut watched = self.0.lock();
            watched.closed = true;
            watched.waiting.drain(..).for_each(Waker::wake);
        }
    }

    impl<O> Clone for Arrival<O> {
        fn clone(&self) -> Self {
            Self(self.0.clone())
        }
    }

    impl<O: Clone> Arrival<O> {
        pub(super) async fn outcome(self) -> Option<O> {
            poll_fn(|context| {
                let mut watched = self.0.lock();
                if watched.outcome.is_some() || watched.closed {
                    return Poll::Ready(watched.outcome.clone());
                }
                watched.waiting.push(context.waker().clone());
                Poll::Pending
            })
            .await
        }
    }
}

use std::sync::Arc;

use desk::{Desk, Joined};
use shuttle::future::{block_on, spawn, yield_now};
use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use sync::{Slot, Takeoff};

/// The number of the request that brought the token.
type Token = usize;
type Outcome = Result<Token, &'static str>;

struct Held {
    token: Token,
}

#[derive(Default)]
struct World {
    desk: Desk<Held, Outcome, Vec<Outcome>>,
    /// Requests announced so far, and those under way.
    announced: AtomicUsize,
    airborne: AtomicUsize,
}

impl World {
    async fn call(self: &Arc<Self>) -> Option<Outcome> {
        if let Some(held) = self.desk.held().get() {
            return Some(Ok(held.token));
        }
        match self.desk.join(|held| Some(Ok(held.token)), |_| None) {
            Joined::Done(outcome) => Some(outcome),
            Joined::Wait(arrival) => arrival.outcome().await,
            Joined::Start(takeoff, arrival) => {
                self.fly(takeoff);
                arrival.outcome().await
            }
        }
    }

    /// A request in its own task: it brings a token, or fails, or its task is dropped before it ends.
    fn fly(self: &Arc<Self>, takeoff: Takeoff<Outcome>) {
        assert_eq!(self.airborne.fetch_add(1, Ordering::SeqCst), 0, "one request at a time");
        let number = self.announced.fetch_add(1, Ordering::SeqCst) + 1;
        let world = Arc::clone(self);
        let fate = thread_rng().gen_range(0..4);
        drop(spawn(async move {
            yield_now().await;
            world.airborne.fetch_sub(1, Ordering::SeqCst);
            if fate == 0 {
                world.desk.crash(|_| {});
                return drop(takeoff);
            }
            let outcome = if fate == 1 { Err("busy") } else { Ok(number) };
            world.desk.land(&takeoff, outcome, |landed: &mut Vec<Outcome>, held: &Slot<Held>, outcome| {
                landed.push(*outcome);
                if let Ok(token) = *outcome {
                    held.set(Some(Arc::new(Held { token })));
                }
            });
        }));
    }

    /// A resource refused `token`.
    fn evict(&self, token: Token) {
        self.desk.change(|_, held| {
            if held.get().is_some_and(|held| held.token == token) {
                held.set(None);
            }
        });
    }
}

/// Callers that wait, callers that give up, a refusal of the first token that comes late, a refresh.
fn scenario() {
    let world = Arc::new(World::default());
    block_on(async {
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let world = Arc::clone(&world);
                spawn(async move { world.call().await })
            })
            .collect();
        let gone = Arc::clone(&world);
        let gone = spawn(async move { gone.call().await });
        let refreshes = [(); 2].map(|()| {
            let world = Arc::clone(&world);
            spawn(async move {
                while world.desk.held().get().is_none() && world.announced.load(Ordering::SeqCst) == 0 {
                    yield_now().await;
                }
                if let Some(takeoff) = world.desk.announce_refresh(|_| true) {
                    world.fly(takeoff);
                }
                world.evict(1);
            })
        });
        gone.abort();
        for caller in waiting {
            // Every caller that stays has an answer: shuttle calls a lost one a deadlock.
            if let Some(Ok(token)) = caller.await.unwrap() {
                assert!((1..=world.announced.load(Ordering::SeqCst)).contains(&token));
            }
        }
        for refresh in refreshes {
            refresh.await.unwrap();
        }
    });
    // A failure or a crash poisons nothing, and nobody waits for a ghost: one of the next requests brings a token.
    block_on(async {
        for _ in 0..40 {
            if let Some(Ok(token)) = world.call().await {
                return assert!(world.desk.change(|landed, _| landed.contains(&Ok(token))));
            }
        }
        panic!("forty more requests brought nothing");
    });
}

#[test]
fn however_callers_interleave_there_is_one_flight_and_no_lost_caller() {
    shuttle::check_random(scenario, 3000);
    shuttle::check_pct(scenario, 3000, 3);
}
