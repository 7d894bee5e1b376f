//! Who flies and who waits: the part of the single flight where callers meet.
//!
//! Apart from the rest because everything that threads could do to each other is in here. It knows no time, no token
//! and no runtime, and takes its primitives from `super::sync`: `tests/it/model.rs` compiles this same file over those of
//! a model checker.

use super::sync::{Arrival, Mutex, Slot, Takeoff, channel};

/// What is in hand, and the request under way for the next. `H` is what is in hand, `O` what a request ends with, `N`
/// what else is noted under the lock.
pub(super) struct Desk<H, O, N> {
    held: Slot<H>,
    state: Mutex<State<O, N>>,
}

struct State<O, N> {
    flight: Option<Arrival<O>>,
    notes: N,
}

/// What a caller does.
pub(super) enum Joined<O> {
    /// It has its answer.
    Done(O),
    /// It waits for a request that is under way.
    Wait(Arrival<O>),
    /// It sends this request on its way, and waits too.
    Start(Takeoff<O>, Arrival<O>),
}

impl<H, O: Clone, N: Default> Default for Desk<H, O, N> {
    fn default() -> Self {
        Self { held: Slot::empty(), state: Mutex::new(State { flight: None, notes: N::default() }) }
    }
}

impl<H, O: Clone, N> Desk<H, O, N> {
    /// What is in hand, without a lock.
    pub(super) fn held(&self) -> &Slot<H> {
        &self.held
    }

    /// Decides under the lock what a caller does: `fresh` answers from what is in hand, since another's request may have
    /// landed since the caller looked; a request under way is waited for; `refusal` may answer instead of a new one.
    pub(super) fn join(
        &self,
        fresh: impl FnOnce(&H) -> Option<O>,
        refusal: impl FnOnce(&N) -> Option<O>,
    ) -> Joined<O> {
        let mut state = self.state.lock();
        if let Some(done) = self.held.get().and_then(|held| fresh(&held)) {
            return Joined::Done(done);
        }
        if let Some(arrival) = &state.flight {
            return Joined::Wait(arrival.clone());
        }
        if let Some(refused) = refusal(&state.notes) {
            return Joined::Done(refused);
        }
        let (takeoff, arrival) = channel();
        state.flight = Some(arrival.clone());
        Joined::Start(takeoff, arrival)
    }

    /// Announces a request beside the callers, if what is in hand is still `due` and none is under way.
    pub(super) fn announce_refresh(&self, due: impl FnOnce(&H) -> bool) -> Option<Takeoff<O>> {
        let mut state = self.state.lock();
        if state.flight.is_some() || !self.held.get().is_some_and(|held| due(&held)) {
            return None;
        }
        let (takeoff, arrival) = channel();
        state.flight = Some(arrival);
        Some(takeoff)
    }

    /// Ends the request that `takeoff` announced: the outcome is in the notes and in hand before anybody is told.
    pub(super) fn land(&self, takeoff: &Takeoff<O>, outcome: O, settle: impl FnOnce(&mut N, &Slot<H>, &O)) {
        {
            let mut state = self.state.lock();
            state.flight = None;
            settle(&mut state.notes, &self.held, &outcome);
        }
        takeoff.announce(outcome);
    }

    /// Ends a request that never came to an end, such as one whose runtime is shutting down.
    pub(super) fn crash(&self, clear: impl FnOnce(&Slot<H>)) {
        let mut state = self.state.lock();
        state.flight = None;
        clear(&self.held);
    }

    /// Changes what is in hand. Under the lock, as landing is: otherwise what lands in between would be lost.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut N, &Slot<H>) -> R) -> R {
        let mut state = self.state.lock();
        change(&mut state.notes, &self.held)
    }
}
