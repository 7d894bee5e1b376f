//! How long an authorization server may have a client wait.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

/// A server cannot silence a client for longer.
const MAX: Duration = Duration::from_secs(3600);

/// How long the server asks to wait, an hour at most; junk means that it did not ask.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    toolgate_http_client::retry_after(headers, now).map(|wait| wait.min(MAX))
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;

    use super::*;

    #[test]
    fn nobody_waits_longer_than_an_hour() {
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, SystemTime::UNIX_EPOCH).map(|wait| wait.as_secs())
        };
        assert_eq!(read("7"), Some(7));
        assert_eq!(read("3601"), Some(3600));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(3600));
        assert_eq!(read("soon"), None);
    }
}
