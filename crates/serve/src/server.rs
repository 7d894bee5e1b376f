//! Listening, TLS, connections, and an end that lets conversations end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::ArcSwap;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use toolgate::Toolgate;

use crate::ServeError;
use crate::router::House;
use crate::service::{Reloader, Service};

/// How long a client may take for its TLS handshake, for its first request, and for the headers of each.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long what was sent may wait to be taken, in milliseconds (RFC 5482).
#[cfg(target_os = "linux")]
const UNTAKEN: u32 = 60_000;

/// How long nothing more is said about connections that cannot be accepted.
const QUIET: Duration = Duration::from_secs(60);

/// How long tokens may take to be given back at the end.
const GIVING_BACK: Duration = Duration::from_secs(10);

/// A server that listens and has yet to [`run`](Self::run).
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    service: Arc<ArcSwap<Service>>,
    toolgate: Toolgate,
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
        let config = toolgate.config();
        let house = Arc::new(House::new(&config.serve));
        let service = Service::new(&toolgate, &toolgate, house)?;
        toolgate.open_audit_file().await?;
        let listen = config.serve.listen;
        let failed = |error: std::io::Error| ServeError::Listen { listen, reason: error.to_string() };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, service: Arc::new(ArcSwap::from_pointee(service)), toolgate })
    }

    /// What gives the server another configuration while it runs.
    #[must_use]
    pub fn reloader(&self) -> Reloader {
        Reloader::new(self.toolgate.clone(), Arc::clone(&self.service))
    }

    /// Where it listens: the port that was asked for, or the free one that port 0 stands for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for clients, such as `http://127.0.0.1:8080/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.service.load().tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/v1", self.address)
    }

    /// Answers until `stop` is ready; then nobody new is let in, and conversations under way have `shutdown_seconds` to
    /// end. What is still open then is cancelled, and recorded as that. At last tokens are given back, where
    /// `revoke_on_close` is set.
    ///
    /// # Cancel safety
    /// Dropping the future closes every connection at once; calls under way are recorded as given up, and no token is
    /// given back.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, service, toolgate, .. } = self;
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut quiet_until = Instant::now();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let (service, watcher) = (Arc::clone(&service), graceful.watcher());
                        connections.spawn(connection(service, stream, peer, watcher));
                    }
                    // Out of file descriptors, most likely: give connections a moment to end.
                    Err(error) => {
                        if Instant::now() >= quiet_until {
                            tracing::warn!(%error, "connections cannot be accepted; each is an open file (ulimit -n)");
                            quiet_until = Instant::now() + QUIET;
                        }
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let house = Arc::clone(&service.load().shared.house);
        house.stopping.store(true, Ordering::Relaxed);
        let serve = &toolgate.config().serve;
        if tokio::time::timeout(Duration::from_secs(serve.shutdown_seconds), graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("conversations were still open after shutdown_seconds, and are given up");
        }
        connections.shutdown().await;
        // Streams of HTTP/2 are tasks of their own, which end soon after their connection.
        let ended = house.places.acquire_many(serve.concurrency);
        match tokio::time::timeout(GIVING_BACK, async {
            drop(ended.await);
            toolgate.close().await
        })
        .await
        {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a token was not taken back"),
            Err(_) => tracing::warn!("tokens were not given back in time, and expire"),
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("url", &self.url()).finish_non_exhaustive()
    }
}

async fn connection(service: Arc<ArcSwap<Service>>, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
    if let Err(error) = prepare(&stream) {
        tracing::debug!(%error, "a connection's options could not be set");
    }
    let Some(tls) = service.load().tls.clone() else { return exchange(service, stream, peer, watcher).await };
    match tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
        Ok(Ok(stream)) => exchange(service, stream, peer, watcher).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "the TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
    }
}

fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    // Without it, pieces of a streamed answer wait for the peer's delayed acknowledgement (about 40 ms each).
    stream.set_nodelay(true)?;
    // A client that takes nothing, or is gone without a word, would be sent to for a quarter of an hour or for ever.
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_user_timeout(stream, UNTAKEN)?;
    Ok(())
}

async fn exchange(
    service: Arc<ArcSwap<Service>>,
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
    let asked = Arc::<Notify>::default();
    let asks = Arc::clone(&asked);
    // Each request is answered by what is in force when it comes, on connections that were there before too.
    let answering = service_fn(move |request: http::Request<Incoming>| {
        asks.notify_one();
        TowerToHyperService::new(service.load().router.clone()).call(request)
    });
    let served = builder.serve_connection(TokioIo::new(stream), answering);
    tokio::select! {
        ended = watcher.watch(served.into_owned()) => if let Err(error) = ended {
            tracing::debug!(%peer, %error, "a connection ended early");
        },
        () = silence(&asked) => tracing::debug!(%peer, "no request came"),
    }
}

/// Ready when nothing was asked in time. Until it has seen which protocol is spoken, hyper-util waits for ever.
async fn silence(asked: &Notify) {
    if tokio::time::timeout(PATIENCE, asked.notified()).await.is_ok() {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::task::JoinHandle;
    use toolgate::{Config, Environment};

    use super::*;

    fn service() -> Arc<ArcSwap<Service>> {
        let set = [("OAUTH_CLIENT_ID", "c"), ("OAUTH_CLIENT_SECRET", "s"), ("OPENAI_API_KEY", "k")];
        let mut config = Config::from_environment(Environment::from_iter(set));
        config.model = Some("openai/m".to_owned());
        config.serve.open_to_this_machine = true;
        let house = Arc::new(House::new(&config.serve));
        let toolgate = Toolgate::open(config).unwrap();
        Arc::new(ArcSwap::from_pointee(Service::new(&toolgate, &toolgate, house).unwrap()))
    }

    /// A connection of this service, and its end when it comes.
    fn connected(
        service: &Arc<ArcSwap<Service>>,
        graceful: &GracefulShutdown,
    ) -> (DuplexStream, JoinHandle<()>) {
        let (ours, theirs) = duplex(1024);
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        (theirs, tokio::spawn(exchange(Arc::clone(service), ours, peer, graceful.watcher())))
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_nothing_is_not_kept() {
        let (service, graceful) = (service(), GracefulShutdown::new());
        for said in ["", "PRI * HTTP/2", "GET / HTTP/1.1\r\n"] {
            let (mut theirs, connection) = connected(&service, &graceful);
            theirs.write_all(said.as_bytes()).await.unwrap();
            let start = Instant::now();
            connection.await.unwrap();
            assert_eq!(start.elapsed(), PATIENCE, "{said:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_is_sent_goes_out_at_once_and_does_not_wait_for_ever() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, theirs) =
            tokio::join!(listener.accept(), TcpStream::connect(listener.local_addr().unwrap()));
        let (ours, _) = ours.unwrap();
        prepare(&ours).unwrap();
        assert!(ours.nodelay().unwrap());
        assert_eq!(rustix::net::sockopt::tcp_user_timeout(&ours).unwrap(), UNTAKEN);
        drop(theirs);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_asked_may_ask_again() {
        let graceful = GracefulShutdown::new();
        let (mut theirs, _connection) = connected(&service(), &graceful);
        for _ in 0..5 {
            tokio::time::sleep(PATIENCE * 3 / 4).await;
            theirs.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
            assert!(theirs.read(&mut [0; 1024]).await.unwrap() > 0);
        }
    }
}
