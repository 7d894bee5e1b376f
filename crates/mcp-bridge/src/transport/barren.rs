//! Streams on which a server tells of changes, and that end without having told any.
//!
//! A server that ends each of them at once is left alone after a few. One that sits behind a proxy is not such a server: nginx
//! cuts off what was silent for a minute.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How many in a row may end without an event before the server is no longer asked for one.
const MAX: u32 = 5;
/// A stream that lasted as long does not count as barren.
const LONG: Duration = Duration::from_secs(10);

/// Counts them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Barren(Arc<Mutex<Streams>>);

#[derive(Debug, Default)]
struct Streams {
    barren: u32,
    asked: Option<Instant>,
}

impl Barren {
    /// Whether the server is to be left alone. Asked when a stream has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.streams(|streams| {
            if streams.asked.is_some_and(|asked| asked.elapsed() >= LONG) {
                streams.barren = 0;
            }
            streams.barren >= MAX
        })
    }

    /// A stream that was asked for then: whether it is the first. It counts from there, for nginx keeps the head of an answer back
    /// until there is a body.
    pub(crate) fn begin(&self, asked: Instant) -> bool {
        self.streams(|streams| {
            streams.barren += 1;
            streams.asked.replace(asked).is_none()
        })
    }

    /// Something came.
    pub(crate) fn bore(&self) {
        self.streams(|streams| streams.barren = 0);
    }

    /// How many there were in a row, the one that is open included.
    pub(crate) fn in_a_row(&self) -> u32 {
        self.streams(|streams| streams.barren)
    }

    fn streams<T>(&self, look: impl FnOnce(&mut Streams) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn streams(count: u32, lasting: Duration) -> Barren {
        let barren = Barren::default();
        for _ in 0..count {
            barren.begin(Instant::now());
            tokio::time::advance(lasting).await;
        }
        barren
    }

    #[tokio::test(start_paused = true)]
    async fn only_streams_that_end_soon_are_no_longer_asked_for() {
        let soon = Duration::from_secs(9);
        assert!(!streams(MAX - 1, soon).await.is_over());
        assert!(streams(MAX, soon).await.is_over());
        // As nginx has it.
        let barren = Barren::default();
        for _ in 0..100 {
            assert!(!barren.is_over());
            barren.begin(Instant::now());
            tokio::time::advance(Duration::from_secs(60)).await;
        }
        let barren = streams(MAX, soon).await;
        barren.bore();
        assert!(!barren.is_over());
    }
}
