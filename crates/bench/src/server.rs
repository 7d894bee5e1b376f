//! `bench server FOLDER`: answers every request with the same JSON, on one thread of the second processor: in clear,
//! over TLS with HTTP/1.1, and over TLS with HTTP/2. Prints the three ports and runs until it is killed.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use toolgate_tls_config::ServerTls;

use crate::processes;

/// Serves until the process is killed.
pub(crate) fn run(folder: &str) {
    processes::pin(processes::SERVER);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let clear = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let second = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (chain, key) = certificates(Path::new(folder));
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        println!("{} {} {}", port(&clear), port(&first), port(&second));
        let tls = |protocol| {
            TlsAcceptor::from(
                ServerTls::new(chain.clone(), key.clone()).with_alpn(&[protocol]).build().unwrap(),
            )
        };
        tokio::spawn(accept_tls(first, tls("http/1.1")));
        tokio::spawn(accept_tls(second, tls("h2")));
        loop {
            let (stream, _) = clear.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream));
        }
    });
}

async fn accept_tls(listener: TcpListener, tls: TlsAcceptor) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let tls = tls.clone();
        tokio::spawn(async move {
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream).await;
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let answer = Arc::new(Bytes::from(format!(r#"{{"text":"{}"}}"#, "word ".repeat(120))));
    let service = service_fn(move |request: http::Request<Incoming>| {
        let answer = Bytes::clone(&answer);
        async move {
            let _ = request.into_body().collect().await;
            let mut response = http::Response::new(Full::new(answer));
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
            Ok::<_, Infallible>(response)
        }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http2().max_concurrent_streams(1024);
    // A client that leaves ends its connection in its own way.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

/// Writes the authority for the clients; returns chain and key of the server.
fn certificates(folder: &Path) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    fs::write(folder.join("ca.pem"), authority.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (leaf.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
}
