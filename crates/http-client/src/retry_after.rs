//! What a server asks to wait (RFC 9110 section 10.2.3). The one reader of it: for repeats here, for tokens and for models.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{HeaderName, RETRY_AFTER};

/// Milliseconds, as OpenAI and Azure send them beside `Retry-After`.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// How long a server asks to wait: `retry-after-ms`, else `Retry-After` in seconds or as a date. A part of a second counts,
/// a date in the past is no wait, and what is none of these asks for nothing. As long as the server says: the caller bounds it.
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// # use toolgate_http_client::retry_after;
/// let mut headers = http::HeaderMap::new();
/// assert_eq!(retry_after(&headers, SystemTime::now()), None);
/// headers.insert(http::header::RETRY_AFTER, "7".parse()?);
/// assert_eq!(retry_after(&headers, SystemTime::now()), Some(Duration::from_secs(7)));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(milliseconds) = text(RETRY_AFTER_MS).and_then(number) {
        return Some(seconds(milliseconds / 1000.0));
    }
    let after = text(RETRY_AFTER)?;
    match number(after) {
        Some(number) => Some(seconds(number)),
        None => Some(httpdate::parse_http_date(after).ok()?.duration_since(now).unwrap_or_default()),
    }
}

/// Digits, and a point among them; not all else that a float may be written as.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
    text.parse().ok().filter(|_| plain)
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    /// At 1994-11-06 08:49:37, RFC 9110's own example.
    fn of(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let pairs = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        retry_after(&pairs.collect(), UNIX_EPOCH + Duration::from_secs(784_111_777))
    }

    #[test]
    fn seconds_milliseconds_and_dates_are_read() {
        let milliseconds = |number| Some(Duration::from_millis(number));
        assert_eq!(of(&[("retry-after", "7")]), milliseconds(7000));
        assert_eq!(of(&[("retry-after", " 1.5 ")]), milliseconds(1500));
        assert_eq!(of(&[("retry-after-ms", "250"), ("retry-after", "7")]), milliseconds(250));
        assert_eq!(of(&[("retry-after-ms", "-1"), ("retry-after", "7")]), milliseconds(7000));
        assert_eq!(of(&[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")]), milliseconds(3000));
        assert_eq!(of(&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")]), milliseconds(0));
        assert_eq!(of(&[("retry-after", "99999999999999999999999")]), Some(Duration::MAX));
        for nonsense in ["-1", "soon", "1e9", "inf", "NaN", ".", ""] {
            assert_eq!(of(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
    }
}
