//! HTTP/2 peers that refuse, leave or fall silent (RFC 9113), written frame by frame.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use toolgate_http_client::{HttpClient, HttpError, HyperClient, Phase, SendOptions};

use crate::certificates::Authority;
use crate::server::{Server, get};

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// A frame (section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Reads frames up to the HEADERS of the next request; its stream.
async fn next_request(stream: &mut TlsStream<TcpStream>) -> Option<u32> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        stream.read_exact(&mut vec![0; length]).await.ok()?;
        if head[3] == HEADERS {
            return Some(u32::from_be_bytes(head[5..9].try_into().unwrap()));
        }
    }
}

/// Answers the first request with `first` and every later one with status 204.
async fn serve(first: impl Fn(u32) -> Vec<u8> + Clone + Send + Sync + 'static) -> (Server, HyperClient) {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(authority.issue(|_| {}).with_alpn(&["h2"]).build().unwrap());
    let server = Server::start(move |stream, number| {
        let (acceptor, first) = (acceptor.clone(), first.clone());
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            stream.read_exact(&mut [0; 24]).await.unwrap();
            stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
            let mut requests = 0;
            while let Some(id) = next_request(&mut stream).await {
                // 0x89 is `:status: 204` in HPACK's static table; END_STREAM and END_HEADERS.
                let fine = frame(HEADERS, 5, id, &[0x89]);
                let answer = if number == 0 && requests == 0 { first(id) } else { fine };
                requests += 1;
                if stream.write_all(&answer).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (server, HyperClient::builder(authority.trust().build().unwrap()).build())
}

async fn status(server: &Server, client: &HyperClient) -> Result<u16, HttpError> {
    status_within(server, client, SendOptions::default()).await
}

async fn status_within(
    server: &Server,
    client: &HyperClient,
    options: SendOptions,
) -> Result<u16, HttpError> {
    let url = format!("https://localhost:{}/", server.port);
    client.send(get(&url, options)).await.map(|response| response.status().as_u16())
}

#[tokio::test]
async fn a_reset_stream_costs_one_request_and_not_the_connection() {
    let internal_error = 2_u32.to_be_bytes();
    let (server, client) = serve(move |id| frame(RST_STREAM, 0, id, &internal_error)).await;
    let error = status(&server, &client).await.unwrap_err();
    assert!(matches!(error, HttpError::Exchange { .. }), "{error}");
    assert_eq!(status(&server, &client).await.unwrap(), 204);
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_server_that_leaves_is_reached_anew() {
    let enhance_your_calm = [0_u32.to_be_bytes(), 11_u32.to_be_bytes()].concat();
    let (server, client) = serve(move |_| frame(GOAWAY, 0, 0, &enhance_your_calm)).await;
    let error = status(&server, &client).await.unwrap_err();
    assert!(matches!(error, HttpError::Exchange { .. }), "{error}");
    assert_eq!(status(&server, &client).await.unwrap(), 204);
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn a_silent_stream_meets_its_deadline() {
    let (server, client) = serve(|_| Vec::new()).await;
    // Longer than a handshake takes on a busy machine.
    let patience = SendOptions::default().with_first_byte(Duration::from_millis(300));
    let error = status_within(&server, &client, patience).await.unwrap_err();
    assert!(matches!(error, HttpError::Timeout { phase: Phase::FirstByte, .. }), "{error}");
    assert_eq!(status(&server, &client).await.unwrap(), 204);
}
