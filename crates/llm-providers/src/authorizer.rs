//! Proof of who asks, where a key that stays the same is not enough.

use std::fmt;

use async_trait::async_trait;
use toolgate_http_client::Request;

use crate::ProviderError;

/// Proves to a provider who asks: with a token that is renewed in time, or with a signature of each request.
///
/// What it adds must be for the provider's own origin: a [`Credential`](toolgate_http_client::Credential) bound to it
/// says so, and the HTTP client holds it to that.
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
