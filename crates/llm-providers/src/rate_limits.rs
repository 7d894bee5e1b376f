//! How much a provider will still take, as its headers tell.
//!
//! OpenAI and most others: `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, with resets such as `6m0s`;
//! Anthropic: `anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}`, with resets as times (RFC 3339).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;

/// What a provider says about its limits. `None` is "it did not say".
///
/// ```
/// # use std::time::SystemTime;
/// # use toolgate_llm_providers::RateLimits;
/// let mut headers = http::HeaderMap::new();
/// headers.insert("x-ratelimit-remaining-requests", http::HeaderValue::from_static("59"));
/// assert_eq!(RateLimits::of(&headers, SystemTime::now()).requests.remaining, Some(59));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimits {
    /// In requests.
    pub requests: Allowance,
    /// In tokens.
    pub tokens: Allowance,
}

/// One limit.
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// # use toolgate_llm_providers::{Allowance, RateLimits};
/// /// How long to hold the next request back.
/// fn pause(tokens: Allowance) -> Option<Duration> {
///     tokens.reset.filter(|_| tokens.remaining == Some(0))
/// }
/// let mut headers = http::HeaderMap::new();
/// headers.insert("x-ratelimit-remaining-tokens", http::HeaderValue::from_static("0"));
/// headers.insert("x-ratelimit-reset-tokens", http::HeaderValue::from_static("1m30s"));
/// assert_eq!(pause(RateLimits::of(&headers, SystemTime::now()).tokens), Some(Duration::from_secs(90)));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowance {
    /// The most in the provider's period.
    pub limit: Option<u64>,
    /// What is left of it.
    pub remaining: Option<u64>,
    /// How long until it is whole again.
    pub reset: Option<Duration>,
}

impl RateLimits {
    /// Reads a reply's headers; `now` is for resets that are times.
    #[must_use]
    pub fn of(headers: &HeaderMap, now: SystemTime) -> Self {
        let mut limits = Self::default();
        // Once through the headers that there are, rather than a search for each name that there could be.
        for (name, value) in headers {
            let Some((unit, what)) = subject(name.as_str()) else { continue };
            let allowance = match unit {
                Unit::Requests => &mut limits.requests,
                Unit::Tokens => &mut limits.tokens,
            };
            if let Ok(value) = value.to_str() {
                allowance.take(what, value, now);
            }
        }
        limits
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Requests,
    Tokens,
}

#[derive(Clone, Copy)]
enum What {
    Limit,
    Remaining,
    Reset,
}

/// What a header counts, and what it says of it.
fn subject(name: &str) -> Option<(Unit, What)> {
    if let Some(rest) = name.strip_prefix("x-ratelimit-") {
        return Some(match rest {
            "limit-requests" => (Unit::Requests, What::Limit),
            "remaining-requests" => (Unit::Requests, What::Remaining),
            "reset-requests" => (Unit::Requests, What::Reset),
            "limit-tokens" => (Unit::Tokens, What::Limit),
            "remaining-tokens" => (Unit::Tokens, What::Remaining),
            "reset-tokens" => (Unit::Tokens, What::Reset),
            _ => return None,
        });
    }
    Some(match name.strip_prefix("anthropic-ratelimit-")? {
        "requests-limit" => (Unit::Requests, What::Limit),
        "requests-remaining" => (Unit::Requests, What::Remaining),
        "requests-reset" => (Unit::Requests, What::Reset),
        "tokens-limit" => (Unit::Tokens, What::Limit),
        "tokens-remaining" => (Unit::Tokens, What::Remaining),
        "tokens-reset" => (Unit::Tokens, What::Reset),
        _ => return None,
    })
}

impl Allowance {
    fn take(&mut self, what: What, value: &str, now: SystemTime) {
        match what {
            // Of a header that stands twice, the first counts.
            What::Limit => self.limit = self.limit.or_else(|| value.trim().parse().ok()),
            What::Remaining => self.remaining = self.remaining.or_else(|| value.trim().parse().ok()),
            What::Reset => self.reset = self.reset.or_else(|| duration(value).or_else(|| until(value, now))),
        }
    }
}

/// Go's form of a duration, `1h2m3.5s` or `20ms`; a bare number is seconds.
fn duration(text: &str) -> Option<Duration> {
    let has_unit = text.ends_with(|last: char| last.is_ascii_alphabetic());
    if !has_unit && let Some(seconds) = times(text, Duration::from_secs(1)) {
        return Some(seconds);
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, later) = tail.split_at(unit);
        let unit = match unit {
            "h" => Duration::from_secs(3600),
            "m" => Duration::from_secs(60),
            "s" => Duration::from_secs(1),
            "ms" => Duration::from_millis(1),
            "us" | "µs" => Duration::from_micros(1),
            "ns" => Duration::from_nanos(1),
            _ => return None,
        };
        total = total.checked_add(times(number, unit)?)?;
        rest = later;
    }
    Some(total)
}

/// So many units. Most numbers are whole, and then need no fraction's arithmetic.
fn times(number: &str, unit: Duration) -> Option<Duration> {
    match number.parse() {
        Ok(whole) => unit.checked_mul(whole),
        Err(_) => Duration::try_from_secs_f64(number.parse::<f64>().ok()? * unit.as_secs_f64()).ok(),
    }
}

fn until(text: &str, now: SystemTime) -> Option<Duration> {
    let time: jiff::Timestamp = text.parse().ok()?;
    let since_epoch = Duration::from_millis(u64::try_from(time.as_millisecond()).ok()?);
    Some((UNIX_EPOCH + since_epoch).duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &'static str)]) -> RateLimits {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        RateLimits::of(&headers, UNIX_EPOCH)
    }

    #[test]
    fn both_families_of_headers() {
        let openai = read(&[
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-reset-tokens", "1m0.5s"),
        ]);
        assert_eq!((openai.requests.limit, openai.requests.remaining), (Some(500), Some(499)));
        assert_eq!(openai.requests.reset, Some(Duration::from_millis(120)));
        assert_eq!(openai.tokens.reset, Some(Duration::from_millis(60_500)));
        let anthropic = read(&[
            ("anthropic-ratelimit-tokens-remaining", "7"),
            ("anthropic-ratelimit-tokens-reset", "1970-01-01T00:01:00Z"),
        ]);
        assert_eq!(
            (anthropic.tokens.remaining, anthropic.tokens.reset),
            (Some(7), Some(Duration::from_secs(60)))
        );
    }

    #[test]
    fn resets_of_every_form() {
        for (text, nanos) in [
            ("0", 0),
            ("60", 60_000_000_000),
            ("0.25", 250_000_000),
            ("6m0s", 360_000_000_000),
            ("1h2m3.5s", 3_723_500_000_000),
            ("20ms", 20_000_000),
            ("7us3ns", 7_003),
            ("4294967296ns", 4_294_967_296),
        ] {
            let read = read(&[("x-ratelimit-reset-requests", text)]).requests.reset;
            assert_eq!(read, Some(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn what_is_no_limit_is_unknown() {
        for bad in ["soon", "5x", "-3", "s", "1m2"] {
            assert_eq!(read(&[("x-ratelimit-reset-requests", bad)]), RateLimits::default(), "{bad}");
        }
        assert_eq!(read(&[("x-ratelimit-limit-tokens", "many")]), RateLimits::default());
    }
}
