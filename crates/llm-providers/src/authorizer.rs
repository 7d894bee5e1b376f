//! Proof of who asks, where a key that stays the same is not enough.

use std::fmt;

use async_trait::async_trait;
use toolgate_http_client::Request;

use crate::ProviderError;

/// Proves to a provider who asks: with a token that is renewed in time, or with a signature of each request.
///
/// What it adds must be for the provider's own origin: a [`Credential`](toolgate_http_client::Credential) bound to it
/// says so, and the HTTP client holds it to that.
///
/// ```
/// use async_trait::async_trait;
/// use http::HeaderValue;
/// use toolgate_http_client::{Credential, ModelProvider, Origin, Request};
/// use toolgate_llm_providers::{Authorizer, ErrorKind, ProviderError};
///
/// /// A token that another program keeps in a file.
/// #[derive(Debug)]
/// struct FromFile(std::path::PathBuf);
///
/// #[async_trait]
/// impl Authorizer for FromFile {
///     async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError> {
///         let missing = |_| ProviderError::new(ErrorKind::Authentication, "ours", "the token's file cannot be read");
///         let token = std::fs::read_to_string(&self.0).map_err(missing)?;
///         let wrong = |_| ProviderError::new(ErrorKind::Authentication, "ours", "the token's file holds no token");
///         let value = HeaderValue::from_str(&format!("Bearer {}", token.trim())).map_err(wrong)?;
///         let nowhere = |_| ProviderError::new(ErrorKind::Configuration, "ours", "the request has no origin");
///         let origin = Origin::of(request.uri()).map_err(nowhere)?;
///         Credential::<ModelProvider>::authorization(origin, value).attach(request);
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait Authorizer: Send + Sync + fmt::Debug {
    /// Adds the proof to `request`, which is complete but for it. Called once for each request that is sent.
    ///
    /// # Errors
    /// [`Authentication`](crate::ErrorKind::Authentication) when there is nothing to prove it with, or the
    /// error of whoever issues it.
    ///
    /// # Cancel safety
    /// The future may be dropped; nothing is sent then.
    async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError>;

    /// The provider has refused the proof (status 401): what was cached is not to be used again.
    fn refused(&self) {}
}
