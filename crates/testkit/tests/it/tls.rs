//! Certificates and serving: who is believed, what is spoken, and when it ends.

use axum::Router;
use axum::routing::get;
use http::{Request, Version};
use http_body_util::Full;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use toolgate_testkit::{DevCa, LeafKind, Serving, listen, serve};

use crate::client::Client;

async fn hello(ca: &DevCa, kind: LeafKind) -> Serving {
    let router = Router::new().route("/", get(|| async { "hello" }));
    serve(router, listen(None).await, ca.leaf(kind).server_config())
}

#[tokio::test]
async fn http_1_and_http_2_are_both_spoken() {
    let ca = DevCa::generate();
    let server = hello(&ca, LeafKind::Localhost).await;
    for (protocol, version) in [(&b"http/1.1"[..], Version::HTTP_11), (b"h2", Version::HTTP_2)] {
        let answer = Client::offering(ca.ca_pem(), &[protocol]).fetch(server.url()).await;
        assert_eq!((answer.version, &answer.body[..]), (version, &b"hello"[..]));
    }
}

#[tokio::test]
async fn bad_leaves_are_refused_each_for_its_own_reason() {
    let ca = DevCa::generate();
    let client = Client::trusting(ca.ca_pem());
    for (kind, reason) in [
        (LeafKind::WrongHost, "NotValidForName"),
        (LeafKind::Expired, "Expired"),
        (LeafKind::OtherCa, "BadSignature"),
    ] {
        let server = hello(&ca, kind).await;
        let request = Request::get(server.url()).body(Full::default()).unwrap();
        let error = format!("{:?}", client.send(request).await.unwrap_err());
        assert!(error.contains(reason), "{kind:?}: {error}");
    }
}

#[tokio::test]
async fn a_taken_port_is_replaced_by_another() {
    let ca = DevCa::generate();
    let first = hello(&ca, LeafKind::Localhost).await;
    let listener = listen(Some(first.port())).await;
    assert_ne!(listener.local_addr().unwrap().port(), first.port());
}

#[tokio::test]
async fn shutdown_closes_the_port() {
    let server = hello(&DevCa::generate(), LeafKind::Localhost).await;
    let port = server.port();
    server.shutdown().await;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test]
async fn dropping_ends_open_connections_too() {
    let ca = DevCa::generate();
    let server = hello(&ca, LeafKind::Localhost).await;
    let mut connection = Client::trusting(ca.ca_pem()).connect(server.port()).await.unwrap();
    drop(server);
    let mut rest = Vec::new();
    // Closed or reset, whichever comes first; what matters is that it ends.
    let _ = connection.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
}
