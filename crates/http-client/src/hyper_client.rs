//! [`HttpClient`] on hyper-util's pooled client.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::LOCATION;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout};

use crate::connect::{ConnectTimeout, Connector};
use crate::error::escaped;
use crate::{AttachedCredential, Body, HttpClient, HttpError, Origin, Phase, Request, Response, SendOptions};

/// A pooled HTTP/1.1 and HTTP/2 client with one TLS policy. Cheap to clone; clones share the pool.
#[derive(Clone)]
pub struct HyperClient {
    inner: Client<Connector, Full<Bytes>>,
    loopback_cleartext: bool,
}

/// Settings of a [`HyperClient`].
#[derive(Debug, Clone)]
pub struct HyperClientBuilder {
    tls: Arc<rustls::ClientConfig>,
    connect: Duration,
    pool_idle: Duration,
    loopback_cleartext: bool,
}

impl HyperClient {
    /// Starts from a TLS configuration; `toolgate-tls-config` makes one. Protocols are negotiated by ALPN.
    ///
    /// ```no_run
    /// # fn tls() -> std::sync::Arc<rustls::ClientConfig> { unimplemented!() }
    /// let client = toolgate_http_client::HyperClient::builder(tls()).build();
    /// ```
    #[must_use]
    pub fn builder(tls: Arc<rustls::ClientConfig>) -> HyperClientBuilder {
        HyperClientBuilder {
            tls,
            connect: Duration::from_secs(10),
            pool_idle: Duration::from_secs(90),
            loopback_cleartext: false,
        }
    }

    async fn send_to(&self, origin: Origin, mut request: Request) -> Result<Response, HttpError> {
        let started = Instant::now();
        let options = SendOptions::of(&request);
        AttachedCredential::apply(&mut request, &origin)?;
        let sending = self.inner.request(request.map(Full::new));
        let after = options.first_byte.min(options.total);
        let response = match timeout(after, sending).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(classify(&error, origin)),
            Err(_) => return Err(HttpError::Timeout { origin, phase: Phase::FirstByte, after }),
        };
        if response.status().is_redirection()
            && let Some(location) = response.headers().get(LOCATION)
        {
            let target = redirect_target(location, &origin);
            return Err(HttpError::RedirectRefused { status: response.status(), origin, target });
        }
        Ok(response.map(|incoming| Body::network(incoming, origin, options, started)))
    }
}

impl HyperClientBuilder {
    /// How long TCP and TLS may take together. Default 10 s.
    #[must_use]
    pub fn with_connect_timeout(mut self, connect: Duration) -> Self {
        self.connect = connect;
        self
    }

    /// How long an unused connection is kept. Default 90 s, as common servers do.
    #[must_use]
    pub fn with_pool_idle_timeout(mut self, pool_idle: Duration) -> Self {
        self.pool_idle = pool_idle;
        self
    }

    /// Allows plain `http` to this machine (`localhost`, 127.0.0.0/8, `[::1]`): for local models and tests. Default
    /// off. Plain `http` to anything else cannot be allowed.
    #[must_use]
    pub fn with_insecure_loopback(mut self, allowed: bool) -> Self {
        self.loopback_cleartext = allowed;
        self
    }

    /// The client.
    #[must_use]
    pub fn build(self) -> HyperClient {
        let inner = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(self.pool_idle)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http2_adaptive_window(true)
            .build(Connector::new(&self.tls, self.connect));
        HyperClient { inner, loopback_cleartext: self.loopback_cleartext }
    }
}

#[async_trait]
impl HttpClient for HyperClient {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let origin = Origin::of(request.uri())?;
        if !origin.is_secure() && !(self.loopback_cleartext && origin.is_loopback()) {
            return Err(HttpError::InsecureUrl { origin });
        }
        self.send_to(origin, request).await
    }
}

impl fmt::Debug for HyperClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperClient").field("loopback_cleartext", &self.loopback_cleartext).finish_non_exhaustive()
    }
}

/// The origin that a `Location` points to: its path and query may hold secrets.
fn redirect_target(location: &http::HeaderValue, from: &Origin) -> String {
    let text = String::from_utf8_lossy(location.as_bytes());
    match text.parse::<http::Uri>() {
        Ok(uri) if uri.scheme().is_none() => from.to_string(),
        Ok(uri) => Origin::of(&uri).map_or_else(|_| "an unusable URL".to_owned(), |origin| origin.to_string()),
        Err(_) => escaped("an unusable URL"),
    }
}

/// Sorts hyper-util's one opaque error by who must act.
fn classify(error: &hyper_util::client::legacy::Error, origin: Origin) -> HttpError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(tls) = found.downcast_ref() {
            return HttpError::Tls { reason: tls_reason(tls, &origin), origin };
        }
        if let Some(ConnectTimeout(after)) = found.downcast_ref() {
            return HttpError::Timeout { origin, phase: Phase::Connect, after: *after };
        }
        cause = inside_io(found).or_else(|| found.source());
    }
    let reason = chain(error);
    if error.is_connect() { HttpError::Connect { origin, reason } } else { HttpError::Exchange { origin, reason } }
}

/// The error that an `io::Error` was made from: rustls's travels so, and `source()` skips it.
fn inside_io<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let inside = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    Some(inside)
}

fn tls_reason(error: &rustls::Error, origin: &Origin) -> String {
    use rustls::CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(certificate) = error else { return escaped(&error.to_string()) };
    match certificate {
        Certificate::UnknownIssuer => "its certificate is not issued by an authority that is trusted here; \
             if it is a private one, add its CA file (ca_file in toolgate.toml, or TLS_CA_CERT_PATH)"
            .to_owned(),
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            format!("its certificate is not for the name {}: {}", origin.host(), escaped(&certificate.to_string()))
        }
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            format!("its certificate has expired; renew it on the server ({})", escaped(&certificate.to_string()))
        }
        other => escaped(&other.to_string()),
    }
}

/// An error and its causes on one line, each said once.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(found) = cause {
        let said = found.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = found.source();
    }
    escaped(&text)
}
