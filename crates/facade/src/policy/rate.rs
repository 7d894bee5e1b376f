//! `10/min`: how many calls in how long, as people write it.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Deserializer};

/// So many calls in any period of that length.
///
/// ```
/// let rate: toolgate::Rate = "10/min".parse()?;
/// assert_eq!(rate.to_string(), "10/min");
/// # Ok::<(), toolgate::RateError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    calls: u32,
    period: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Second,
    Minute,
    Hour,
    Day,
}

/// A text that is no [`Rate`].
///
/// ```
/// # use toolgate::{Rate, RateError};
/// assert_eq!("10/fortnight".parse::<Rate>(), Err(RateError));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a rate such as 10/min: a number from 1 to 100000, a slash, and s, min, h or day")]
pub struct RateError;

impl Rate {
    pub(crate) fn calls(self) -> u32 {
        self.calls
    }

    pub(crate) fn period(self) -> Duration {
        Duration::from_secs(match self.period {
            Period::Second => 1,
            Period::Minute => 60,
            Period::Hour => 3600,
            Period::Day => 86_400,
        })
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (calls, period) = text.split_once('/').ok_or(RateError)?;
        let calls: u32 = calls.trim().parse().map_err(|_| RateError)?;
        let period = match period.trim() {
            "s" => Period::Second,
            "min" => Period::Minute,
            "h" => Period::Hour,
            "day" => Period::Day,
            _ => return Err(RateError),
        };
        if (1..=100_000).contains(&calls) { Ok(Self { calls, period }) } else { Err(RateError) }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = match self.period {
            Period::Second => "s",
            Period::Minute => "min",
            Period::Hour => "h",
            Period::Day => "day",
        };
        write!(f, "{}/{period}", self.calls)
    }
}

/// The calls of the last period.
#[derive(Debug, Default)]
pub(crate) struct Window(VecDeque<Instant>);

impl Window {
    /// Counts a call at `now`, unless the rate is used up.
    pub(crate) fn take(&mut self, rate: Rate, now: Instant) -> bool {
        self.forget(rate, now);
        let free = self.0.len() < rate.calls as usize;
        if free {
            self.0.push_back(now);
        }
        free
    }

    /// Counts a call that is allowed in any case.
    pub(crate) fn note(&mut self, rate: Rate, now: Instant) {
        self.forget(rate, now);
        self.0.push_back(now);
    }

    fn forget(&mut self, rate: Rate, now: Instant) {
        while self.0.front().is_some_and(|first| now.saturating_duration_since(*first) >= rate.period()) {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_as_people_write_them() {
        for text in ["1/s", "10/min", "500/h", "3/day"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for bad in ["", "10", "0/min", "10/minute", "-1/s", "1.5/s", "100001/h"] {
            assert_eq!(bad.parse::<Rate>(), Err(RateError), "{bad}");
        }
    }

    #[test]
    fn no_period_of_that_length_holds_more() {
        let (mut window, rate, start) = (Window::default(), "2/min".parse().unwrap(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(window.take(rate, at(0)) && window.take(rate, at(50)));
        assert!(!window.take(rate, at(59)), "two in this minute already");
        assert!(window.take(rate, at(60)), "the first is a minute ago");
        assert!(!window.take(rate, at(61)));
    }
}
