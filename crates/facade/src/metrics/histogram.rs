//! How long things take, in fixed buckets: one atomic addition per observation, whatever the number of buckets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds in seconds, from a cached answer on this machine to the longest that a model may take.
const BOUNDS: [f64; 16] =
    [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// Durations by bucket.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    counts: [AtomicU64; BOUNDS.len() + 1],
    sum_us: AtomicU64,
}

/// What a histogram held at one moment.
///
/// See the example of [`Snapshot`](super::Snapshot).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Distribution {
    /// Upper bounds in seconds, ascending; the last bucket has none.
    pub bounds: &'static [f64],
    /// Observations by bucket, each counted once: one more than there are bounds.
    pub counts: Vec<u64>,
    /// All observations added up, in seconds.
    pub sum: f64,
}

impl Histogram {
    pub(super) fn record(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = BOUNDS.partition_point(|bound| *bound < seconds);
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn distribution(&self) -> Distribution {
        Distribution {
            bounds: &BOUNDS,
            counts: self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect(),
            sum: Duration::from_micros(self.sum_us.load(Ordering::Relaxed)).as_secs_f64(),
        }
    }
}

impl Distribution {
    /// How many observations there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_falls_into_the_first_bucket_that_holds_it() {
        let histogram = Histogram::default();
        for milliseconds in [0, 1, 2, 400_000] {
            histogram.record(Duration::from_millis(milliseconds));
        }
        let seen = histogram.distribution();
        assert_eq!((seen.counts[0], seen.counts[1], seen.counts[16], seen.count()), (2, 1, 1, 4));
        assert!((seen.sum - 400.003).abs() < 1e-9);
    }
}
