//! Servers that leave an HTTP/2 connection while a request is on its way to them (RFC 9113 sections 6.8 and 8.7).

use bytes::Bytes;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use toolgate_http_client::{HttpClient, HttpError, HyperClient, SendOptions};

use crate::certificates::Authority;
use crate::server::{Server, get};

const HEADERS: u8 = 1;
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// Of the first stream, whole: `:status: 200` of HPACK's static table (RFC 7541).
const ANSWER: &[u8] = &[0, 0, 1, HEADERS, 5, 0, 0, 0, 1, 0x88];
const NO_ERROR: u8 = 0;
const INTERNAL_ERROR: u8 = 2;
const ENHANCE_YOUR_CALM: u8 = 11;

/// Says that the streams up to `taken` have been taken and no other will be.
fn goaway(taken: u8, reason: u8) -> [u8; 17] {
    [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, taken, 0, 0, 0, reason]
}

/// What becomes of a `POST` to a server that says `farewell` on its first connections when the request has come, and answers
/// on the others; and how many connections that took.
async fn asked(farewell: [u8; 17], leaves: usize) -> (Result<StatusCode, HttpError>, usize) {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(authority.issue(|_| {}).with_alpn(&["h2"]).build().unwrap());
    let server = Server::start(move |stream, number| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            stream.write_all(SETTINGS).await.unwrap();
            stream.read_exact(&mut [0; b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len()]).await.unwrap();
            let mut head = [0; 9];
            while head[3] != HEADERS {
                stream.read_exact(&mut head).await.unwrap();
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                stream.read_exact(&mut vec![0; length as usize]).await.unwrap();
            }
            let said = if number < leaves { &farewell[..] } else { ANSWER };
            stream.write_all(said).await.unwrap();
            if number >= leaves {
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        }
    })
    .await;
    let client = HyperClient::builder(authority.trust().build().unwrap()).build();
    let mut request = get(&format!("https://localhost:{}/", server.port), SendOptions::default());
    *request.method_mut() = http::Method::POST;
    *request.body_mut() = Bytes::from_static(b"{}");
    let status = client.send(request).await.map(|answer| answer.status());
    (status, server.accepted())
}

#[tokio::test]
async fn what_a_leaving_server_has_not_taken_is_sent_again() {
    for (reason, leaves) in [(NO_ERROR, 1), (NO_ERROR, 3), (INTERNAL_ERROR, 1)] {
        let (status, connections) = asked(goaway(0, reason), leaves).await;
        assert_eq!((status.unwrap(), connections), (StatusCode::OK, leaves + 1));
    }
}

#[tokio::test]
async fn a_server_that_leaves_ever_again_is_told_of() {
    let (status, connections) = asked(goaway(0, NO_ERROR), usize::MAX).await;
    let error = status.unwrap_err();
    assert!(matches!(error, HttpError::Unprocessed { .. }) && error.surely_did_nothing(), "{error:?}");
    assert_eq!(connections, 4);
}

/// It may have been executed.
#[tokio::test]
async fn what_a_leaving_server_has_taken_is_not_sent_again() {
    let (status, connections) = asked(goaway(1, NO_ERROR), 1).await;
    let error = status.unwrap_err();
    assert!(matches!(error, HttpError::Exchange { .. }) && !error.surely_did_nothing(), "{error:?}");
    assert_eq!(connections, 1);
}

#[tokio::test]
async fn a_server_that_has_too_much_to_do_is_not_asked_again_at_once() {
    let (status, connections) = asked(goaway(0, ENHANCE_YOUR_CALM), 1).await;
    let error = status.unwrap_err();
    assert!(matches!(error, HttpError::Unprocessed { .. }) && error.is_transient(), "{error:?}");
    assert_eq!(connections, 1);
}
