//! How long to wait where the server does not ask: a random time. A function of its arguments.

use std::time::Duration;

/// A `share` (0 to 1) of the bound of this attempt: `first`, doubled each time, at most `longest`.
pub(super) fn random(attempt: u32, first: Duration, longest: Duration, share: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let bound = first.saturating_mul(1 << doublings).min(longest);
    Duration::try_from_secs_f64(bound.as_secs_f64() * share.clamp(0.0, 1.0)).unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_longest() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        let bounds: Vec<_> = (1..7).map(|attempt| random(attempt, first, longest, 1.0).as_millis()).collect();
        assert_eq!(bounds, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(random(u32::MAX, first, longest, 0.5), longest / 2);
        let most = Duration::from_millis(1 << 16);
        assert_eq!(random(17, Duration::from_millis(1), Duration::MAX, 1.0), most);
        assert_eq!(random(u32::MAX, Duration::from_millis(1), Duration::MAX, 1.0), most);
        assert_eq!(random(1, Duration::MAX, Duration::MAX, 1.0), Duration::MAX);
    }
}
