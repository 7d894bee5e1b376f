//! Faults that only HTTP/1.1's text can have, written byte by byte; those that every version has stand in `every_fault`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use toolgate_http_client::{HttpClient, HttpError, HyperClient, Phase, SendOptions};

use crate::server::{Server, builder, get, ok, read_head, write_and_stall};

async fn whole(client: &HyperClient, url: &str, options: SendOptions) -> Result<Bytes, HttpError> {
    client.send(get(url, options)).await?.into_body().bytes().await
}

/// Misbehaves on the first connection and behaves on the second; the error and how long it took.
async fn fault<F>(serve: impl Fn(TcpStream) -> F + Send + Sync + 'static, options: SendOptions) -> HttpError
where
    F: Future<Output = ()> + Send + 'static,
{
    let serve = std::sync::Arc::new(serve);
    let server = Server::start(move |mut stream, number| {
        let serve = std::sync::Arc::clone(&serve);
        async move {
            read_head(&mut stream).await;
            if number == 0 {
                return serve(stream).await;
            }
            stream.write_all(&ok("fine")).await.unwrap();
        }
    })
    .await;
    let client = builder().build();
    let started = Instant::now();
    let error = whole(&client, &server.url("/"), options).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(2), "{error} took {:?}", started.elapsed());
    assert_eq!(
        whole(&client, &server.url("/"), SendOptions::default()).await.unwrap(),
        "fine",
        "after {error}"
    );
    error
}

fn timed_out(error: &HttpError, wanted: Phase) -> bool {
    matches!(error, HttpError::Timeout { phase, .. } if *phase == wanted)
}

/// What is told where a server writes `text` and hangs up.
async fn said(text: &'static str) -> HttpError {
    let serve = move |mut stream: TcpStream| async move { stream.write_all(text.as_bytes()).await.unwrap() };
    let error = fault(serve, SendOptions::default()).await;
    assert!(matches!(error, HttpError::Exchange { .. }), "{text}: {error}");
    error
}

#[tokio::test]
async fn an_orderly_end_too_early() {
    for text in ["", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
        said(text).await;
    }
}

#[tokio::test]
async fn lengths_that_contradict_each_other() {
    for text in [
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nfine!",
        "HTTP/1.1 200 OK\r\ncontent-length: -4\r\n\r\nfine",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nfine",
    ] {
        said(text).await;
    }
}

#[tokio::test]
async fn not_http_at_all() {
    let error = said("SSH-2.0-canary\x1b[2J\r\n").await;
    assert!(!error.to_string().contains('\x1b'), "{error:?}");
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let serve = |mut stream: TcpStream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
        while stream.write_all(&[b'.'; 1000]).await.is_ok() {}
    };
    let error = fault(serve, SendOptions::default()).await;
    assert!(matches!(error, HttpError::Exchange { .. }), "{error}");
}

#[tokio::test]
async fn the_total_deadline_holds_before_the_head_too() {
    let silent = |mut stream: TcpStream| async move { write_and_stall(&mut stream, b"").await };
    let error = fault(silent, SendOptions::default().with_total(Duration::from_millis(80))).await;
    assert!(timed_out(&error, Phase::Total), "{error}");
}

/// The deadline of one request is the fault server's `StallHandshake`.
#[tokio::test]
async fn no_handshake_within_the_clients_connect_deadline() {
    let server = Server::start(|mut stream, _| async move { write_and_stall(&mut stream, b"").await }).await;
    let url = format!("https://127.0.0.1:{}/", server.port);
    let deadline = Duration::from_millis(50);
    let by_client = builder().with_connect_timeout(deadline).build();
    let error = whole(&by_client, &url, SendOptions::default()).await.unwrap_err();
    assert!(timed_out(&error, Phase::Connect) && error.surely_did_nothing(), "{error}");
    assert!(matches!(error, HttpError::Timeout { after, .. } if after == deadline), "{error}");
}

#[tokio::test]
async fn a_body_that_is_declared_too_large_is_not_waited_for() {
    let server = Server::start(|mut stream, _| async move {
        read_head(&mut stream).await;
        write_and_stall(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nx").await;
    })
    .await;
    let error = whole(&builder().build(), &server.url("/"), SendOptions::default().with_max_body(10)).await;
    let error = error.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { limit: 10, .. }), "{error}");
}

/// Whether its length is told beforehand or not.
#[tokio::test]
async fn a_body_may_be_as_long_as_was_said_and_no_longer() {
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".to_vec();
    for answer in [ok("hello"), chunked] {
        for (most, fits) in [(5, true), (4, false)] {
            let server = Server::answering([answer.clone()]).await;
            let options = SendOptions::default().with_max_body(most);
            let response = builder().build().send(get(&server.url("/"), options)).await.unwrap();
            match response.into_body().bytes().await {
                Ok(body) => assert!(fits && body == "hello"),
                Err(error) => {
                    assert!(!fits && matches!(error, HttpError::TooLarge { limit: 4, .. }), "{error}")
                }
            }
        }
    }
}
