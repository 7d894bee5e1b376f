//! Listening, and an end that lets conversations end.

mod answering;
mod connection;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use toolgate::Toolgate;

use crate::ServeError;
use crate::quiet::Quiet;
use crate::router::House;
use crate::service::{Reloader, Service};

/// How long clients may take to take what they are told of conversations that were given up.
const FAREWELL: Duration = Duration::from_secs(2);

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

    /// Answers until `stop` is ready. Then `/healthz` says so, for `drain_seconds` while all else goes on; then nobody new
    /// is let in, and conversations under way have `shutdown_seconds` to end. What is still open then is cancelled and recorded as that,
    /// and clients have 2 s to hear of it, and whether a tool may have run. At last tokens are given back, where
    /// `revoke_on_close` is set.
    ///
    /// # Cancel safety
    /// Dropping the future closes every connection at once; calls under way are recorded as given up, and no token is
    /// given back.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, service, toolgate, .. } = self;
        let (stopping, _) = watch::channel(false);
        let mut connections = JoinSet::new();
        let house = Arc::clone(&service.load().shared.house);
        let told = async {
            stop.await;
            house.stopping.store(true, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(toolgate.config().serve.drain_seconds)).await;
        };
        // The listener is gone with the first that is ready.
        tokio::select! {
            () = told => {}
            () = let_in(listener, &service, &mut connections, &stopping) => {}
        }
        stopping.send_replace(true);
        let serve = &toolgate.config().serve;
        if !ended(&mut connections, Duration::from_secs(serve.shutdown_seconds)).await {
            tracing::warn!("conversations were still open after shutdown_seconds, and are given up");
            house.out_of_time.send_replace(true);
            ended(&mut connections, FAREWELL).await;
        }
        connections.shutdown().await;
        // Streams of HTTP/2 are tasks of their own, which end soon after their connection.
        let all_left = house.places.acquire_many(serve.concurrency);
        let given_back = async {
            drop(all_left.await);
            toolgate.close().await
        };
        match tokio::time::timeout(GIVING_BACK, given_back).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a token was not taken back"),
            Err(_) => tracing::warn!("tokens were not given back in time, and expire"),
        }
    }
}

/// Whether all `connections` end in time.
async fn ended(connections: &mut JoinSet<()>, patience: Duration) -> bool {
    let ended = async { while connections.join_next().await.is_some() {} };
    tokio::time::timeout(patience, ended).await.is_ok()
}

/// Lets connections in, each a task of `connections`, until the future is dropped.
async fn let_in(
    listener: TcpListener,
    service: &Arc<ArcSwap<Service>>,
    connections: &mut JoinSet<()>,
    stopping: &watch::Sender<bool>,
) {
    let quiet = Quiet::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (service, stop) = (Arc::clone(service), stopping.subscribe());
                connections.spawn(connection::serve(service, stream, peer, stop));
            }
            // Out of file descriptors, most likely: give connections a moment to end.
            Err(error) => {
                if quiet.may_tell("accept") {
                    tracing::warn!(%error, "connections cannot be accepted; each is an open file (ulimit -n)");
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("url", &self.url()).finish_non_exhaustive()
    }
}
