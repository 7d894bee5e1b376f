//! Redirects: an error by default, within the origin on request (CC-16, DI-16).

use http::HeaderValue;
use tokio::io::AsyncWriteExt;
use toolgate_http_client::{Credential, HttpClient, HttpError, Origin, ProtectedResource, SendOptions};

use crate::server::{Server, builder, get, ok, read_head};

fn to(location: &str) -> Vec<u8> {
    format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
        .into_bytes()
}

#[tokio::test]
async fn by_default_a_redirect_is_an_error() {
    let server = Server::answering([to("/there?code=canary")]).await;
    let error = builder().build().send(get(&server.url("/"), SendOptions::default())).await.unwrap_err();
    assert!(matches!(error, HttpError::RedirectRefused { .. }), "{error}");
    assert!(!format!("{error:?}").contains("canary"));

    let server = Server::answering([to("/mcp/")]).await;
    let error = builder().build().send(get(&server.url("/mcp"), SendOptions::default())).await.unwrap_err();
    assert!(error.to_string().contains("where the path has a slash at its end"), "{error}");
}

#[tokio::test]
async fn within_the_origin_at_most_three_are_followed() {
    let follow = SendOptions::default().with_same_origin_redirects(true);
    let server = Server::answering([to("/1"), to("2"), to("/3?x"), ok("fine")]).await;
    let response = builder().build().send(get(&server.url("/"), follow)).await.unwrap();
    assert_eq!(response.into_body().bytes().await.unwrap(), "fine");

    // Also where there is a connection already.
    let (server, client) = (Server::answering([ok("first"), to("/1"), ok("fine")]).await, builder().build());
    for expected in ["first", "fine"] {
        let response = client.send(get(&server.url("/"), follow)).await.unwrap();
        assert_eq!(response.into_body().bytes().await.unwrap(), expected);
    }

    let circle = Server::answering([to("/")]).await;
    let error = builder().build().send(get(&circle.url("/"), follow)).await.unwrap_err();
    assert!(matches!(error, HttpError::RedirectRefused { .. }), "{error}");
}

#[tokio::test]
async fn another_origin_never_sees_the_request() {
    let other = Server::answering([ok("stolen")]).await;
    let server = Server::answering([to(&other.url("/"))]).await;
    let mut request = get(&server.url("/"), SendOptions::default().with_same_origin_redirects(true));
    let origin = Origin::of(request.uri()).unwrap();
    Credential::<ProtectedResource>::authorization(origin, HeaderValue::from_static("Bearer canary"))
        .attach(&mut request);
    let error = builder().build().send(request).await.unwrap_err();
    assert!(matches!(error, HttpError::RedirectRefused { .. }), "{error}");
    assert_eq!(other.accepted(), 0);
}

#[tokio::test]
async fn the_credential_goes_along_within_the_origin() {
    let server = Server::start(|mut stream, _| async move {
        while let Some(head) = read_head(&mut stream).await {
            assert!(head.contains("Bearer canary"), "{head}");
            let answer = if head.starts_with("GET /mcp ") { to("/mcp/") } else { ok("fine") };
            stream.write_all(&answer).await.unwrap();
        }
    })
    .await;
    let mut request = get(&server.url("/mcp"), SendOptions::default().with_same_origin_redirects(true));
    let origin = Origin::of(request.uri()).unwrap();
    Credential::<ProtectedResource>::authorization(origin, HeaderValue::from_static("Bearer canary"))
        .attach(&mut request);
    assert_eq!(builder().build().send(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_credential_for_another_origin_stops_the_request_before_a_byte_leaves() {
    let server = Server::answering([ok("stolen")]).await;
    for bound in ["https://mcp.example", "http://127.0.0.1:1", "https://127.0.0.1"] {
        let mut request = get(&server.url("/"), SendOptions::default());
        let origin = Origin::of(&bound.parse().unwrap()).unwrap();
        Credential::<ProtectedResource>::authorization(origin, HeaderValue::from_static("Bearer canary"))
            .attach(&mut request);
        let error = builder().build().send(request).await.unwrap_err();
        assert!(matches!(error, HttpError::CredentialOrigin { .. }) && error.surely_did_nothing(), "{error}");
    }
    assert_eq!(server.accepted(), 0);
}
