//! When a token is refreshed and how long a failure is left alone: pure functions of times and a random fraction.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use tokio::time::Instant;

/// The longest pause while a valid token is in hand.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause without one: a failure is not remembered for longer, unless the server asked for it.
const MAX_PAUSE_WITHOUT_TOKEN: Duration = Duration::from_secs(1);

/// When to refresh a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadlines {
    /// From here on, a refresh runs beside the callers.
    pub(crate) refresh_at: Instant,
    /// From here on, callers wait for the refresh.
    pub(crate) stale_at: Instant,
}

impl Deadlines {
    /// For a token that came at `now`: stale `margin` before it expires, refreshed up to a margin earlier, so that many
    /// processes do not ask at once. The margin is at most a quarter of the lifetime, so that a short-lived token is
    /// used and not only fetched.
    pub(crate) fn new(now: Instant, expires_at: Instant, margin: Duration, fraction: f64) -> Self {
        let margin = margin.min(expires_at.saturating_duration_since(now) / 4);
        let stale_at = expires_at.checked_sub(margin).unwrap_or(now);
        let refresh_at = stale_at.checked_sub(margin.mul_f64(fraction)).unwrap_or(now);
        Self { refresh_at, stale_at }
    }
}

/// How long to leave a token endpoint alone after `failures` in a row.
pub(crate) fn pause(failures: u32, has_token: bool, retry_after: Option<Duration>) -> Duration {
    let doubled = Duration::from_secs(1).saturating_mul(1 << failures.saturating_sub(1).min(8));
    let ours = doubled.min(if has_token { MAX_PAUSE } else { MAX_PAUSE_WITHOUT_TOKEN });
    retry_after.unwrap_or(ours)
}

/// Half of `wait` up to all of it.
pub(crate) fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(0.5 + fraction() / 2.0)
}

/// A random number in [0, 1). It spreads requests out and guards nothing: the standard library's hash keys do.
pub(crate) fn fraction() -> f64 {
    let random = std::hash::RandomState::new().build_hasher().finish();
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn long_lived_tokens_keep_the_whole_margin() {
        let now = Instant::now();
        let expires_at = now + 60 * MINUTE;
        let early = Deadlines::new(now, expires_at, MINUTE, 0.999_999);
        assert_eq!(early.stale_at, expires_at - MINUTE);
        assert!(early.refresh_at >= expires_at - 2 * MINUTE && early.refresh_at < early.stale_at);
        assert_eq!(Deadlines::new(now, expires_at, MINUTE, 0.0).refresh_at, early.stale_at);
    }

    #[test]
    fn short_lived_tokens_are_used_for_at_least_half_of_their_life() {
        let now = Instant::now();
        for seconds in [1, 2, 10, 60, 100] {
            let lifetime = Duration::from_secs(seconds);
            let worst = Deadlines::new(now, now + lifetime, MINUTE, 0.999_999);
            assert!(worst.refresh_at >= now + lifetime / 2, "{seconds}");
        }
        let dead = Deadlines::new(now, now, MINUTE, 0.5);
        assert_eq!((dead.refresh_at, dead.stale_at), (now, now));
    }

    #[test]
    fn pauses_grow_and_heal() {
        assert_eq!(pause(1, true, None), Duration::from_secs(1));
        assert_eq!(pause(4, true, None), Duration::from_secs(8));
        assert_eq!(pause(u32::MAX, true, None), MAX_PAUSE);
        assert_eq!(pause(9, false, None), Duration::from_secs(1));
        assert_eq!(pause(1, false, Some(MINUTE)), MINUTE);
    }

    #[test]
    fn fractions_differ_and_stay_in_range() {
        let drawn: Vec<f64> = (0..100).map(|_| fraction()).collect();
        assert!(drawn.iter().all(|f| (0.0..1.0).contains(f)));
        assert!(drawn.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
