//! Serving an axum router over TLS until dropped.
//!
//! Kept apart because every counterpart here (authorization server, MCP server, models) is served the same way:
//! HTTP/1.1 and HTTP/2 by ALPN, `TCP_NODELAY` on, nothing in clear text.

use std::convert::Infallible;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

/// A response that is never sent: the connection (HTTP/1.1) or stream (HTTP/2) breaks off instead.
#[derive(Clone, Copy, Debug)]
pub struct Disconnect;

impl IntoResponse for Disconnect {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Debug)]
struct Disconnected;

impl fmt::Display for Disconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection broken off on request")
    }
}

impl std::error::Error for Disconnected {}

/// A server that runs until this is dropped or [`shutdown`](Self::shutdown) is called; its connections end with it.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Serving {
    /// The origin, `https://localhost:PORT`, without a path.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port())
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Stops the server and waits until its port is closed.
    pub async fn shutdown(mut self) {
        self.accepting.abort();
        // The only outcome is "cancelled".
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Listens on 127.0.0.1, on the wanted port if it is free and on any other if not.
pub async fn listen(wanted: Option<u16>) -> TcpListener {
    if let Some(port) = wanted
        && let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
    {
        return listener;
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind a free port on 127.0.0.1")
}

/// Serves `router` over TLS on `listener`.
pub fn serve(router: Router, listener: TcpListener, tls: Arc<ServerConfig>) -> Serving {
    let address = listener.local_addr().expect("address of a bound listener");
    let accepting = tokio::spawn(accept(router, listener, TlsAcceptor::from(tls)));
    Serving { address, accepting }
}

/// Owns every connection, so that aborting this one task ends them all.
async fn accept(router: Router, listener: TcpListener, tls: TlsAcceptor) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(router.clone(), stream, tls.clone()));
                }
                // Out of file descriptors, most likely: give connections a moment to end.
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(router: Router, stream: TcpStream, tls: TlsAcceptor) {
    // Without it, small responses wait for the peer's delayed acknowledgement (about 40 ms each).
    stream.set_nodelay(true).expect("TCP_NODELAY on a fresh connection");
    let stream = match tls.accept(stream).await {
        Ok(stream) => stream,
        // Expected in tests of clients that must refuse the certificate.
        Err(error) => return tracing::debug!(%error, "TLS handshake failed"),
    };
    let service = service_fn(move |request| answer(router.clone(), request));
    let builder = auto::Builder::new(TokioExecutor::new());
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(error, "connection ended");
    }
}

async fn answer(mut router: Router, request: Request<Incoming>) -> Result<Response, Disconnected> {
    let answered: Result<Response, Infallible> = router.call(request).await;
    let Ok(response) = answered;
    match response.extensions().get::<Disconnect>() {
        Some(Disconnect) => Err(Disconnected),
        None => Ok(response),
    }
}
