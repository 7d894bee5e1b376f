//! Tokens that have been verified: none other decides about a call, and none other is sent.
//!
//! The cache asks for tokens, the verifier judges them; this joins the two, so that the bearer decorator cannot get
//! hold of a token that the gate would refuse.

use std::sync::Arc;

use async_trait::async_trait;
use toolgate_jwt_verify::{VerifiedToken, Verifier, VerifyError};
use toolgate_oauth_cc::{AccessToken, TokenError, TokenSource};

/// A source of tokens that hands out only what its verifier accepts.
pub(crate) struct VerifiedTokens {
    source: Arc<dyn TokenSource>,
    verifier: Verifier,
}

/// Why there is no token that may be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NoToken {
    /// None could be had.
    #[error("no access token: {0}")]
    NotIssued(#[from] TokenError),
    /// The one that was issued is not accepted.
    #[error("the access token was not accepted: {0}")]
    NotAccepted(#[from] Arc<VerifyError>),
}

impl VerifiedTokens {
    pub(crate) fn new(source: Arc<dyn TokenSource>, verifier: Verifier) -> Self {
        Self { source, verifier }
    }

    /// The current token and what it says. A token is verified once; afterwards this is two lookups.
    pub(crate) async fn verified(&self) -> Result<(AccessToken, Arc<VerifiedToken>), NoToken> {
        let token = self.source.token().await?;
        match self.verifier.verify(token.expose_secret()).await {
            Ok(verified) => Ok((token, verified)),
            Err(error) => {
                // A bad token is not kept for its lifetime; unreachable keys say nothing about the token.
                if !error.is_transient() {
                    self.source.refused(&token);
                }
                Err(Arc::new(error).into())
            }
        }
    }
}

#[async_trait]
impl TokenSource for VerifiedTokens {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        match self.verified().await {
            Ok((token, _)) => Ok(token),
            Err(NoToken::NotIssued(error)) => Err(error),
            Err(NoToken::NotAccepted(error)) => {
                Err(TokenError::Rejected { reason: error.to_string(), transient: error.is_transient() })
            }
        }
    }

    fn refused(&self, token: &AccessToken) {
        self.source.refused(token);
    }
}
