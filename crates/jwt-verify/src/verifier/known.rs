//! Tokens that this verifier has accepted before.

use std::sync::Arc;
use std::time::SystemTime;

use super::Verifier;
use crate::cache::TokenHash;
use crate::validity::seconds;
use crate::{Proof, VerifiedToken, VerifyError};

impl Verifier {
    /// Verifies a token that this verifier has accepted before once more, without its text: what it says was read then, and
    /// its time, the proof and whether the issuer still has the key that signed it are looked at now. For a sender, which
    /// holds its own token and need not read it for every request. `None` where the text is needed after all: the token is
    /// no longer remembered, the keys are others, or the proof is one that names the token.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use toolgate_jwt_verify::{Proof, Verifier, VerifyError};
    /// # async fn use_it(verifier: Verifier, text: &str) -> Result<(), VerifyError> {
    /// let token = verifier.verify(text).await?;
    /// // For the next request, if it is the same token:
    /// let token = match verifier.verify_known(&token, Proof::None, SystemTime::now()) {
    ///     Some(again) => again?,
    ///     None => verifier.verify(text).await?,
    /// };
    /// # let _ = token;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`verify_with_proof`](Self::verify_with_proof).
    pub fn verify_known(
        &self,
        known: &VerifiedToken,
        proof: Proof<'_>,
        now: SystemTime,
    ) -> Option<Result<Arc<VerifiedToken>, VerifyError>> {
        if matches!(proof, Proof::Dpop(_)) {
            return None;
        }
        let now = seconds(now);
        let verified = self.remembered(known.remembered_as.as_ref()?, now)?;
        Some(verified.and_then(|verified| {
            proof.check(&verified.confirmation, "", &self.replays, now)?;
            Ok(verified)
        }))
    }

    /// The token of this hash, if it was verified with the keys of now; an error when its time is over.
    pub(super) fn remembered(
        &self,
        hash: &TokenHash,
        now: f64,
    ) -> Option<Result<Arc<VerifiedToken>, VerifyError>> {
        let verified = self.cache.find(hash, self.keys.loaded()?.generation)?;
        Some(verified.validity.check(now, self.policy.tolerance).map(|()| verified))
    }
}
