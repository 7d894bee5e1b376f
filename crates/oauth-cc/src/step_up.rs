//! Asking for more scopes when a resource demands them (RFC 6750 section 3.1, MCP "Step-Up Authorization Flow").

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use async_trait::async_trait;

use crate::error::foreign;
use crate::scope::{self, Scopes};
use crate::{AccessToken, TokenCache, TokenError, TokenSource};

/// A token source that asks for the union of its scopes and those that a resource demands, a bounded number of times.
///
/// ```no_run
/// # fn example(cache: toolgate_oauth_cc::TokenCache) -> Result<(), toolgate_oauth_cc::TokenError> {
/// use toolgate_oauth_cc::StepUp;
/// let source = StepUp::new(cache, ["files:read", "files:write"])?;
/// # Ok(()) }
/// ```
pub struct StepUp {
    current: ArcSwap<TokenCache>,
    allowed: Scopes,
    limit: u32,
    /// How often the scopes grew; the lock makes growing one step at a time.
    steps: Mutex<u32>,
}

impl StepUp {
    /// Begins with `cache` as it is. No scope outside of `allowed` is ever asked for, whatever a resource demands.
    ///
    /// # Errors
    /// [`TokenError::Configuration`] for a scope with a character that RFC 6749 section 3.3 does not allow.
    pub fn new<S: Into<String>>(
        cache: TokenCache,
        allowed: impl IntoIterator<Item = S>,
    ) -> Result<Self, TokenError> {
        let allowed = scope::checked(allowed)?;
        Ok(Self { current: ArcSwap::from_pointee(cache), allowed, limit: 3, steps: Mutex::new(0) })
    }

    /// How often the scopes may grow. Default 3: MCP says "no more than a few times".
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Asks for `demanded` too from now on.
    ///
    /// # Errors
    /// [`TokenError::InsufficientScope`] when they are asked for already, not allowed, or the limit is reached.
    pub fn widen(&self, demanded: &[String]) -> Result<(), TokenError> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load();
        let have = current.credentials().scopes();
        let all = scope::union(have, demanded);
        let grows = all.len() > have.len();
        let allowed = demanded.iter().all(|scope| have.contains(scope) || self.allowed.contains(scope));
        if !grows || !allowed || *steps >= self.limit {
            return Err(TokenError::InsufficientScope {
                have: have.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
                need: foreign(&demanded.join(" ")),
            });
        }
        *steps += 1;
        self.current.store(Arc::new(current.widened(all)));
        Ok(())
    }
}

#[async_trait]
impl TokenSource for StepUp {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        self.current.load_full().token().await
    }

    fn cached(&self) -> Option<AccessToken> {
        self.current.load().cached()
    }

    fn refused(&self, token: &AccessToken) {
        self.current.load().refused(token);
    }

    fn step_up(&self, scopes: &[String]) -> bool {
        self.widen(scopes).inspect_err(|error| tracing::warn!(%error, "not stepping up")).is_ok()
    }
}

impl fmt::Debug for StepUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepUp")
            .field("current", &self.current.load())
            .field("allowed", &self.allowed)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
