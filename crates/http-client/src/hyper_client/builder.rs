//! Settings of a [`HyperClient`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::{HyperClient, Pool};
use crate::connect::{Connector, Dns, Reach, TlsSource};
use crate::lanes::{Lanes, Origins, Speaks};
use crate::{AddressPolicy, Origin, Proxy, Resolve};

/// HTTP/2's windows (RFC 9113 section 5.2): what a server may send of one body, and of all bodies of a connection, before
/// somebody reads it. 2 MiB fill 160 Mbit/s at 100 ms; a reader that sleeps on one of them leaves room for the others.
///
/// Not hyper's adaptive window, which starts at 64 KiB: h2 closes a connection when the unread small pieces on it cost
/// more than half its window (256 bytes each), so 130 unread words of a model's answer would break off every request.
const STREAM_WINDOW: u32 = 2 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;

/// How much an HTTP/1.1 connection reads at once, and the most that the head of an answer may be. hyper's own 400 KiB, which
/// a connection keeps while it is unused, would be 200 MiB for 512 streams that come faster than they are read.
const HTTP1_BUFFER: usize = 64 << 10;

/// The pool adds it to the time of now, which must stay one that a clock can show.
const LONGEST_IDLE: Duration = Duration::from_secs(365 * 24 * 3600);

/// Settings of a [`HyperClient`].
///
/// ```
/// # use std::{env, sync::Arc, time::Duration};
/// # use toolgate_http_client::{HttpError, HyperClient, Proxy};
/// # fn example(tls: Arc<rustls::ClientConfig>) -> Result<HyperClient, HttpError> {
/// let mut builder = HyperClient::builder(tls).with_connect_timeout(Duration::from_secs(3));
/// if let Some(proxy) = Proxy::from_environment(&|name| env::var(name).ok())? {
///     builder = builder.with_proxy(proxy);
/// }
/// let client = builder.build();
/// # Ok(client) }
/// ```
#[derive(Clone)]
pub struct HyperClientBuilder {
    tls: TlsSource,
    connect: Duration,
    pool_idle: Duration,
    max_idle: usize,
    loopback_cleartext: bool,
    metadata_cleartext: bool,
    proxy: Option<Proxy>,
    resolver: Option<Arc<dyn Resolve>>,
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
        HyperClientBuilder::new(TlsSource::fixed(&tls))
    }

    /// As [`builder`](Self::builder), with a source that is asked for the configuration of every new connection, so that
    /// changed certificates take effect while the client runs. The source must be quick and hand out the same `Arc`
    /// until something changes.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use toolgate_tls_config::{ClientTls, ReloadingClientTls};
    /// let tls = ReloadingClientTls::new(ClientTls::new().with_ca_file("ca.pem"))?;
    /// let client = toolgate_http_client::HyperClient::builder_with_source(move || tls.current()).build();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn builder_with_source(
        source: impl Fn() -> Arc<rustls::ClientConfig> + Send + Sync + 'static,
    ) -> HyperClientBuilder {
        HyperClientBuilder::new(TlsSource::changing(source))
    }
}

impl HyperClientBuilder {
    fn new(tls: TlsSource) -> Self {
        Self {
            tls,
            connect: Duration::from_secs(10),
            pool_idle: Duration::from_secs(55),
            max_idle: usize::MAX,
            loopback_cleartext: false,
            metadata_cleartext: false,
            proxy: None,
            resolver: None,
        }
    }

    /// How long TCP and TLS may take together. Default 10 s.
    #[must_use]
    pub fn with_connect_timeout(mut self, connect: Duration) -> Self {
        self.connect = connect;
        self
    }

    /// How long an unused connection is kept. Default 55 s, shorter than common balancers keep one (AWS's 60 s, nginx 75 s), so that
    /// no request is sent on a connection that its server is about to close. More than a year is a year.
    #[must_use]
    pub fn with_pool_idle_timeout(mut self, pool_idle: Duration) -> Self {
        self.pool_idle = pool_idle.min(LONGEST_IDLE);
        self
    }

    /// How many unused connections to one host are kept. Default: as many as were needed at once, until they have been
    /// unused for the pool's timeout; with fewer, a burst makes its connections anew each time.
    #[must_use]
    pub fn with_max_idle_per_host(mut self, max_idle: usize) -> Self {
        self.max_idle = max_idle;
        self
    }

    /// Offers HTTP/1.1 alone to this origin. By default HTTP/2 is spoken where the server chooses it: one connection takes
    /// all requests. A server that is near answers a request over HTTP/1.1 sooner and with less work on both sides, but
    /// each request under way needs a connection of its own; and some servers choose HTTP/2 and get it wrong.
    #[must_use]
    pub fn with_http1_only(mut self, origin: Origin) -> Self {
        self.tls.offer_http1_only(origin);
        self
    }

    /// Allows plain `http` to this machine (`localhost`, 127.0.0.0/8, `[::1]`): for local models and tests. Default
    /// off. Plain `http` to anything else cannot be allowed: a name such as `localhost` that leads to another machine is
    /// [`HttpError::NotThisMachine`](crate::HttpError::NotThisMachine), whoever resolves it.
    #[must_use]
    pub fn with_insecure_loopback(mut self, allowed: bool) -> Self {
        self.loopback_cleartext = allowed;
        self
    }

    /// Allows plain `http` to the metadata service of the cloud that this machine is in (169.254.0.0/16, `fd00:ec2::/32`):
    /// there the machine learns who it is, and nothing of that leaves the machine's own link. Default off.
    #[must_use]
    pub fn with_insecure_metadata(mut self, allowed: bool) -> Self {
        self.metadata_cleartext = allowed;
        self
    }

    /// Reaches `https` servers through this proxy. Default: none; the environment is not looked at unless
    /// [`Proxy::from_environment`] is.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Resolves names by this, instead of the operating system: for tests, and for networks with rules of their own.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// The client.
    #[must_use]
    pub fn build(self) -> HyperClient {
        let addresses = AddressPolicy::default().with_loopback(self.loopback_cleartext);
        HyperClient {
            configured: Arc::new(self.lanes(Reach::Anywhere)),
            public: Arc::new(self.lanes(Reach::Public(addresses))),
            addresses,
            connect: self.connect,
            loopback_cleartext: self.loopback_cleartext,
            metadata_cleartext: self.metadata_cleartext,
        }
    }

    fn lanes(&self, reach: Reach) -> Lanes<Pool> {
        let (settings, origins) = (self.clone(), Arc::<Origins>::default());
        Lanes::new(Arc::clone(&origins), move |speaks| settings.pool(reach, Arc::clone(&origins), speaks))
    }

    fn pool(&self, reach: Reach, origins: Arc<Origins>, speaks: Speaks) -> Pool {
        let dns = Dns { given: self.resolver.clone(), reach };
        Client::builder(TokioExecutor::new())
            .pool_idle_timeout(self.pool_idle)
            .pool_max_idle_per_host(self.max_idle)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .http1_max_buf_size(HTTP1_BUFFER)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            // A connection whose other end has vanished is noticed within 40 s while requests wait on it.
            .http2_keep_alive_interval(Duration::from_secs(30))
            .http2_keep_alive_timeout(Duration::from_secs(10))
            .http2_only(speaks == Speaks::Http2)
            .build(Connector::new(self.tls.clone(), dns, self.proxy.clone(), self.connect, origins, speaks))
    }
}

impl fmt::Debug for HyperClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperClientBuilder")
            .field("connect", &self.connect)
            .field("pool_idle", &self.pool_idle)
            .field("max_idle", &self.max_idle)
            .field("loopback_cleartext", &self.loopback_cleartext)
            .field("metadata_cleartext", &self.metadata_cleartext)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use toolgate_tls_config::ClientTls;

    use super::*;

    #[test]
    fn any_time_may_be_set() {
        let tls = ClientTls::new().with_only_extra_roots().with_mozilla_roots().build().unwrap();
        let builder = HyperClient::builder(tls).with_pool_idle_timeout(Duration::MAX);
        assert!(Instant::now().checked_add(builder.pool_idle).is_some());
    }
}
