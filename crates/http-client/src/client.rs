//! The trait that everything above sends its requests through.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Body, HttpError};

/// A request with its whole body in memory. Deadlines, limits and the credential travel in its extensions
/// ([`SendOptions`](crate::SendOptions), [`Credential::attach`](crate::Credential::attach)).
pub type Request = http::Request<Bytes>;

/// A response whose body is still to be read.
pub type Response = http::Response<Body>;

/// Sends one request and returns the response once its headers are there.
///
/// Decorators (bearer tokens, recording) implement it around another client, so callers never know which they hold.
#[async_trait]
pub trait HttpClient: Send + Sync + 'static {
    /// Sends `request`. A response of any status but a redirect is an `Ok`.
    ///
    /// # Errors
    /// [`HttpError`] when no response came, or none that may be used.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection or its HTTP/2 stream; whether the server acted on the request is
    /// then not known.
    async fn send(&self, request: Request) -> Result<Response, HttpError>;
}

#[async_trait]
impl<C: HttpClient + ?Sized> HttpClient for Arc<C> {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        (**self).send(request).await
    }
}
