//! How long to wait: what the server asks for, or a random time. Functions of their arguments.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{HeaderName, RETRY_AFTER};

/// Milliseconds, as OpenAI and Azure send them beside `Retry-After`.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// What `retry-after-ms` or `Retry-After` (RFC 9110 section 10.2.3: seconds or a date) asks for.
pub(super) fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(milliseconds) = text(RETRY_AFTER_MS).and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(milliseconds));
    }
    let after = text(RETRY_AFTER)?;
    match after.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(after).ok()?.duration_since(now).unwrap_or_default()),
    }
}

/// A `share` (0 to 1) of the bound of this attempt: `first`, doubled each time, at most `longest`.
pub(super) fn random(attempt: u32, first: Duration, longest: Duration, share: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let bound = first.saturating_mul(1 << doublings).min(longest);
    Duration::try_from_secs_f64(bound.as_secs_f64() * share.clamp(0.0, 1.0)).unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn of(name: &'static str, value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        // 1994-11-06 08:49:37, RFC 9110's own example.
        asked(&headers, UNIX_EPOCH + Duration::from_secs(784_111_777))
    }

    #[test]
    fn seconds_milliseconds_and_dates_are_read() {
        assert_eq!(of("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(of("retry-after-ms", "250"), Some(Duration::from_millis(250)));
        assert_eq!(of("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"), Some(Duration::from_secs(3)));
        assert_eq!(of("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        for nonsense in ["-1", "soon", "1e9", ""] {
            assert_eq!(of("retry-after", nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_bound_doubles_up_to_the_longest() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        let bounds: Vec<_> = (1..7).map(|attempt| random(attempt, first, longest, 1.0).as_millis()).collect();
        assert_eq!(bounds, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(random(u32::MAX, first, longest, 0.5), longest / 2);
        assert_eq!(random(1, Duration::MAX, Duration::MAX, 1.0), Duration::MAX);
    }
}
