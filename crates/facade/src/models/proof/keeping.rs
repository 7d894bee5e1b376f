//! What stands in for a key is as secret as one, and known only once it was made.

use std::sync::Arc;

use async_trait::async_trait;
use toolgate_http_client::{AttachedCredential, Request};
use toolgate_llm_providers::{Authorizer, ProviderError};

use crate::kept::Kept;

/// An authorizer, and what it shows is kept as a secret.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) inner: Arc<dyn Authorizer>,
    pub(super) kept: Arc<Kept>,
}

/// The token of a session, which AWS has beside the signature.
const SESSION: &str = "x-amz-security-token";

#[async_trait]
impl Authorizer for Keeping {
    async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError> {
        self.inner.authorize(request).await?;
        let session = request.headers().get(SESSION).and_then(|token| token.to_str().ok());
        let shown = AttachedCredential::exposed(request).into_iter().chain(session);
        shown.for_each(|token| self.kept.proof(token));
        Ok(())
    }

    fn refused(&self) {
        self.inner.refused();
    }
}
