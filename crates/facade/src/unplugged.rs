//! An HTTP client for tests of what sends nothing.

use async_trait::async_trait;
use toolgate_http_client::{HttpClient, HttpError, Request, Response};

/// Fails the test when anything is sent.
pub(crate) struct Unplugged;

#[async_trait]
impl HttpClient for Unplugged {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        panic!("nothing is to be sent: {request:?}")
    }
}
