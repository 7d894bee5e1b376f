//! Opaque tokens: good is what their issuer says is good (RFC 7662).
//!
//! Apart from signed tokens because the answer is nobody's signature but the endpoint's: it counts for a while only, so
//! that a token that is revoked stops being used.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::time::Instant;
use toolgate_jwt_verify::{Proof, VerifiedToken};
use toolgate_oauth_cc::AccessToken;

use crate::NoToken;
use crate::authorization::Established;

/// How long the issuer's word counts. A revoked token is used no longer than that.
const KEPT: Duration = Duration::from_secs(60);

/// What the issuer said about the tokens in use.
#[derive(Default)]
pub(crate) struct OpaqueTokens(ArcSwap<Vec<Arc<Said>>>);

struct Said {
    token: AccessToken,
    verified: Arc<VerifiedToken>,
    until: Instant,
}

impl Said {
    fn counts(&self) -> bool {
        Instant::now() < self.until && SystemTime::now() < self.verified.expires_at()
    }
}

impl OpaqueTokens {
    pub(crate) async fn judge(
        &self,
        established: &Established,
        token: &AccessToken,
        proof: Proof<'_>,
    ) -> Result<Arc<VerifiedToken>, NoToken> {
        let same = |said: &&Arc<Said>| said.token.expose_secret() == token.expose_secret();
        if let Some(said) = self.0.load().iter().find(same).filter(|said| said.counts()) {
            return Ok(Arc::clone(&said.verified));
        }
        let asked = established.tokens.introspect(token).await.map_err(NoToken::NotIntrospected)?;
        let (verifier, now) = (&established.verifier, SystemTime::now());
        let verified = verifier.accept_introspection(token.expose_secret(), &asked.document, proof, now);
        let verified = verified.map_err(Arc::new)?;
        let said = Said { token: token.clone(), verified: verified.clone(), until: Instant::now() + KEPT };
        let said = Arc::new(said);
        // As many as there are tokens in use: what no longer counts makes room.
        self.0.rcu(|all| {
            let others = all.iter().filter(|said| said.counts() && !same(said)).cloned();
            others.chain([Arc::clone(&said)]).collect::<Vec<_>>()
        });
        Ok(verified)
    }
}
