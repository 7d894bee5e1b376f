//! Tokens that have been verified: none other decides about a call, and none other is sent.
//!
//! The cache asks for tokens, the verifier judges them; this joins the two, so that the bearer decorator cannot get
//! hold of a token that the gate would refuse.

mod opaque;
mod per_request;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use futures_util::future::join_all;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use toolgate_jwt_verify::{KeyHealth, Proof, VerifiedToken, VerifyError};
use toolgate_oauth_cc::{AccessToken, TokenCache, TokenError, TokenSource, TokenType};

pub(crate) use per_request::{CallAuth, CallScopes, CallSpan};

use crate::NoToken;
use crate::authorization::{Authorization, Established};
use crate::config::OAuthConfig;
use crate::kept::Kept;
use opaque::OpaqueTokens;

/// A source of tokens that hands out only what its verifier accepts.
pub(crate) struct VerifiedTokens {
    authorization: Authorization,
    /// Settled once by the first caller, while others wait; a failure is not kept.
    established: OnceCell<Established>,
    /// What is known about opaque tokens.
    opaque: OpaqueTokens,
    /// The token that was judged last and what it says: mostly the next one is the same, and is not read again.
    last: ArcSwapOption<(AccessToken, Arc<VerifiedToken>)>,
    /// Keeps those that servers have been shown.
    kept: Arc<Kept>,
}

impl VerifiedTokens {
    pub(crate) fn new(authorization: Authorization, kept: Arc<Kept>) -> Self {
        Self {
            authorization,
            established: OnceCell::new(),
            opaque: OpaqueTokens::default(),
            last: ArcSwapOption::empty(),
            kept,
        }
    }

    /// The authorization server, found if it has not been yet.
    pub(crate) async fn established(&self) -> Result<&Established, NoToken> {
        // In a box: it is large, needed once, and would be a part of each call's future.
        self.established.get_or_try_init(|| Box::pin(self.authorization.establish())).await
    }

    pub(crate) fn is_established(&self) -> bool {
        self.established.initialized()
    }

    /// What is configured for them.
    pub(crate) fn oauth(&self) -> &OAuthConfig {
        self.authorization.oauth()
    }

    /// The tokens in hand.
    pub(crate) fn current(&self) -> Vec<AccessToken> {
        let caches = self.established.get().map(Established::caches).unwrap_or_default();
        caches.iter().filter_map(TokenSource::cached).collect()
    }

    /// The current token, which may be one that is not good for anything: for a diagnosis, and not to be sent.
    pub(crate) async fn issued(&self) -> Result<AccessToken, NoToken> {
        Ok(self.established().await?.tokens.token().await?)
    }

    /// The token for calls whose rule names `scopes`, and what it says. A token is verified once; afterwards this is two
    /// lookups.
    pub(crate) async fn verified(
        &self,
        scopes: &[String],
    ) -> Result<(AccessToken, Arc<VerifiedToken>), NoToken> {
        let established = self.established().await?;
        let tokens = established.cache(scopes)?;
        let token = tokens.token().await?;
        let judged = self.judge(established, &token).await;
        let checked = judged.and_then(|verified| {
            established.check_binding(&verified)?;
            established.check_width(scopes, &verified).map(|()| verified)
        });
        match checked {
            Ok(verified) => {
                if self.kept.token(&token)
                    && let Some(told) = established.unbound(&verified)
                {
                    tracing::warn!(issuer = established.server.issuer, "{told}");
                }
                Ok((token, verified))
            }
            Err(error) => {
                // A bad token is not kept for its lifetime; unreachable keys say nothing about the token.
                let useless = match &error {
                    NoToken::NotAccepted(error) => !error.is_transient(),
                    NoToken::Opaque | NoToken::TooWide { .. } | NoToken::Unbound => true,
                    _ => false,
                };
                if useless {
                    tokens.refused(&token);
                }
                Err(error)
            }
        }
    }

    /// A resource refused `token`, which was for calls whose rule names `scopes`.
    pub(crate) fn refused(&self, scopes: &[String], token: &AccessToken) {
        if let Some(Ok(tokens)) = self.established.get().map(|established| established.cache(scopes)) {
            tokens.refused(token);
        }
    }

    /// What is known about the issuer's keys, and for how long the common token is good; nothing before it was needed.
    pub(crate) fn health(&self) -> Option<(KeyHealth, Option<Duration>)> {
        let established = self.established.get()?;
        let token = established.tokens.cached();
        Some((established.verifier.key_health(), token.map(|token| token.expires_in())))
    }

    /// Forgets the tokens, and gives them back where that is configured.
    pub(crate) async fn close(&self) -> Result<(), TokenError> {
        self.last.store(None);
        let caches = self.established.get().map(Established::caches).unwrap_or_default();
        join_all(caches.iter().map(TokenCache::close)).await.into_iter().collect()
    }

    /// Judges a token of this client's own, which may be bound to what this client can prove.
    async fn judge(
        &self,
        established: &Established,
        token: &AccessToken,
    ) -> Result<Arc<VerifiedToken>, NoToken> {
        // A client with a key holds a bearer token only where it was told to take one.
        let bound = established.dpop.as_deref().filter(|_| token.token_type() == TokenType::DPoP);
        let proof = bound.map_or(Proof::None, Proof::OwnKey);
        let judged = self.judge_with(established, token, proof).await;
        if let Err(NoToken::NotAccepted(error)) = &judged
            && let VerifyError::ProofRequired { .. } = **error
            && let Ok(Some(certificate)) = established.tls.client_certificate()
        {
            // Read when it is needed: certificates are rotated, and the token is bound to the one that was shown.
            let hash: [u8; 32] = Sha256::digest(&certificate).into();
            return Box::pin(self.judge_with(established, token, Proof::OwnCertificate(&hash))).await;
        }
        judged
    }

    async fn judge_with(
        &self,
        established: &Established,
        token: &AccessToken,
        proof: Proof<'_>,
    ) -> Result<Arc<VerifiedToken>, NoToken> {
        if established.introspects {
            // In a box: it is three times as large as all the rest, and seldom needed.
            return Box::pin(self.opaque.judge(established, token, proof)).await;
        }
        let (verifier, now) = (&established.verifier, SystemTime::now());
        if let Some(last) = &*self.last.load()
            && last.0 == *token
            && let Some(verified) = verifier.verify_known(&last.1, proof, now)
        {
            return Ok(verified.map_err(Arc::new)?);
        }
        let text = token.expose_secret();
        if !text.contains('.') {
            return Err(NoToken::Opaque);
        }
        let verified = verifier.verify_with_proof(text, proof, now).await.map_err(Arc::new)?;
        self.last.store(Some(Arc::new((token.clone(), Arc::clone(&verified)))));
        Ok(verified)
    }
}
