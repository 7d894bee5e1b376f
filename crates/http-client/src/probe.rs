//! The way to a server, one step at a time, for people who look for what is broken on it: the name, the TCP connection,
//! the TLS session. [`HyperClient`](crate::HyperClient) takes the same steps in one; here each can fail by itself.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::connect::{Dns, Reach, Tcp, with_alpn, with_http1_only};
use crate::hyper_client::{chain, connecting};
use crate::{HttpError, Origin, Phase, Proxy};

/// How long one step may take.
const STEP: Duration = Duration::from_secs(10);

/// The way to one server.
pub struct Probe {
    url: Uri,
    origin: Origin,
    /// As it is used, with ALPN.
    tls: Arc<ClientConfig>,
    proxy: Option<Proxy>,
}

/// Without the URL, whose query may hold a key.
impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe")
            .field("origin", &self.origin)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

/// A TCP connection to the server, or through the proxy's tunnel.
///
/// See the example of [`Probe::new`].
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// Where it leads: the server, or the proxy.
    pub peer: SocketAddr,
}

/// A TLS session whose certificate was accepted.
///
/// See the example of [`Probe::new`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Session {
    /// The version, such as `TLSv1_3`.
    pub version: String,
    /// The cipher suite.
    pub cipher_suite: String,
    /// How the key was exchanged, such as `X25519MLKEM768`.
    pub key_exchange: String,
    /// The protocol that was agreed upon (ALPN): `h2` or `http/1.1`.
    pub protocol: Option<String>,
    /// The certificates that the server showed, its own first, in DER.
    pub certificates: Vec<CertificateDer<'static>>,
}

impl Probe {
    /// The way to the server of `url`, with the trust of `tls`, through `proxy` where that is for it.
    ///
    /// ```no_run
    /// # async fn example(tls: std::sync::Arc<rustls::ClientConfig>) -> Result<(), toolgate_http_client::HttpError> {
    /// let probe = toolgate_http_client::Probe::new("https://as.example/token", tls, None)?;
    /// println!("{:?}", probe.resolve().await?);
    /// let connection = probe.connect().await?;
    /// println!("{}", probe.handshake(connection).await?.version);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`HttpError::BadUrl`].
    pub fn new(url: &str, tls: Arc<ClientConfig>, proxy: Option<Proxy>) -> Result<Self, HttpError> {
        let url = crate::parse_url(url)?;
        let origin = Origin::of(&url)?;
        let proxy = proxy.filter(|_| !origin.is_loopback() && origin.is_secure());
        Ok(Self { proxy, url, origin, tls: with_alpn(&tls) })
    }

    /// Offers HTTP/1.1 alone, as [`HyperClientBuilder::with_http1_only`](crate::HyperClientBuilder::with_http1_only) does.
    #[must_use]
    pub fn with_http1_only(mut self) -> Self {
        self.tls = with_http1_only(&self.tls);
        self
    }

    /// The server.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The proxy that the way leads through, if it is for this server; it resolves the server's name itself.
    #[must_use]
    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|proxy| proxy.is_for(&self.url))
    }

    /// The addresses of the server's name.
    ///
    /// # Errors
    /// [`HttpError::Connect`] when there is none.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn resolve(&self) -> Result<Vec<SocketAddr>, HttpError> {
        let failed = |reason| HttpError::Connect { origin: self.origin.clone(), reason };
        let looking = tokio::net::lookup_host((self.host(), self.origin.port()));
        match timeout(STEP, looking).await {
            Ok(Ok(addresses)) => {
                let addresses: Vec<SocketAddr> = addresses.collect();
                if addresses.is_empty() {
                    Err(failed("the name has no address".to_owned()))
                } else {
                    Ok(addresses)
                }
            }
            Ok(Err(error)) => Err(failed(format!("the name was not found ({})", chain(&error)))),
            Err(_) => Err(self.late()),
        }
    }

    /// A TCP connection, to the first of the server's addresses that takes one, or through the proxy.
    ///
    /// # Errors
    /// [`HttpError::Connect`] or [`HttpError::Timeout`].
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection.
    pub async fn connect(&self) -> Result<Connection, HttpError> {
        let mut tcp = Tcp::new(Dns { given: None, reach: Reach::Anywhere }, self.proxy.clone());
        let stream = match timeout(STEP, tcp.call(self.url.clone())).await {
            Ok(Ok(stream)) => stream.into_inner(),
            Ok(Err(error)) => return Err(connecting(&*error, &self.origin)),
            Err(_) => return Err(self.late()),
        };
        let peer = stream.peer_addr().map_err(|error| connecting(&error, &self.origin))?;
        Ok(Connection { stream, peer })
    }

    /// A TLS session on `connection`.
    ///
    /// # Errors
    /// [`HttpError::Tls`], which says which check of the certificate failed and what mends it.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection.
    pub async fn handshake(&self, connection: Connection) -> Result<Session, HttpError> {
        let name = ServerName::try_from(self.host()).map_err(|_| HttpError::Tls {
            origin: self.origin.clone(),
            reason: "the host is no name that a certificate can be for".to_owned(),
        })?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = match timeout(STEP, connector.connect(name, connection.stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(connecting(&error, &self.origin)),
            Err(_) => return Err(self.late()),
        };
        let (_, tls) = stream.get_ref();
        let shown = |what: Option<String>| what.unwrap_or_else(|| "unknown".to_owned());
        Ok(Session {
            version: shown(tls.protocol_version().and_then(|version| version.as_str().map(str::to_owned))),
            cipher_suite: shown(
                tls.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str().map(str::to_owned)),
            ),
            key_exchange: shown(
                tls.negotiated_key_exchange_group().map(|group| format!("{:?}", group.name())),
            ),
            protocol: tls.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
            certificates: tls.peer_certificates().unwrap_or_default().to_vec(),
        })
    }

    /// The server's name, an IPv6 address without its brackets.
    fn host(&self) -> String {
        self.origin.host().trim_start_matches('[').trim_end_matches(']').to_owned()
    }

    fn late(&self) -> HttpError {
        HttpError::Timeout { origin: self.origin.clone(), phase: Phase::Connect, after: STEP }
    }
}
