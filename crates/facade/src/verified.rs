//! Tokens that have been verified: none other decides about a call, and none other is sent.
//!
//! The cache asks for tokens, the verifier judges them; this joins the two, so that the bearer decorator cannot get
//! hold of a token that the gate would refuse.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use toolgate_jwt_verify::{Proof, VerifiedToken, VerifyError};
use toolgate_oauth_cc::{AccessToken, TokenError, TokenSource};

use crate::ConfigError;
use crate::authorization::{Authorization, Established};

/// A source of tokens that hands out only what its verifier accepts.
pub(crate) struct VerifiedTokens {
    authorization: Authorization,
    /// Settled once by the first caller, while others wait; a failure is not kept.
    established: OnceCell<Established>,
}

/// Why there is no token that may be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NoToken {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// None could be had.
    #[error("no access token: {0}")]
    NotIssued(#[from] TokenError),
    /// The one that was issued is not accepted.
    #[error("the access token was not accepted: {0}")]
    NotAccepted(#[from] Arc<VerifyError>),
}

impl VerifiedTokens {
    pub(crate) fn new(authorization: Authorization) -> Self {
        Self { authorization, established: OnceCell::new() }
    }

    /// The authorization server, found if it has not been yet.
    pub(crate) async fn established(&self) -> Result<&Established, NoToken> {
        self.established.get_or_try_init(|| self.authorization.establish()).await
    }

    /// The token in use, if there is one.
    pub(crate) fn current(&self) -> Option<AccessToken> {
        self.established.get()?.tokens.cached()
    }

    /// The current token and what it says. A token is verified once; afterwards this is two lookups.
    pub(crate) async fn verified(&self) -> Result<(AccessToken, Arc<VerifiedToken>), NoToken> {
        let established = self.established().await?;
        let token = established.tokens.token().await?;
        match established.verify(token.expose_secret()).await {
            Ok(verified) => Ok((token, verified)),
            Err(error) => {
                // A bad token is not kept for its lifetime; unreachable keys say nothing about the token.
                if !error.is_transient() {
                    established.tokens.refused(&token);
                }
                Err(Arc::new(error).into())
            }
        }
    }
}

impl Established {
    /// Judges a token of this client's own, which may be bound to what this client can prove.
    async fn verify(&self, token: &str) -> Result<Arc<VerifiedToken>, VerifyError> {
        let proof = self.dpop.as_deref().map_or(Proof::None, Proof::OwnKey);
        let now = SystemTime::now();
        let verified = self.verifier.verify_with_proof(token, proof, now).await;
        if let Err(VerifyError::ProofRequired { .. }) = verified
            && let Ok(Some(certificate)) = self.tls.client_certificate()
        {
            // Read when it is needed: certificates are rotated, and the token is bound to the one that was shown.
            let hash: [u8; 32] = Sha256::digest(&certificate).into();
            return self.verifier.verify_with_proof(token, Proof::OwnCertificate(&hash), now).await;
        }
        verified
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
            Err(NoToken::Config(error)) => {
                Err(TokenError::Config { setting: "oauth".to_owned(), reason: error.to_string() })
            }
        }
    }

    fn refused(&self, token: &AccessToken) {
        if let Some(established) = self.established.get() {
            established.tokens.refused(token);
        }
    }
}
