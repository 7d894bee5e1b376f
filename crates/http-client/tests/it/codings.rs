//! Compressed bodies: undone, bounded before and after, and never a surprise.

#[cfg(any(feature = "gzip", feature = "zstd"))]
use async_compression::tokio::write;
use bytes::Bytes;
#[cfg(any(feature = "gzip", feature = "zstd"))]
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

/// `plain` in every coding but gzip.
#[cfg(all(feature = "gzip", feature = "brotli", feature = "zstd", feature = "deflate"))]
async fn other_codings(plain: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    let mut brotli = write::BrotliEncoder::new(Vec::new());
    let mut zstd = write::ZstdEncoder::new(Vec::new());
    let mut zlib = write::ZlibEncoder::new(Vec::new());
    for encoder in [&mut brotli as &mut (dyn tokio::io::AsyncWrite + Unpin), &mut zstd, &mut zlib] {
        encoder.write_all(plain).await.unwrap();
        encoder.shutdown().await.unwrap();
    }
    [("br", brotli.into_inner()), ("zstd", zstd.into_inner()), ("deflate", zlib.into_inner())]
}

#[tokio::test]
#[cfg(all(feature = "gzip", feature = "brotli", feature = "zstd", feature = "deflate"))]
async fn the_other_codings_are_undone() {
    for (name, body) in other_codings(b"hello").await {
        assert_eq!(fetch(coded(name, &body), SendOptions::default()).await.unwrap(), "hello", "{name}");
        let cut = fetch(coded(name, &body[..body.len() - 1]), SendOptions::default()).await.unwrap_err();
        assert!(matches!(cut, HttpError::Encoding { .. }), "{name}: {cut}");
    }
}

#[tokio::test]
#[cfg(all(feature = "gzip", feature = "brotli", feature = "zstd", feature = "deflate"))]
async fn a_bomb_of_any_coding_is_stopped_at_the_cap() {
    for (name, bomb) in other_codings(&vec![0; 50 << 20]).await {
        assert!(bomb.len() < 100_000, "{name}");
        let options = SendOptions::default().with_max_body(1 << 20);
        let error = fetch(coded(name, &bomb), options).await.unwrap_err();
        assert!(matches!(error, HttpError::TooLarge { limit: 1_048_576, .. }), "{name}: {error}");
    }
}

#[tokio::test]
#[cfg(feature = "zstd")]
async fn zstd_is_undone_in_several_frames_and_within_8_mib_of_window() {
    let frame = async |window| {
        let parameters = [async_compression::zstd::CParameter::window_log(window)];
        let quality = async_compression::Level::Default;
        let mut encoder = write::ZstdEncoder::with_quality_and_params(Vec::new(), quality, &parameters);
        encoder.write_all(b"hello ").await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder.into_inner()
    };
    let twice = [frame(23).await, frame(20).await].concat();
    assert_eq!(fetch(coded("zstd", &twice), SendOptions::default()).await.unwrap(), "hello hello ");
    let error = fetch(coded("zstd", &frame(24).await), SendOptions::default()).await.unwrap_err();
    assert!(matches!(error, HttpError::Encoding { .. }), "{error}");
}

/// What does not shrink is counted on the wire already.
#[tokio::test]
#[cfg(feature = "gzip")]
async fn the_cap_holds_for_the_coded_bytes_too() {
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(1 << 20)
    .collect();
    let options = SendOptions::default().with_max_body(1 << 19);
    let error = fetch(coded("gzip", &gzip(&noise).await), options).await.unwrap_err();
    assert!(matches!(error, HttpError::TooLarge { limit: 524_288, .. }), "{error}");
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
    for (name, value, expected) in [
        ("user-agent", "text/event-stream", true),
        ("accept", "application/json", true),
        ("accept", "text/event-stream", false),
        ("range", "bytes=0-9", false),
    ] {
        let mut request = get("http://127.0.0.1/", SendOptions::default());
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(asked(request).await.contains("accept-encoding: "), expected, "{name}: {value}");
    }
    let mut own = get("http://127.0.0.1/", SendOptions::default());
    own.headers_mut().insert("accept-encoding", "identity".parse().unwrap());
    assert!(asked(own).await.contains("accept-encoding: identity\r\n"));
}
