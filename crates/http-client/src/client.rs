//! The trait that everything above sends its requests through.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Body, HttpError};

/// A request with its whole body in memory. Deadlines, limits and the credential travel in its extensions
/// ([`SendOptions`](crate::SendOptions), [`Credential::attach`](crate::Credential::attach)).
///
/// ```
/// # use std::time::Duration;
/// # use toolgate_http_client::{Request, SendOptions};
/// let mut request = Request::new(r#"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#.into());
/// *request.method_mut() = http::Method::POST;
/// *request.uri_mut() = "https://mcp.example/mcp".parse()?;
/// SendOptions::default().with_total(Duration::from_secs(20)).attach(&mut request);
/// assert_eq!(SendOptions::of(&request).total, Duration::from_secs(20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Request = http::Request<Bytes>;

/// A response whose body is still to be read.
///
/// ```
/// # use toolgate_http_client::{HttpClient, HttpError, Request, Response};
/// async fn text(client: &dyn HttpClient, request: Request) -> Result<Option<String>, HttpError> {
///     let response: Response = client.send(request).await?;
///     if !response.status().is_success() {
///         return Ok(None); // any status is a response
///     }
///     Ok(Some(String::from_utf8_lossy(&response.into_body().bytes().await?).into_owned()))
/// }
/// ```
pub type Response = http::Response<Body>;

/// Sends one request and returns the response once its headers are there.
///
/// Decorators (bearer tokens, recording) implement it around another client, so callers never know which they hold.
///
/// ```
/// # use async_trait::async_trait;
/// # use toolgate_http_client::{HttpClient, HttpError, Request, Response};
/// /// Tells how every request ended.
/// struct Told<C>(C);
///
/// #[async_trait]
/// impl<C: HttpClient> HttpClient for Told<C> {
///     async fn send(&self, request: Request) -> Result<Response, HttpError> {
///         let answer = self.0.send(request).await;
///         match &answer {
///             Ok(response) => println!("{}", response.status()),
///             Err(error) => println!("{}", error.kind()),
///         }
///         answer
///     }
/// }
/// ```
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

impl<C: HttpClient + ?Sized> HttpClient for Arc<C> {
    // The inner future as it is: `async_trait` would put it, and the request, into one more.
    fn send<'a, 'answer>(
        &'a self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, HttpError>> + Send + 'answer>>
    where
        'a: 'answer,
        Self: 'answer,
    {
        (**self).send(request)
    }
}
