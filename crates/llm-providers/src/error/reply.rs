//! Reads a provider's error reply, whatever its shape.
//!
//! Seen in the wild: `{"error":{"message","type","code"}}`, `{"error":"text","code":"…"}`, `{"message","code"}`,
//! `{"detail":"…"}`, FastAPI's `{"detail":[{"loc","msg"}]}`, AWS's `{"message"}` with the code in a header, Google's `{"error":{"status","details":[…]}}` (google.rpc.Status),
//! a list with one of these (Google's streams), IBM's `{"errors":[{"code","message"}],"status_code"}`,
//! MiniMax's `{"base_resp":{"status_code","status_msg"}}`, problem details (RFC 9457; NVIDIA), HTML, and nothing at all.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::details::{Detail, Particulars};
use super::upstream::{Upstream, reset};
use super::{BaseResponse, ProviderError, classify, wait, words};
use crate::dialect::lenient::{Count, Text};
use crate::{ApiKey, ErrorKind, Provider};

/// Headers that carry a request's id, in the order of trust.
const REQUEST_IDS: [&str; 5] =
    ["request-id", "x-request-id", "x-goog-request-id", "apim-request-id", "x-amzn-requestid"];

/// AWS names an error here, with the namespace of its origin after a colon.
const ERROR_TYPE: &str = "x-amzn-errortype";

/// The members of an error object, and of a reply that is one. What is missing is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorBody<'a> {
    #[serde(borrow, alias = "Message")]
    message: Option<&'a RawValue>,
    #[serde(borrow, alias = "ErrorCode")]
    code: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    /// Words of Chinese hosts (Huawei, older ones of Baidu; gateways).
    #[serde(borrow)]
    error_msg: Option<&'a RawValue>,
    #[serde(borrow)]
    msg: Option<&'a RawValue>,
    /// What Databricks calls the code.
    #[serde(borrow)]
    error_code: Text<'a>,
    #[serde(borrow)]
    param: Text<'a>,
    #[serde(borrow, alias = "trace")]
    request_id: Text<'a>,
    /// The status that belongs to the error, where the reply's own is another: SageMaker answers 424 whatever its
    /// container said.
    #[serde(alias = "OriginalStatusCode")]
    status_code: Count,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    /// Seconds to wait (Replicate; OpenAI's Codex, of a plan's limit).
    #[serde(borrow)]
    retry_after: Text<'a>,
    #[serde(borrow)]
    resets_in_seconds: Text<'a>,
    #[serde(borrow)]
    base_resp: Option<&'a RawValue>,
}

impl<'a> ErrorBody<'a> {
    /// Reads an error's JSON: an object, or just its text.
    pub(crate) fn parse(json: &'a str) -> Self {
        // Google's streams tell of an error as a list with one.
        let listed = json.trim_start().starts_with('[').then(|| serde_json::from_str::<Vec<&RawValue>>(json));
        let json =
            listed.and_then(Result::ok).and_then(|all| all.first().map(|first| first.get())).unwrap_or(json);
        match serde_json::from_str::<Self>(json) {
            Ok(body) => body,
            Err(_) => Self { message: serde_json::from_str(json).ok(), ..Self::default() },
        }
    }

    /// Whether it is about an error at all.
    pub(crate) fn tells(&self) -> bool {
        self.error.is_some()
    }

    /// Names the error where the body does not: some providers say it beside the body.
    pub(crate) fn with_code(mut self, code: &'a str) -> Self {
        if self.code.is_empty() {
            self.code = Text::from(code);
        }
        self
    }

    /// The error object in this body, as one of its members, the first of a list, or what stands in place of a list (ModelScope).
    fn inner(&self) -> Self {
        let listed = self.errors.and_then(|raw| match raw.get().as_bytes().first() {
            Some(b'{') => Some(raw),
            _ => read::<Vec<&RawValue>>(raw)?.first().copied(),
        });
        self.error.or(listed).map(|raw| Self::parse(raw.get())).unwrap_or_default()
    }

    /// The error that this body tells of. `key` is taken out of all its words before they are cut.
    pub(crate) fn into_error(
        self,
        provider: &Provider,
        status: StatusCode,
        key: Option<&ApiKey>,
    ) -> ProviderError {
        let inner = self.inner();
        let first = |inner: &Text<'_>, outer: &Text<'_>| {
            if inner.is_empty() { outer.to_string() } else { inner.to_string() }
        };
        // Where the error is a word, what stands beside it says more (Fireworks).
        let is_word = self.error.is_some_and(|raw| raw.get().starts_with('"'));
        let (one, other) =
            if is_word { (self.message, inner.message) } else { (inner.message, self.message) };
        let said = [one, other, inner.detail, self.detail, self.title, self.error_msg, self.msg];
        let mut message =
            said.into_iter().flatten().map(words::of).find(|words| !words.is_empty()).unwrap_or_default();
        let minimax = self.base_resp.and_then(BaseResponse::failure);
        if let (true, Some(told)) = (message.is_empty(), &minimax) {
            message = told.status_msg.to_string();
        }
        let param = first(&inner.param, &self.param);
        let upstream: Upstream<'_> = inner.metadata.or(self.metadata).and_then(read).unwrap_or_default();
        let more = inner.details.or(self.details);
        let details: Vec<Detail<'_>> = more.and_then(read).unwrap_or_default();
        let object = more.filter(|raw| raw.get().starts_with('{'));
        let particulars: Particulars<'_> = object.and_then(read).unwrap_or_default();
        let mut codes = vec![&*inner.code, &*inner.kind, &*inner.status, &*self.code, &*self.kind];
        codes.extend([&*self.error_code, &*upstream.error_type, &*particulars.error_code]);
        codes.extend([&*upstream.reason, &*upstream.limit_source]);
        codes.extend(details.iter().map(|detail| &*detail.reason));
        codes.retain(|code| !code.is_empty());
        let inside = self.status_code.0.and_then(|code| u16::try_from(code).ok()).filter(|code| *code >= 400);
        let kind = classify(
            inside.unwrap_or(status.as_u16()),
            &codes,
            &format!("{message} {param} {}", &*upstream.raw),
        );
        let kind = minimax.map_or(kind, |told| told.kind());
        let of_a_day = kind == ErrorKind::RateLimited && details.iter().any(Detail::is_of_a_day);
        let kind = if of_a_day { ErrorKind::QuotaExhausted } else { kind };
        if !upstream.raw.is_empty() {
            message = format!("{message}: {}", &*upstream.raw);
        }
        let delay = details.iter().filter(|_| !of_a_day).find_map(|detail| delay(&detail.retry_delay));
        let delay = delay.or_else(|| seconds(first(&inner.retry_after, &self.retry_after).as_str()));
        let delay = delay.or_else(|| seconds(&first(&inner.resets_in_seconds, &self.resets_in_seconds)));
        let delay = delay.or_else(|| if kind.is_transient() { wait::told(&message) } else { None });
        let named = codes.iter().find(|code| code.parse::<u16>().is_err());
        let request_id = first(&inner.request_id, &self.request_id);
        let request_id = Some(&*request_id).filter(|id| !id.is_empty());
        provider
            .error(kind, without(key, &message))
            .with_hint((kind == ErrorKind::Authentication).then(|| credentials_hint(provider)))
            .with_status(status)
            .with_code(named.map(|code| without(key, code)).as_deref())
            .with_request_id(request_id.map(|id| without(key, id)).as_deref())
            .with_retry_after(delay)
    }
}

/// What to look at when `provider` does not know who asks.
fn credentials_hint(provider: &Provider) -> String {
    provider.key_variable().map_or_else(|| "check the credentials".to_owned(), |key| format!("check {key}"))
}

/// Foreign text in which the key, should it be there, is taken out.
fn without(key: Option<&ApiKey>, text: &str) -> String {
    key.map_or_else(|| text.to_owned(), |key| key.redact(text))
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// Protobuf's JSON form of a duration: seconds with an `s`.
fn delay(text: &str) -> Option<Duration> {
    seconds(text.strip_suffix('s')?)
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

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
    let body = ErrorBody::parse(text).with_code(code);
    let upstream: Upstream<'_> = body.inner().metadata.or(body.metadata).and_then(read).unwrap_or_default();
    let passed_on = upstream.headers();
    let error = body.into_error(provider, status, key);
    let from_header = REQUEST_IDS.iter().find_map(|name| headers.get(*name)?.to_str().ok());
    let request_id = from_header.map(|id| without(key, id)).or_else(|| error.request_id().map(str::to_owned));
    let told = retry_after(headers, now).or_else(|| retry_after(&passed_on, now)).or(error.retry_after());
    let is_limit = error.kind() == ErrorKind::RateLimited;
    let retry_after =
        told.or_else(|| is_limit.then(|| reset(headers, now).or_else(|| reset(&passed_on, now))).flatten());
    error.with_request_id(request_id.as_deref()).with_retry_after(retry_after)
}

/// `retry-after-ms`, else `Retry-After` as seconds or as a date (RFC 9110 section 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(milliseconds) = header("retry-after-ms").and_then(|text| text.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    let text = header(RETRY_AFTER.as_str())?;
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authentication, Dialect};

    fn provider() -> Provider {
        Provider::new("p", "https://h", Dialect::OpenAiChat).unwrap()
    }

    fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> ProviderError {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let now = httpdate::parse_http_date("Tue, 15 Nov 1994 08:12:31 GMT").unwrap();
        let key = ApiKey::new("sk-canary").unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        from_reply(&provider(), status, &headers, body.as_bytes(), now, Some(&key))
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
    fn a_refused_key_is_named_by_its_variable() {
        let refused = |provider: Provider| {
            ErrorBody::default().into_error(&provider, StatusCode::UNAUTHORIZED, None).to_string()
        };
        assert_eq!(refused(provider()), "p: authentication failed (401); check P_API_KEY");
        let renamed = provider().with_key_variable("MODELS_KEY");
        assert_eq!(refused(renamed), "p: authentication failed (401); check MODELS_KEY");
        let signed = provider().with_authentication(Authentication::Authorizer);
        assert_eq!(refused(signed), "p: authentication failed (401); check the credentials");
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
