//! Compressed bodies: undone, bounded before and after, and never a surprise.

#[cfg(feature = "gzip")]
use async_compression::tokio::write;
use bytes::Bytes;
#[cfg(feature = "gzip")]
use tokio::io::AsyncWriteExt;
use toolgate_http_client::{HttpClient, HttpError, SendOptions};

#[cfg(feature = "gzip")]
use crate::server::read_head;
use crate::server::{Server, builder, get};

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[cfg(feature = "gzip")]
async fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = write::GzipEncoder::new(Vec::new());
    encoder.write_all(plain).await.unwrap();
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
}

async fn fetch(answer: Vec<u8>, options: SendOptions) -> Result<Bytes, HttpError> {
    let server = Server::answering([answer]).await;
    builder().build().send(get(&server.url("/"), options)).await?.into_body().bytes().await
}

#[tokio::test]
#[cfg(feature = "gzip")]
async fn gzip_is_undone_also_in_several_members() {
    let twice = [gzip(b"hello ").await, gzip(b"world").await].concat();
    assert_eq!(fetch(coded("gzip", &twice), SendOptions::default()).await.unwrap(), "hello world");
    let server = Server::answering([coded("gzip", &gzip(b"x").await)]).await;
    let response = builder().build().send(get(&server.url("/"), SendOptions::default())).await.unwrap();
    assert!(response.headers().is_empty(), "what described the coded body is gone: {:?}", response.headers());
}

#[tokio::test]
#[cfg(all(feature = "gzip", feature = "brotli", feature = "zstd", feature = "deflate"))]
async fn the_other_codings_are_undone() {
    let mut brotli = write::BrotliEncoder::new(Vec::new());
    let mut zstd = write::ZstdEncoder::new(Vec::new());
    let mut zlib = write::ZlibEncoder::new(Vec::new());
    for encoder in [&mut brotli as &mut (dyn tokio::io::AsyncWrite + Unpin), &mut zstd, &mut zlib] {
        encoder.write_all(b"hello").await.unwrap();
        encoder.shutdown().await.unwrap();
    }
    let all = [("br", brotli.into_inner()), ("zstd", zstd.into_inner()), ("deflate", zlib.into_inner())];
    for (name, body) in all {
        assert_eq!(fetch(coded(name, &body), SendOptions::default()).await.unwrap(), "hello", "{name}");
    }
}

#[tokio::test]
#[cfg(feature = "gzip")]
async fn a_bomb_is_stopped_at_the_cap() {
    let bomb = gzip(&vec![0; 50 << 20]).await;
    assert!(bomb.len() < 100_000);
    let error = fetch(coded("gzip", &bomb), SendOptions::default().with_max_body(1 << 20)).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { limit: 1_048_576, .. }), "{error}");
}

#[tokio::test]
#[cfg(feature = "gzip")]
async fn damage_is_an_error_and_not_a_short_body() {
    let whole = gzip(&[7; 1000]).await;
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for body in [&whole[..whole.len() - 9], &flipped, b"not gzip at all" as &[u8]] {
        let error = fetch(coded("gzip", body), SendOptions::default()).await.unwrap_err();
        assert!(matches!(error, HttpError::Encoding { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_unknown_coding_is_refused() {
    let error = fetch(coded("lzma\x1b", b"abc"), SendOptions::default()).await.unwrap_err();
    assert!(matches!(error, HttpError::Encoding { .. } | HttpError::Exchange { .. }), "{error}");
    let error = fetch(coded("gzip, gzip", b"abc"), SendOptions::default()).await.unwrap_err();
    assert!(error.to_string().contains("gzip, gzip"), "{error}");
    assert_eq!(fetch(coded("identity", b"abc"), SendOptions::default()).await.unwrap(), "abc");
}

/// The head of the request comes back as the body.
#[cfg(feature = "gzip")]
async fn asked(request: toolgate_http_client::Request) -> String {
    let server = Server::start(|mut stream, _| async move {
        let head = read_head(&mut stream).await.unwrap();
        stream.write_all(&crate::server::ok(&head)).await.unwrap();
    })
    .await;
    let (mut head, body) = request.into_parts();
    head.uri = server.url("/").parse().unwrap();
    let request = http::Request::from_parts(head, body);
    let echoed = builder().build().send(request).await.unwrap().into_body().bytes().await.unwrap();
    String::from_utf8(echoed.to_vec()).unwrap()
}

#[tokio::test]
#[cfg(feature = "gzip")]
async fn compression_is_asked_for_except_where_it_would_delay() {
    let plain = get("http://127.0.0.1/", SendOptions::default());
    assert!(asked(plain).await.contains("accept-encoding: "));
    let mut events = get("http://127.0.0.1/", SendOptions::default());
    events.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
    assert!(!asked(events).await.contains("accept-encoding"));
    let mut own = get("http://127.0.0.1/", SendOptions::default());
    own.headers_mut().insert("accept-encoding", "identity".parse().unwrap());
    assert!(asked(own).await.contains("accept-encoding: identity\r\n"));
}
