//! Each fault of an HTTP/1.1 peer gives its own error within its deadline, and the next request works.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use toolgate_http_client::{HttpClient, HttpError, HyperClient, Phase, SendOptions};

use crate::server::{Server, builder, get, hasty, ok, read_head, reset, write_and_stall};

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

#[tokio::test]
async fn nobody_listens() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    drop(listener);
    let error = whole(&builder().build(), &url, SendOptions::default()).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error}");
    assert!(error.is_transient() && error.was_not_sent() && error.kind() == "connect");
}

#[tokio::test]
async fn reset_before_and_within_the_head() {
    for text in ["", "HTTP/1.1 200 OK\r\ncontent-le"] {
        let serve = move |mut stream: TcpStream| async move {
            stream.write_all(text.as_bytes()).await.unwrap();
            reset(&stream);
        };
        let error = fault(serve, SendOptions::default()).await;
        assert!(matches!(error, HttpError::Exchange { .. }), "{error}");
        assert!(!error.was_not_sent(), "the server may have acted");
    }
}

#[tokio::test]
async fn broken_off_within_the_body() {
    let texts = [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ];
    for text in texts {
        let serve =
            move |mut stream: TcpStream| async move { stream.write_all(text.as_bytes()).await.unwrap() };
        let error = fault(serve, SendOptions::default()).await;
        assert!(matches!(error, HttpError::Exchange { .. }), "{text}: {error}");
    }
}

/// What a server sends beyond its answer must not become the answer to the next request.
#[tokio::test]
async fn more_than_was_declared() {
    let smuggled =
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfineHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
    let server = Server::answering([smuggled.as_bytes().to_vec(), ok("next")]).await;
    let client = builder().build();
    assert_eq!(whole(&client, &server.url("/"), SendOptions::default()).await.unwrap(), "fine");
    assert_eq!(whole(&client, &server.url("/"), SendOptions::default()).await.unwrap(), "next");
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn lengths_that_contradict_each_other() {
    let texts = [
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nfine!",
        "HTTP/1.1 200 OK\r\ncontent-length: -4\r\n\r\nfine",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nfine",
    ];
    for text in texts {
        let serve =
            move |mut stream: TcpStream| async move { stream.write_all(text.as_bytes()).await.unwrap() };
        let error = fault(serve, SendOptions::default()).await;
        assert!(matches!(error, HttpError::Exchange { .. }), "{text}: {error}");
    }
}

#[tokio::test]
async fn not_http_at_all() {
    let serve =
        |mut stream: TcpStream| async move { stream.write_all(b"SSH-2.0-canary\x1b[2J\r\n").await.unwrap() };
    let error = fault(serve, SendOptions::default()).await;
    assert!(matches!(error, HttpError::Exchange { .. }), "{error}");
    assert!(!error.to_string().contains('\x1b'), "{error:?}");
}

#[tokio::test]
async fn silence_before_and_within_the_body() {
    let before =
        fault(|mut stream: TcpStream| async move { write_and_stall(&mut stream, b"").await }, hasty()).await;
    assert!(timed_out(&before, Phase::FirstByte), "{before}");
    let text = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";
    let within =
        fault(move |mut stream| async move { write_and_stall(&mut stream, text).await }, hasty()).await;
    assert!(timed_out(&within, Phase::Idle), "{within}");
}

#[tokio::test]
async fn a_dripping_body_meets_the_total_deadline() {
    let serve = |mut stream: TcpStream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
        while stream.write_all(b".").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let error = fault(serve, hasty()).await;
    assert!(timed_out(&error, Phase::Total), "{error}");
    let early =
        fault(serve, hasty().with_first_byte(Duration::from_secs(9)).with_total(Duration::from_millis(50)));
    assert!(timed_out(&early.await, Phase::Total));
}

#[tokio::test]
async fn an_oversized_body_is_cut_off() {
    let serve = |mut stream: TcpStream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
        while stream.write_all(&[b'.'; 1000]).await.is_ok() {}
    };
    let error = fault(serve, SendOptions::default().with_max_body(5000)).await;
    assert!(matches!(error, HttpError::TooLarge { limit: 5000, .. }), "{error}");
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
async fn no_handshake_within_the_connect_deadline() {
    let server = Server::start(|mut stream, _| async move { write_and_stall(&mut stream, b"").await }).await;
    let url = format!("https://127.0.0.1:{}/", server.port);
    let deadline = Duration::from_millis(50);
    let by_client = builder().with_connect_timeout(deadline).build();
    let error = whole(&by_client, &url, SendOptions::default()).await.unwrap_err();
    assert!(timed_out(&error, Phase::Connect) && error.was_not_sent(), "{error}");
    let by_request = SendOptions::default().with_connect(deadline);
    let error = whole(&builder().build(), &url, by_request).await.unwrap_err();
    assert!(timed_out(&error, Phase::Connect), "{error}");
}
