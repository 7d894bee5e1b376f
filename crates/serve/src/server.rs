//! Listening, TLS, connections, and an end that lets conversations end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use toolgate::{ServeConfig, Toolgate};
use toolgate_tls_config::ServerTls;

use crate::ServeError;
use crate::access::Access;
use crate::router::{Shared, router};

/// How long a client may take for its TLS handshake, and for the headers of a request.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that listens and has yet to [`run`](Self::run).
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    shared: Arc<Shared>,
}

impl Server {
    /// Checks the settings under `[serve]`, opens the audit file and listens. Nobody is answered before
    /// [`run`](Self::run).
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use toolgate::{Config, Toolgate};
    /// use toolgate_serve::Server;
    ///
    /// let server = Server::bind(Toolgate::open(Config::load()?)?).await?;
    /// println!("{}", server.url());
    /// server.run(std::future::pending()).await;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ServeError`] names the setting that cannot be used and what mends it.
    pub async fn bind(toolgate: Toolgate) -> Result<Self, ServeError> {
        let access = Access::of(toolgate.config())?;
        let tls = acceptor(&toolgate.config().serve)?;
        let listen = toolgate.config().serve.listen;
        toolgate.open_audit_file().await?;
        let since = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        let shared = Arc::new(Shared::new(toolgate, since)?);
        let failed = |error: std::io::Error| ServeError::Listen { listen, reason: error.to_string() };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, tls, router: router(&shared, &access), shared })
    }

    /// Where it listens: the port that was asked for, or the free one that port 0 stands for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for clients, such as `http://127.0.0.1:8080/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/v1", self.address)
    }

    /// Answers until `stop` is ready; then nobody new is let in, and conversations under way have `shutdown_seconds` to
    /// end. What is still open then is cancelled, and recorded as that.
    ///
    /// # Cancel safety
    /// Dropping the future closes every connection at once; calls under way are recorded as given up.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, tls, router, shared, .. } = self;
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let (router, tls, watcher) = (router.clone(), tls.clone(), graceful.watcher());
                        connections.spawn(connection(router, stream, peer, tls, watcher));
                    }
                    // Out of file descriptors, most likely: give connections a moment to end.
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        shared.stopping.store(true, Ordering::Relaxed);
        let patience = Duration::from_secs(shared.toolgate.config().serve.shutdown_seconds);
        if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
            tracing::warn!("conversations were still open after shutdown_seconds, and are given up");
        }
        connections.shutdown().await;
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("url", &self.url()).finish_non_exhaustive()
    }
}

fn acceptor(serve: &ServeConfig) -> Result<Option<TlsAcceptor>, ServeError> {
    let tls: Arc<ServerConfig> = match (&serve.certificate, &serve.key, &serve.client_ca) {
        (Some(certificate), Some(key), authorities) => {
            let tls = ServerTls::from_files(certificate, key);
            match authorities {
                Some(file) => tls.with_client_ca_file(file).build()?,
                None => tls.build()?,
            }
        }
        (None, None, None) if serve.listen.ip().is_loopback() => return Ok(None),
        (None, None, None) => return Err(ServeError::ClearText { listen: serve.listen }),
        _ => return Err(ServeError::HalfTls),
    };
    Ok(Some(TlsAcceptor::from(tls)))
}

async fn connection(
    router: Router,
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    watcher: Watcher,
) {
    // Without it, pieces of a streamed answer wait for the peer's delayed acknowledgement (about 40 ms each).
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let Some(tls) = tls else { return exchange(router, stream, peer, watcher).await };
    match tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
        Ok(Ok(stream)) => exchange(router, stream, peer, watcher).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "the TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
    }
}

async fn exchange(
    router: Router,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    watcher: Watcher,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    builder
        .http2()
        .timer(TokioTimer::new())
        // A client that has vanished gives its place free within 40 s.
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10));
    let served = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = watcher.watch(served.into_owned()).await {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}
