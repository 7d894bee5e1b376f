//! Pooling, several addresses, and what is looked up.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::AsyncWriteExt;
use toolgate_http_client::{HttpClient, HttpError, Resolve, Retry, SendOptions};

use crate::server::{Server, builder, get, ok, read_head};

/// Answers with the addresses that it was given, and remembers what it was asked.
pub(crate) struct Fixed(pub(crate) Vec<IpAddr>, pub(crate) Arc<Mutex<Vec<String>>>);

impl Fixed {
    pub(crate) fn new(addresses: &[&str]) -> Arc<Self> {
        Arc::new(Self(addresses.iter().map(|address| address.parse().unwrap()).collect(), Arc::default()))
    }
}

#[async_trait]
impl Resolve for Fixed {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.1.lock().unwrap().push(host.to_owned());
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::answering([ok("a"), ok("b"), ok("c")]).await;
    let client = builder().build();
    for expected in ["a", "b", "c"] {
        let response = client.send(get(&server.url("/"), SendOptions::default())).await.unwrap();
        assert_eq!(response.into_body().bytes().await.unwrap(), expected);
    }
    assert_eq!(server.accepted(), 1);
}

/// A server that wants no more of a large request says why and hangs up: that is read, though the rest cannot be written.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_half_a_request_is_read() {
    let server = Server::start(|mut stream, _| async move {
        read_head(&mut stream).await;
        let head = "HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 3\r\n\r\nno!";
        stream.write_all(head.as_bytes()).await.unwrap();
    })
    .await;
    for _ in 0..50 {
        let mut request = get(&server.url("/"), SendOptions::default());
        *request.method_mut() = http::Method::POST;
        *request.body_mut() = vec![b'x'; 8 << 20].into();
        let response = builder().build().send(request).await.unwrap();
        assert_eq!(response.status(), 413);
        assert_eq!(response.into_body().bytes().await.unwrap(), "no!");
    }
}

/// What waits in the buffers of many connections is what a client's memory goes into.
#[tokio::test]
async fn a_connection_reads_little_at_once() {
    let server = Server::answering([ok(&"x".repeat(8 << 20))]).await;
    let response = builder().build().send(get(&server.url("/"), SendOptions::default())).await.unwrap();
    let (mut body, mut length) = (response.into_body(), 0);
    while let Some(piece) = body.chunk().await.unwrap() {
        assert!(piece.len() <= 128 << 10, "{}", piece.len());
        length += piece.len();
    }
    assert_eq!(length, 8 << 20);
}

#[tokio::test]
async fn deadlines_beyond_every_clock_are_none() {
    let server = Server::answering([ok("fine")]).await;
    let (never, options) = (Duration::MAX, SendOptions::default().with_repeatable(true));
    let options = options.with_connect(never).with_first_byte(never).with_idle(never).with_total(never);
    let client = Retry::new(builder().build()).with_delays(never, never);
    let response = client.send(get(&server.url("/"), options)).await.unwrap();
    assert_eq!(response.into_body().bytes().await.unwrap(), "fine");
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let server = Server::start(|mut stream, _| async move {
        read_head(&mut stream).await;
        stream.write_all(&ok("once")).await.unwrap();
    })
    .await;
    let client = builder().build();
    for _ in 0..3 {
        let response = client.send(get(&server.url("/"), SendOptions::default())).await.unwrap();
        assert_eq!(response.into_body().bytes().await.unwrap(), "once");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn the_second_address_is_tried() {
    let server = Server::answering([ok("fine")]).await;
    // 127.0.0.2 is this machine too, and nobody listens there.
    let client = builder().with_resolver(Fixed::new(&["127.0.0.2", "127.0.0.1"])).build();
    let url = format!("http://two.localhost:{}/", server.port);
    let response = client.send(get(&url, SendOptions::default())).await.unwrap();
    assert_eq!(response.into_body().bytes().await.unwrap(), "fine");
}

/// LP-10: nothing but the configured host is ever looked up.
#[tokio::test]
async fn only_the_host_of_the_url_is_looked_up() {
    let nobody = Fixed::new(&[]);
    let client = builder().with_resolver(nobody.clone()).build();
    let error = client.send(get("https://models.example/v1", SendOptions::default())).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error}");
    assert_eq!(error.to_string(), "cannot connect to https://models.example: the name has no address");
    assert_eq!(*nobody.1.lock().unwrap(), ["models.example"]);
}

#[tokio::test]
async fn a_name_that_is_not_found_reads_like_a_sentence() {
    struct Unknown;
    #[async_trait]
    impl Resolve for Unknown {
        async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            Err(io::Error::other("NXDOMAIN"))
        }
    }
    let client = builder().with_resolver(Arc::new(Unknown)).build();
    let error = client.send(get("https://models.example/v1", SendOptions::default())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot connect to https://models.example: the name was not found (NXDOMAIN)"
    );
    assert!(error.is_transient() && error.surely_did_nothing());
}

#[tokio::test]
async fn cleartext_to_a_metadata_service_is_a_switch_of_its_own() {
    let client = builder().with_insecure_loopback(false).with_insecure_metadata(true).build();
    // Nothing is there, or nothing but the way: it is not refused beforehand, and that is what counts.
    let options = SendOptions::default().with_connect(Duration::from_millis(50));
    let answer = client.send(get("http://[fd00:ec2::ffff]:1/", options)).await;
    assert!(!matches!(answer, Err(HttpError::InsecureUrl { .. })), "{:?}", answer.map(drop));
}

/// Cleartext goes where a switch says, and nowhere else.
#[tokio::test]
async fn cleartext_is_refused_before_a_byte_leaves() {
    let secure = || builder().with_insecure_loopback(false);
    for (client, url) in [
        (secure(), "http://127.0.0.1:1/"),
        (secure(), "http://169.254.169.254/"),
        (secure(), "http://192.0.2.1/"),
        (builder(), "http://169.254.169.254/"),
        (builder(), "http://192.0.2.1/"),
        (secure().with_insecure_metadata(true), "http://127.0.0.1:1/"),
        (secure().with_insecure_metadata(true), "http://192.0.2.1/"),
    ] {
        let options = SendOptions::default().with_connect(Duration::from_secs(1));
        let error = client.build().send(get(url, options)).await.unwrap_err();
        assert!(
            matches!(error, HttpError::InsecureUrl { .. }) && error.surely_did_nothing(),
            "{url}: {error}"
        );
    }
}
