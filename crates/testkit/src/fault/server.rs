//! The server itself: its port, what it counts, and which fault holds.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Version;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::server::TlsStream;

use super::certificates::Certificates;
use super::{Fault, http1, http2, tls};

/// A server on 127.0.0.1 that answers every request with `fine`, over TLS and one version of HTTP, until it is told to
/// fail. It ends with its connections when it is dropped.
///
/// ```
/// # use toolgate_testkit::{Fault, FaultServer};
/// # async fn example() {
/// let server = FaultServer::start(http::Version::HTTP_2).await;
/// server.fail(Fault::GoAway).await;
/// // The client under test asks server.url(), trusting server.ca_pem(), and must give its error.
/// server.heal().await;
/// // Now it must get `fine`, and let go of every connection when it is dropped.
/// assert!(server.is_left_within(std::time::Duration::from_secs(1)).await);
/// # }
/// ```
pub struct FaultServer {
    address: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

/// What the connections share.
pub(super) struct State {
    version: Version,
    certificates: Certificates,
    fault: watch::Sender<Option<Fault>>,
    listening: watch::Sender<bool>,
    open: watch::Sender<usize>,
    accepted: AtomicUsize,
    requests: AtomicUsize,
}

impl FaultServer {
    /// Starts a server of `HTTP_11` or `HTTP_2`, healthy at first, on a free port.
    ///
    /// # Panics
    /// When `version` is another one, or there is no free port.
    pub async fn start(version: Version) -> Self {
        assert!(matches!(version, Version::HTTP_11 | Version::HTTP_2), "no faults in {version:?}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind a free port");
        let address = listener.local_addr().expect("address of a bound listener");
        let state = Arc::new(State {
            version,
            certificates: Certificates::new(version),
            fault: watch::Sender::new(None),
            listening: watch::Sender::new(true),
            open: watch::Sender::new(0),
            accepted: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        });
        let accepting = tokio::spawn(accept(listener, address, Arc::clone(&state)));
        Self { address, state, accepting }
    }

    /// The origin, `https://localhost:PORT`, without a path.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// The authority that a client must trust, in PEM.
    pub fn ca_pem(&self) -> String {
        self.state.certificates.ca_pem()
    }

    /// The revocation list that a client must know to see [`Fault::RevokedCertificate`], in PEM.
    pub fn crl_pem(&self) -> String {
        self.state.certificates.crl_pem()
    }

    /// Fails in this way from now on; connections that are open stay open.
    ///
    /// # Panics
    /// When the version of HTTP does not know the fault.
    pub async fn fail(&self, fault: Fault) {
        assert!(fault.applies_to(self.state.version), "no {fault:?} in {:?}", self.state.version);
        self.turn(Some(fault)).await;
    }

    /// Is healthy from now on.
    pub async fn heal(&self) {
        self.turn(None).await;
    }

    async fn turn(&self, fault: Option<Fault>) {
        self.state.fault.send_replace(fault);
        let wanted = fault != Some(Fault::Refuse);
        let mut listening = self.state.listening.subscribe();
        listening.wait_for(|now| *now == wanted).await.expect("the state outlives this call");
    }

    /// How many TCP connections were accepted.
    pub fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// How many connections are open now.
    pub fn open(&self) -> usize {
        *self.state.open.borrow()
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// Waits until no connection is open; `false` when one still is after `patience`.
    pub async fn is_left_within(&self, patience: Duration) -> bool {
        let mut open = self.state.open.subscribe();
        tokio::time::timeout(patience, open.wait_for(|open| *open == 0)).await.is_ok()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl fmt::Debug for FaultServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = *self.state.fault.borrow();
        f.debug_struct("FaultServer")
            .field("address", &self.address)
            .field("fault", &fault)
            .finish_non_exhaustive()
    }
}

impl State {
    /// Counts a request; the fault that it meets.
    pub(super) fn request(&self) -> Option<Fault> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        *self.fault.borrow()
    }
}

/// Counts one open connection.
struct Open(Arc<State>);

impl Open {
    fn new(state: Arc<State>) -> Self {
        state.accepted.fetch_add(1, Ordering::SeqCst);
        state.open.send_modify(|open| *open += 1);
        Self(state)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

/// Owns every connection, so that aborting this one task ends them all.
async fn accept(mut listener: TcpListener, address: SocketAddr, state: Arc<State>) {
    let mut fault = state.fault.subscribe();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                let open = Open::new(Arc::clone(&state));
                connections.spawn(async move {
                    if let Err(error) = connection(stream, &open.0).await {
                        tracing::debug!(%error, "connection ended");
                    }
                });
            }
            Some(_) = connections.join_next() => {}
            () = refusing(&mut fault, true) => {
                drop(listener);
                // Bound and not listening: connections are refused, and nobody else gets the port.
                let reserved = TcpSocket::new_v4().expect("a socket");
                reserved.set_reuseaddr(true).expect("SO_REUSEADDR");
                reserved.bind(address).expect("bind the port just left");
                state.listening.send_replace(false);
                refusing(&mut fault, false).await;
                listener = reserved.listen(64).expect("listen again");
                state.listening.send_replace(true);
            }
        }
    }
}

/// Waits until connections are to be refused, or no more.
async fn refusing(fault: &mut watch::Receiver<Option<Fault>>, wanted: bool) {
    // The state holds the sender, and the caller the state.
    let _ = fault.wait_for(|fault| (*fault == Some(Fault::Refuse)) == wanted).await;
}

async fn connection(mut stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let fault = *state.fault.borrow();
    if fault == Some(Fault::StallHandshake) {
        return until_closed(&mut stream).await;
    }
    if let Some(answer) = tls::answer(fault) {
        // The start of the ClientHello; the rest makes no difference.
        stream.read_u8().await?;
        stream.write_all(&answer).await?;
        return until_closed(&mut stream).await;
    }
    let stream = state.certificates.acceptor(fault).accept(stream).await?;
    match state.version {
        Version::HTTP_2 => http2::serve(stream, state).await,
        _ => http1::serve(stream, state).await,
    }
}

/// Says nothing more, until the client closes the connection.
pub(super) async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await.map(drop)
}

/// Ends the connection with a reset instead of an orderly end.
pub(super) fn reset(stream: &TlsStream<TcpStream>) -> io::Result<()> {
    stream.get_ref().0.set_zero_linger()?;
    Err(io::Error::new(io::ErrorKind::ConnectionReset, "reset on request"))
}
