//! Bounds of numbers that stand in settings: what cannot have been meant is refused where it is read.

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

fn within_a_year<E: serde::de::Error>(seconds: u64) -> Result<u64, E> {
    if seconds <= YEAR {
        return Ok(seconds);
    }
    Err(E::custom(format_args!("expected at most {YEAR} seconds (a year), found {seconds}")))
}
