//! A reply with an error status: its headers, and the error in its body.

use std::time::SystemTime;

use http::{HeaderMap, StatusCode};
use toolgate_http_client::retry_after;

use super::body::without;
use super::upstream::reset;
use super::{ErrorBody, ProviderError};
use crate::{ApiKey, ErrorKind, Provider};

/// Headers that carry a request's id, in the order of trust.
const REQUEST_IDS: [&str; 5] =
    ["request-id", "x-request-id", "x-goog-request-id", "apim-request-id", "x-amzn-requestid"];

/// AWS names an error here, with the namespace of its origin after a colon.
const ERROR_TYPE: &str = "x-amzn-errortype";

/// The error that a reply with an error status tells of.
pub(crate) fn from_reply(
    provider: &Provider,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: SystemTime,
    key: Option<&ApiKey>,
) -> ProviderError {
    let text = std::str::from_utf8(body).unwrap_or_default().trim_start_matches('\u{feff}');
    let named = headers.get(ERROR_TYPE).and_then(|name| name.to_str().ok()).unwrap_or_default();
    let code = named.split(':').next().unwrap_or_default();
    let body = ErrorBody::parse(said(text)).with_code(code);
    let passed_on = body.upstream().headers();
    let error = body.into_error(provider, status, key);
    let from_header = REQUEST_IDS.iter().find_map(|name| headers.get(*name)?.to_str().ok());
    let request_id =
        from_header.map(|id| without(provider, key, id)).or_else(|| error.request_id().map(str::to_owned));
    let told = retry_after(headers, now).or_else(|| retry_after(&passed_on, now)).or(error.retry_after());
    let is_limit = error.kind() == ErrorKind::RateLimited;
    let retry_after =
        told.or_else(|| is_limit.then(|| reset(headers, now).or_else(|| reset(&passed_on, now))).flatten());
    error.with_request_id(request_id.as_deref()).with_retry_after(retry_after)
}

/// The data of the first event, where a stream was asked for and the error came as one (Alibaba); else all.
pub(crate) fn said(text: &str) -> &str {
    let is_json = text.trim_start().starts_with(['{', '[', '"']);
    let data = || text.lines().find_map(|line| line.strip_prefix("data:")).map(str::trim);
    if is_json { text } else { data().unwrap_or(text) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Dialect;

    fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> ProviderError {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        // 1994-11-15 08:12:31.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_887_151);
        let key = ApiKey::new("sk-canary").unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        let provider = Provider::new("p", "https://h", Dialect::OpenAiChat).unwrap();
        from_reply(&provider, status, &headers, body.as_bytes(), now, Some(&key))
    }

    #[test]
    fn every_shape_gives_its_words() {
        for body in [
            r#"{"error":{"message":"no","type":"t","param":null,"code":null}}"#,
            r#"{"error":"no","code":"t"}"#,
            r#"{"message":"no","type":"t","code":400}"#,
            r#"{"detail":"no","code":"t"}"#,
            r#"[{"error":{"message":"no","status":"t","code":400}}]"#,
            r#"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"no"}],"code":"t"}"#,
            r#"{"object":"error","message":{"detail":[{"loc":["body"],"msg":"no"}]},"type":"t"}"#,
            r#"{"error":{"message":null,"code":"t"},"detail":{"message":"no"}}"#,
            "\u{feff}{\"message\":\"no\",\"code\":\"t\"}",
        ] {
            let error = reply(400, &[], body);
            assert_eq!((error.message(), error.code()), ("no", Some("t")), "{body}");
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        }
        let deep = format!(r#"{{"message":{}"no"{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(reply(502, &[], &deep).message(), "");
        for body in ["", "<html>bad gateway</html>", "[]", "null", "{\"error\":", "\u{0}"] {
            let error = reply(502, &[], body);
            assert_eq!((error.message(), error.kind()), ("", ErrorKind::Unavailable), "{body}");
        }
    }

    #[test]
    fn the_status_inside_counts_more_than_the_one_outside() {
        let ibm =
            r#"{"errors":[{"code":"model_not_supported","message":"no"}],"trace":"t1","status_code":404}"#;
        for status in [200, 404] {
            let error = reply(status, &[], ibm);
            assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, Some("model_not_supported")));
            assert_eq!((error.message(), error.request_id()), ("no", Some("t1")));
        }
        let container = |code| {
            let body = format!(r#"{{"ErrorCode":"E","Message":"said no","OriginalStatusCode":{code}}}"#);
            reply(424, &[("x-amzn-errortype", "ModelError")], &body)
        };
        for (code, kind) in [
            ("429", ErrorKind::RateLimited),
            ("500", ErrorKind::Unavailable),
            ("400", ErrorKind::InvalidRequest),
            ("null", ErrorKind::InvalidRequest),
            ("99999999", ErrorKind::InvalidRequest),
        ] {
            let error = container(code);
            assert_eq!((error.kind(), error.message(), error.code()), (kind, "said no", Some("E")), "{code}");
            assert_eq!(error.status(), Some(424));
        }
    }

    #[test]
    fn an_echoed_key_is_taken_out() {
        let error = reply(401, &[], r#"{"error":{"message":"Incorrect API key provided: sk-canary."}}"#);
        assert_eq!(error.message(), "Incorrect API key provided: [redacted].");
        let body = r#"{"error":{"message":"no","code":"no sk-canary"},"request_id":"sk-canary"}"#;
        for error in [reply(401, &[], body), reply(401, &[("x-request-id", "sk-canary")], body)] {
            assert!(!format!("{error} {error:?}").contains("sk-canary"), "{error:?}");
        }
    }

    #[test]
    fn waiting_times_and_request_ids() {
        let wait = |headers: &[(&'static str, &str)], body| reply(429, headers, body).retry_after();
        assert_eq!(wait(&[("retry-after", "7")], ""), Some(Duration::from_secs(7)));
        assert_eq!(
            wait(&[("retry-after-ms", "1500"), ("retry-after", "7")], ""),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            wait(&[("retry-after", "Tue, 15 Nov 1994 08:12:41 GMT")], ""),
            Some(Duration::from_secs(10))
        );
        assert_eq!(wait(&[("retry-after", "-1")], ""), None);
        let google = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"},{"retryDelay":"3.5s"}]}}"#;
        assert_eq!(wait(&[], google), Some(Duration::from_millis(3500)));
        let replicate = r#"{"detail":"Request was throttled.","status":429,"retry_after":9}"#;
        assert_eq!(wait(&[], replicate), Some(Duration::from_secs(9)));
        let gateway = r#"{"error":{"message":"no","retry_after_seconds":4}}"#;
        assert_eq!(wait(&[], gateway), Some(Duration::from_secs(4)));
        let codex =
            r#"{"error":{"type":"usage_limit_reached","resets_at":1777936568,"resets_in_seconds":13872}}"#;
        assert_eq!(wait(&[], codex), Some(Duration::from_secs(13_872)));
        // What OpenRouter passes on: the head's own words count more.
        let passed_on = |headers: &str| {
            format!(r#"{{"error":{{"message":"no","code":429,"metadata":{{"headers":{headers}}}}}}}"#)
        };
        let seconds = passed_on(r#"{"Retry-After":"120"}"#);
        let past = passed_on(r#"{"X-RateLimit-Reset":"784887211000"}"#);
        let reset = passed_on(r#"{"X-RateLimit-Reset":1000000000000}"#);
        assert_eq!(wait(&[], &seconds), Some(Duration::from_secs(120)));
        assert_eq!(wait(&[("retry-after", "7")], &seconds), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[], &past), None, "no time of these days");
        assert_eq!(wait(&[], &reset), Some(Duration::from_secs(1_000_000_000 - 784_887_151)));
        assert_eq!(wait(&[("x-ratelimit-reset", "30")], ""), None);
        let words = r#"{"error":{"message":"Rate limit reached. Please try again in 1.5s."}}"#;
        assert_eq!(wait(&[], words), Some(Duration::from_millis(1500)));
        assert_eq!(wait(&[("retry-after", "7")], words), Some(Duration::from_secs(7)));
        assert_eq!(reply(400, &[], words).retry_after(), None);
        assert_eq!(reply(400, &[("x-request-id", "r1")], "").request_id(), Some("r1"));
        assert_eq!(reply(400, &[], r#"{"request_id":"r2"}"#).request_id(), Some("r2"));
    }
}
