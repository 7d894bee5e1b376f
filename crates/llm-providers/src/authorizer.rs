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
/// use std::sync::RwLock;
///
/// use async_trait::async_trait;
/// use toolgate_http_client::{Credential, ModelProvider, Request};
/// use toolgate_llm_providers::{Authorizer, ErrorKind, ProviderError};
///
/// /// A token that a task of its own renews: nothing is read or waited for here. `Credential` shows itself redacted.
/// #[derive(Debug)]
/// struct Renewed(RwLock<Option<Credential<ModelProvider>>>);
///
/// #[async_trait]
/// impl Authorizer for Renewed {
///     async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError> {
///         let missing = || ProviderError::new(ErrorKind::Authentication, "ours", "there is no token yet");
///         let latest = self.0.read().map_err(|_| missing())?;
///         // Bound to the provider's origin when it was made, not to wherever this request goes.
///         latest.as_ref().ok_or_else(missing)?.attach(request);
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
