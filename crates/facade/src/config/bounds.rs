//! Bounds of numbers that stand in settings: what cannot have been meant is refused where it is read.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The longest time that can be set, in seconds: a year. Clocks can be moved on by that, and not by whatever fits into a number.
const YEAR: u64 = 365 * 24 * 60 * 60;

/// Nothing can be done in no time, with no room or not once.
pub(crate) fn at_least_one<'de, D: Deserializer<'de>, N: Deserialize<'de> + Default + PartialEq>(
    deserializer: D,
) -> Result<N, D::Error> {
    let number = N::deserialize(deserializer)?;
    if number == N::default() {
        return Err(D::Error::custom("expected at least 1, found 0"));
    }
    Ok(number)
}

/// The same where it may be left out.
pub(crate) fn some_at_least_one<'de, D: Deserializer<'de>, N: Deserialize<'de> + Default + PartialEq>(
    deserializer: D,
) -> Result<Option<N>, D::Error> {
    at_least_one(deserializer).map(Some)
}

/// A time that something may take.
pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    at_least_one(deserializer).and_then(within_a_year)
}

/// The same where it may be left out.
pub(super) fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    seconds(deserializer).map(Some)
}

/// A time to wait, which may be none.
pub(super) fn seconds_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    u64::deserialize(deserializer).and_then(within_a_year)
}

/// The time of a setting that code may have set, which nothing has looked at: more than a year is a year.
pub(crate) fn duration(seconds: u64) -> Duration {
    Duration::from_secs(seconds.min(YEAR))
}

fn within_a_year<E: serde::de::Error>(seconds: u64) -> Result<u64, E> {
    if seconds <= YEAR {
        return Ok(seconds);
    }
    Err(E::custom(format_args!("expected at most {YEAR} seconds (a year), found {seconds}")))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use crate::{FailoverConfig, Limits, ServerConfig};

    /// What code sets is not looked at where it is read.
    #[test]
    fn any_time_that_code_sets_can_be_added_to_a_clock() {
        let mut failover = FailoverConfig::default();
        (failover.patience_seconds, failover.breaker_seconds) = (u64::MAX, u64::MAX);
        let mut server = ServerConfig::new("https://mcp.example/mcp");
        (server.timeout_seconds, server.longest_seconds) = (u64::MAX, u64::MAX);
        let limits = Limits { wall_time_seconds: u64::MAX, ..Limits::default() };
        let (patience, cooldown) = (failover.patience(), failover.cooldown());
        for time in [patience, cooldown, server.timeout(), server.longest(), limits.wall_time()] {
            assert!(Instant::now().checked_add(time).is_some(), "{time:?}");
        }
    }
}
