//! Many requests on one HTTP/2 connection, and pieces that wait for a busy reader (RFC 9113 sections 5.2 and 10.5).

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream;
use http_body_util::{Full, StreamBody};
use hyper::body::{Body, Frame};
use toolgate_http_client::{HttpClient, HyperClient, Origin, Probe, Response, SendOptions};

use crate::certificates::{Authority, serve_bodies};
use crate::server::{Server, get};

/// A client with one connection to a server whose every answer is `body`.
struct Pair {
    client: HyperClient,
    server: Server,
}

impl Pair {
    /// The server takes `streams` at once on a connection, or any number.
    async fn new<B>(streams: Option<u32>, body: fn() -> B) -> Self
    where
        B: Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + 'static,
    {
        let authority = Authority::new();
        let server =
            serve_bodies(&authority.issue(|_| {}).with_alpn(&["h2"]), streams, move |_| body()).await;
        let client = HyperClient::builder(authority.trust().build().unwrap()).build();
        Self { client, server }
    }

    /// The same, connected.
    async fn connect<B>(streams: Option<u32>, body: fn() -> B) -> Self
    where
        B: Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + 'static,
    {
        let pair = Self::new(streams, body).await;
        pair.length().await;
        pair
    }

    async fn ask(&self) -> Response {
        let url = format!("https://localhost:{}/", self.server.port);
        self.client.send(get(&url, SendOptions::default())).await.unwrap()
    }

    async fn length(&self) -> usize {
        self.ask().await.into_body().bytes().await.unwrap().len()
    }
}

/// h2 counts what small pieces cost it until they are read, and gives the whole connection up (`too_many_data_frames`)
/// when that is more than half of the connection's window. A window that adapts starts at 64 KiB: 130 words of a
/// model's answer, waiting while the reader was busy, would break off every other answer too.
#[tokio::test]
async fn small_pieces_that_wait_to_be_read_break_nothing() {
    const PIECES: usize = 64;
    let pair = Pair::connect(Some(100), || {
        let piece = || Ok::<_, std::convert::Infallible>(Frame::data(Bytes::from_static(b"x")));
        StreamBody::new(stream::iter((0..PIECES).map(move |_| piece())))
    })
    .await;
    let unread = join_all((0..90).map(|_| pair.ask())).await;
    // What was sent meanwhile has come when these have been answered.
    for _ in 0..3 {
        assert_eq!(pair.length().await, PIECES);
    }
    for answer in unread {
        assert_eq!(answer.into_body().bytes().await.unwrap().len(), PIECES);
    }
    assert_eq!(pair.server.accepted(), 1);
}

/// What a server does not take at once on a connection would wait for the others there.
#[tokio::test]
async fn there_are_as_many_connections_as_the_server_wants() {
    for (streams, connections) in [(Some(20), 26), (Some(200), 3), (Some(1000), 1), (None, 1)] {
        let pair = Pair::connect(streams, || Full::new(Bytes::from_static(&[b'x'; 600]))).await;
        for _ in 0..2 {
            let lengths = join_all((0..512).map(|_| pair.length())).await;
            assert_eq!(lengths, [600; 512]);
            assert_eq!(pair.server.accepted(), connections, "{streams:?}");
        }
    }
}

#[tokio::test]
async fn an_origin_is_not_offered_what_it_shall_not_get() {
    let authority = Authority::new();
    let version = |version| Full::new(Bytes::from(format!("{version:?}")));
    let server =
        serve_bodies(&authority.issue(|_| {}).with_alpn(&["h2", "http/1.1"]), Some(100), version).await;
    let origin = |host| Origin::of(&format!("https://{host}:{}", server.port).parse().unwrap()).unwrap();
    let said = async |client: &HyperClient| {
        let request = get(&format!("https://localhost:{}/", server.port), SendOptions::default());
        client.send(request).await.unwrap().into_body().bytes().await.unwrap()
    };
    let fixed = HyperClient::builder(authority.trust().build().unwrap());
    let tls = authority.trust().build().unwrap();
    for builder in [fixed, HyperClient::builder_with_source(move || Arc::clone(&tls))] {
        let client = builder.clone().with_http1_only(origin("localhost")).build();
        assert_eq!(join_all((0..8).map(|_| said(&client))).await, ["HTTP/1.1"; 8]);
        let elsewhere = builder.with_http1_only(origin("127.0.0.1")).build();
        assert_eq!(said(&elsewhere).await, "HTTP/2.0", "of another origin nobody said anything");
    }
    let probe = || Probe::new(&origin("localhost").to_string(), authority.trust().build().unwrap(), None);
    for (probe, protocol) in [(probe().unwrap(), "h2"), (probe().unwrap().with_http1_only(), "http/1.1")] {
        let connection = probe.connect().await.unwrap();
        assert_eq!(probe.handshake(connection).await.unwrap().protocol.as_deref(), Some(protocol));
    }
}

#[tokio::test]
async fn the_first_hundreds_at_once_make_no_connection_more() {
    let pair = Pair::new(Some(200), || Full::new(Bytes::from_static(&[b'x'; 600]))).await;
    let lengths = join_all((0..512).map(|_| pair.length())).await;
    assert_eq!(lengths, [600; 512]);
    assert_eq!(pair.server.accepted(), 3);
}

/// Whoever waits for the first one's connection waits no longer than for its own.
#[tokio::test]
async fn one_that_gives_up_while_connecting_holds_nobody_up() {
    let pair = Pair::new(Some(100), || Full::new(Bytes::from_static(b"x"))).await;
    let mut first = Box::pin(pair.ask());
    assert!(futures_util::poll!(&mut first).is_pending());
    let mut second = Box::pin(pair.length());
    assert!(futures_util::poll!(&mut second).is_pending());
    drop(first);
    assert_eq!(second.await, 1);
}
