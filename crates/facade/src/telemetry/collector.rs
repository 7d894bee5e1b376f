//! The collector: where it is, what proves to it who sends, and one message on its way (OTLP 1.x over HTTP, binary
//! Protobuf).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Uri};
use prost::Message;
use tokio::runtime::Handle;
use toolgate_http_client::{HttpClient, Origin, Request, SendOptions};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::wrong;
use crate::{Config, ConfigError, Error};

/// How long one message may take. OpenTelemetry's default for exporters.
const PATIENCE: Duration = Duration::from_secs(10);

/// A collector that takes OTLP over HTTP.
#[derive(Clone)]
pub(super) struct Collector {
    base: Arc<str>,
    /// They are for this base URL alone, and no redirect is followed.
    headers: HeaderMap,
    http: Arc<dyn HttpClient>,
    runtime: Handle,
    /// Whether the last message was taken: what is down for a night says so once.
    failing: Arc<AtomicBool>,
}

impl Collector {
    /// The configured one, reached by connections of its own.
    pub(super) fn of(config: &Config) -> Result<Option<Self>, Error> {
        let settings = &config.telemetry;
        let Some(endpoint) = &settings.endpoint else { return Ok(None) };
        let expected = "a URL such as https://collector.example.com:4318";
        let base = endpoint.trim_end_matches('/');
        let known = |uri: Uri| uri.query().is_none() && Origin::of(&uri).is_ok();
        if !base.parse().is_ok_and(known) {
            return Err(ConfigError::url("endpoint under [telemetry]", endpoint, expected).into());
        }
        let runtime = Handle::try_current().map_err(|_| {
            let expected = "to be used within a Tokio runtime, which does the sending";
            ConfigError::url("endpoint under [telemetry]", endpoint, expected)
        })?;
        let variable = settings.headers_variable();
        let headers =
            config.environment.get(variable).map(|text| headers(&text)).unwrap_or(Some(HeaderMap::new()));
        // The value may be a secret: it is not shown.
        let headers = headers.ok_or_else(|| {
            wrong("headers", &format!("what {variable} holds"), "name=value pairs between commas")
        })?;
        let http = config.http_client()?;
        let failing = Arc::default();
        Ok(Some(Self { base: base.into(), headers, http, runtime, failing }))
    }

    /// Sends one message about `signal`. What is not taken is lost: telemetry is no record.
    pub(super) async fn send(&self, signal: &'static str, message: &impl Message) {
        let request = self.request(signal, message.encode_to_vec().into());
        let http = Arc::clone(&self.http);
        // Its own requests are not traced: each would make the next one.
        let sending = async move { http.send(request?).await.map_err(|error| error.to_string()) };
        let sent = self.runtime.spawn(sending.with_subscriber(NoSubscriber::default())).await;
        let failure = match sent {
            Ok(Ok(response)) if response.status().is_success() => None,
            Ok(Ok(response)) => Some(format!("HTTP status {}", response.status().as_u16())),
            Ok(Err(reason)) => Some(reason),
            Err(_) => Some("the runtime has ended".to_owned()),
        };
        let failed_before = self.failing.swap(failure.is_some(), Ordering::Relaxed);
        if let Some(reason) = failure
            && !failed_before
        {
            tracing::warn!(signal, reason, "the collector under [telemetry] takes nothing");
        }
    }

    fn request(&self, signal: &str, body: Bytes) -> Result<Request, String> {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = format!("{}/v1/{signal}", self.base).parse().map_err(|_| "no URL".to_owned())?;
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        SendOptions::default().with_first_byte(PATIENCE).with_total(PATIENCE).attach(&mut request);
        Ok(request)
    }
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector").field("base", &self.base).finish_non_exhaustive()
    }
}

/// `name=value,name=value`, values percent-encoded (OpenTelemetry's `OTEL_EXPORTER_OTLP_HEADERS`, after W3C Baggage).
fn headers(text: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let name: HeaderName = name.trim().parse().ok()?;
        // As in a query, but for the plus sign, which stands for itself.
        let encoded = format!("v={}", value.trim().replace('+', "%2B").replace('&', "%26"));
        let (_, decoded) = url::form_urlencoded::parse(encoded.as_bytes()).next()?;
        let mut value = HeaderValue::from_str(&decoded).ok()?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_the_variable_has_them() {
        let read = headers("authorization=Bearer%20a+b%2Cc, x-tenant = t&u ,").unwrap();
        assert_eq!(
            (&read["authorization"], &read["x-tenant"]),
            (&HeaderValue::from_static("Bearer a+b,c"), &HeaderValue::from_static("t&u"))
        );
        assert!(read["authorization"].is_sensitive());
        for wrong in ["authorization", "a b=c", "a=%0A"] {
            assert!(headers(wrong).is_none(), "{wrong}");
        }
    }
}
