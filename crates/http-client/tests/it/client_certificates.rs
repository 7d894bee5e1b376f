//! A server that misses the client's certificate says so in TLS 1.3 only when the client has its connection, and hangs up:
//! what is heard first of all that is a matter of luck, and must be none of what is told.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use toolgate_http_client::{HttpClient, HttpError, HyperClient, SendOptions};

use crate::certificates::{Authority, serve};
use crate::server::{Server, get};

const ATTEMPTS: usize = 150;

fn url(server: &Server) -> String {
    format!("https://localhost:{}/", server.port)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_certificate_that_is_missed_is_told_at_every_attempt() {
    let authority = Authority::new();
    let ours = authority.trust().build().unwrap();
    for alpn in [&["h2", "http/1.1"][..], &["http/1.1"]] {
        let tls = authority.issue(|_| {}).with_client_ca_pem(authority.pem()).with_alpn(alpn);
        let server = serve(&tls).await;
        let again = HyperClient::builder(Arc::clone(&ours)).build();
        for attempt in 0..ATTEMPTS {
            let first = HyperClient::builder(Arc::clone(&ours)).build();
            for client in [&first, &again] {
                let sent = client.send(get(&url(&server), SendOptions::default())).await;
                let error = sent.map(drop).unwrap_err();
                assert!(matches!(error, HttpError::Tls { .. }), "{alpn:?}, attempt {attempt}: {error:?}");
                assert!(error.to_string().ends_with("CertificateRequired"), "{error}");
                assert!(error.surely_did_nothing() && !error.is_transient());
            }
        }
    }
}

/// What was sent on another connection may have been read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_is_refused_says_nothing_of_what_was_sent_before() {
    let authority = Authority::new();
    let acceptor = |tls: toolgate_tls_config::ServerTls| TlsAcceptor::from(tls.build().unwrap());
    let open = acceptor(authority.issue(|_| {}));
    let closed = acceptor(authority.issue(|_| {}).with_client_ca_pem(authority.pem()));
    let (arrived, over) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let told = (Arc::clone(&arrived), Arc::clone(&over));
    let server = Server::start(move |stream, number| {
        let (acceptor, (arrived, over)) =
            (if number == 0 { open.clone() } else { closed.clone() }, told.clone());
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let answer = service_fn(move |_| {
                arrived.notify_one();
                std::future::pending::<Result<http::Response<Empty<Bytes>>, hyper::Error>>()
            });
            let mut http2 = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            http2.max_concurrent_streams(1);
            tokio::select! {
                _ = http2.serve_connection(TokioIo::new(stream), answer) => {}
                () = over.notified() => {}
            }
        }
    })
    .await;
    let client = HyperClient::builder(authority.trust().build().unwrap()).build();
    let send = || client.send(get(&url(&server), SendOptions::default()));
    let (sent, refused) = tokio::join!(send(), async {
        arrived.notified().await;
        let refused = send().await.map(drop);
        over.notify_one();
        refused
    });
    assert!(matches!(refused, Err(HttpError::Tls { .. })), "{refused:?}");
    let error = sent.map(drop).unwrap_err();
    assert!(matches!(error, HttpError::Exchange { .. }) && !error.surely_did_nothing(), "{error:?}");
}
