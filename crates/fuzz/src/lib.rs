//! What the fuzz targets share: a server that answers with the fuzzer's bytes, a clock that does not wait, and the
//! rule for error messages.

pub mod models;

use std::fmt::Display;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use toolgate_http_client::{Body, HttpClient, HttpError, Request, Response};

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
}

impl Answer {
    /// A good JSON answer.
    pub fn json(body: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, content_type: "application/json", body: body.into() }
    }

    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, content_type: "text/plain", body: Bytes::new() }
    }

    /// The first byte chooses the status and the content type, the rest is the body. A printable byte, so that seeds
    /// can be written by hand: `0` is 200 with `application/json`.
    pub fn from_input(input: &[u8]) -> Option<Self> {
        const STATUS: [StatusCode; 5] = [
            StatusCode::OK,
            StatusCode::BAD_REQUEST,
            StatusCode::UNAUTHORIZED,
            StatusCode::NOT_FOUND,
            StatusCode::INTERNAL_SERVER_ERROR,
        ];
        const CONTENT_TYPE: [&str; 3] = ["application/json", "application/json; charset=utf-8", "text/html"];
        let (&choice, body) = input.split_first()?;
        let choice = usize::from(choice.wrapping_sub(b'0'));
        Some(Self {
            status: STATUS[choice % STATUS.len()],
            content_type: CONTENT_TYPE[choice / STATUS.len() % CONTENT_TYPE.len()],
            body: Bytes::copy_from_slice(body),
        })
    }
}

/// An HTTP client that asks no network: the answer depends on the path alone.
pub struct Canned<F>(F);

impl<F: Fn(&str) -> Answer + Send + Sync + 'static> Canned<F> {
    /// Answers each request as `answer` says of its path.
    pub fn new(answer: F) -> Arc<dyn HttpClient> {
        Arc::new(Self(answer))
    }
}

#[async_trait]
impl<F: Fn(&str) -> Answer + Send + Sync + 'static> HttpClient for Canned<F> {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let Answer { status, content_type, body } = (self.0)(request.uri().path());
        let mut response = http::Response::new(Body::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", http::HeaderValue::from_static(content_type));
        Ok(response)
    }
}

/// Runs a future on one thread whose clock leaps ahead whenever everything waits.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// A message that quotes a stranger must not be able to move a terminal's cursor or to fill a log.
pub fn check_message(error: &impl Display) {
    let text = error.to_string();
    assert!(!text.chars().any(char::is_control), "a control character in {text:?}");
    assert!(text.len() < 32 << 10, "a message of {} bytes", text.len());
}
