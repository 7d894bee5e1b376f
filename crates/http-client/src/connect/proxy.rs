//! An HTTP proxy as a tunnel (`CONNECT`, RFC 9110 section 9.3.6), so that it never sees a header of a request.
//!
//! Only `https` goes through it. Plain `http` is for this machine alone, which a proxy cannot reach for us, so
//! `HTTP_PROXY` has nothing to apply to (docs/adr/0003).

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::{BoxError, Dns, Reach};
use crate::{HttpError, Origin};

/// A proxy for `https` requests, and the hosts that it is not for. This machine is never reached through it.
#[derive(Clone)]
pub struct Proxy {
    url: Arc<str>,
    matcher: Arc<Matcher>,
}

impl Proxy {
    /// The proxy at `url`: `http://[user:password@]host:port`. `no_proxy` lists hosts that are reached directly, as in
    /// the variable of that name: domains with their subdomains, addresses, networks, `*`.
    ///
    /// ```
    /// use toolgate_http_client::Proxy;
    /// let proxy = Proxy::new("http://user:secret@proxy.corp.example:3128", "intranet.example, 10.0.0.0/8")?;
    /// assert!(!format!("{proxy:?}").contains("secret"));
    /// # Ok::<(), toolgate_http_client::HttpError>(())
    /// ```
    ///
    /// # Errors
    /// [`HttpError::BadProxy`] when it is no such URL.
    pub fn new(url: &str, no_proxy: &str) -> Result<Self, HttpError> {
        let anywhere = Uri::from_static("https://any.example/");
        let found = Matcher::builder().https(url).build().intercept(&anywhere);
        let found = found.filter(|proxy| proxy.uri().scheme_str() == Some("http"));
        let shown = found
            .ok_or(HttpError::BadProxy { expected: "http://[user:password@]host:port" })?
            .uri()
            .to_string();
        let matcher = Matcher::builder().https(url).no(no_proxy).build();
        Ok(Self { url: shown.into(), matcher: Arc::new(matcher) })
    }

    /// The proxy that an environment names: `HTTPS_PROXY`, else `ALL_PROXY`; `NO_PROXY`; each also in lower case. `None`
    /// when there is none. `HTTP_PROXY` is for plain `http`, which goes to this machine only and never through a proxy.
    ///
    /// ```no_run
    /// let proxy = toolgate_http_client::Proxy::from_environment(&|name| std::env::var(name).ok())?;
    /// # Ok::<(), toolgate_http_client::HttpError>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, HttpError> {
        // An empty value counts as not set.
        let first =
            |names: &[&str]| names.iter().filter_map(|name| variable(name)).find(|value| !value.is_empty());
        let Some(url) = first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) else {
            return Ok(None);
        };
        let except = first(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
        Self::new(&url, &except).map(Some)
    }

    /// Whether `url` is reached through it.
    pub(crate) fn is_for(&self, url: &Uri) -> bool {
        self.matcher.intercept(url).is_some()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.url)
    }
}

/// A TCP connection to the server, or through the proxy's tunnel.
#[derive(Clone)]
pub(crate) struct Tcp {
    direct: HttpConnector<Dns>,
    /// The way in clear text, which leads to this machine alone. Cloud metadata services are reached by their address, which
    /// no name can change.
    clear: HttpConnector<Dns>,
    /// The proxy, and how it is reached itself: its address was configured and may be a private one.
    proxy: Option<(Proxy, HttpConnector<Dns>)>,
}

/// The way to the server ended at the proxy, or before it.
#[derive(Debug, thiserror::Error)]
#[error("through the proxy {proxy}")]
struct ThroughProxy {
    proxy: Origin,
    source: BoxError,
}

impl Tcp {
    pub(crate) fn new(dns: Dns, proxy: Option<Proxy>) -> Self {
        let reaching = |reach| tcp(Dns { reach, given: dns.given.clone() });
        let proxy = proxy.map(|proxy| (proxy, reaching(Reach::Anywhere)));
        Self { clear: reaching(Reach::ThisMachine), proxy, direct: tcp(dns) }
    }
}

fn tcp(dns: Dns) -> HttpConnector<Dns> {
    let mut tcp = HttpConnector::new_with_resolver(dns);
    // hyper-util leaves Nagle's algorithm on, which holds small requests back by up to 40 ms.
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    tcp.set_keepalive(Some(Duration::from_secs(60)));
    tcp
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let here = Origin::of(&uri).is_ok_and(|origin| origin.is_loopback());
        let proxy = self.proxy.as_ref().filter(|_| !here);
        let Some((proxy, tcp)) = proxy.and_then(|(proxy, tcp)| Some((proxy.matcher.intercept(&uri)?, tcp)))
        else {
            let secure = uri.scheme() == Some(&Scheme::HTTPS);
            let connecting = if secure { self.direct.call(uri) } else { self.clear.call(uri) };
            return Box::pin(async move { connecting.await.map_err(BoxError::from) });
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp.clone());
        if let Some(authorization) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let (connecting, proxy) = (tunnel.call(uri), Origin::of(proxy.uri()));
        Box::pin(async move {
            connecting.await.map_err(|error| match proxy {
                Ok(proxy) => ThroughProxy { proxy, source: error.into() }.into(),
                Err(_) => error.into(),
            })
        })
    }
}
