//! The verifier: every check in its order, none of them optional.

mod known;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::cache::TokenCache;
use crate::compact::{Compact, decode};
use crate::dpop::ReplayCache;
use crate::error::escaped;
use crate::header::Header;
use crate::policy::Policy;
use crate::validity::seconds;
use crate::{Algorithm, KeyHealth, KeySource, Proof, VerifiedToken, VerifyError, claims};

/// How many verified tokens are remembered without a setting: enough for a busy service, a few MiB at most.
const CACHED_TOKENS: usize = 1024;

/// Verifies the access tokens of one issuer for one protected resource (RFC 9068 section 4). Share it in an [`Arc`].
#[derive(Debug)]
pub struct Verifier {
    policy: Policy,
    keys: KeySource,
    cache: TokenCache,
    replays: ReplayCache,
}

impl Verifier {
    /// Accepts tokens of exactly `issuer` for any of `audiences`, signed by a key of `keys`.
    ///
    /// ```
    /// # use toolgate_jwt_verify::{KeySource, Verifier};
    /// let keys = KeySource::jwks_document(r#"{"keys": [
    ///     {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    /// ]}"#)?;
    /// let verifier = Verifier::new("https://as.example", ["https://mcp.example"], keys.clone())?;
    /// assert!(Verifier::new("https://as.example", [""; 0], keys).is_err());
    /// # Ok::<(), toolgate_jwt_verify::VerifyError>(())
    /// ```
    ///
    /// # Errors
    /// [`VerifyError::Configuration`] for an empty issuer, or no audience or an empty one: such a verifier would take
    /// tokens that are for somebody else.
    pub fn new(
        issuer: impl Into<String>,
        audiences: impl IntoIterator<Item = impl Into<String>>,
        keys: KeySource,
    ) -> Result<Self, VerifyError> {
        let audiences = audiences.into_iter().map(Into::into).collect();
        let policy = Policy::new(issuer.into(), audiences)?;
        Ok(Self { policy, keys, cache: TokenCache::new(CACHED_TOKENS), replays: ReplayCache::default() })
    }

    /// Allows exactly these algorithms. Default [`Algorithm::DEFAULT`].
    ///
    /// # Errors
    /// [`VerifyError::Configuration`] for an empty list.
    pub fn with_algorithms(
        mut self,
        algorithms: impl IntoIterator<Item = Algorithm>,
    ) -> Result<Self, VerifyError> {
        self.policy.set_algorithms(algorithms.into_iter().collect())?;
        Ok(self)
    }

    /// How far clocks may differ. Default 60 s, at most 300 s.
    ///
    /// # Errors
    /// [`VerifyError::Configuration`] above 300 s.
    pub fn with_leeway(mut self, leeway: Duration) -> Result<Self, VerifyError> {
        self.policy.set_leeway(leeway)?;
        Ok(self)
    }

    /// Takes only what RFC 9068 asks for: `typ` is `at+jwt`, and `sub`, `client_id`, `jti` and `iat` are there. Default
    /// off, because many servers still issue `typ: JWT`; other types are refused either way.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.policy.strict = strict;
        self
    }

    /// Refuses tokens that were issued longer ago than this, whatever their `exp` says; `iat` is then required.
    /// Default none.
    #[must_use]
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        self.policy.tolerance.max_age = Some(max_age.as_secs_f64());
        self
    }

    /// The longest token that is read, in bytes. Default 16 KiB, above what servers let into a header.
    #[must_use]
    pub fn with_max_token_len(mut self, max_token_len: usize) -> Self {
        self.policy.max_token_len = max_token_len;
        self
    }

    /// Reads scopes from this claim, a string or an array, where `scope` and the claims named before are absent: `scp`
    /// (Okta, Microsoft Entra ID), `roles` (Entra's application permissions), `permissions` (Auth0). Default none: only `scope` is
    /// standard.
    #[must_use]
    pub fn with_scope_claim(mut self, name: impl Into<String>) -> Self {
        self.policy.scope_claims.push(name.into().into());
        self
    }

    /// Takes `client_id` for the audience of a token that has no `aud`, as Amazon Cognito's access tokens; one of the
    /// audiences must be that id. Default off: RFC 9068 section 2.2 demands `aud`.
    #[must_use]
    pub fn with_client_id_audience(mut self, allowed: bool) -> Self {
        self.policy.client_id_audience = allowed;
        self
    }

    /// Takes an array in `scope`. Default off: RFC 9068 section 2.2.3 wants a string.
    #[must_use]
    pub fn with_array_scope(mut self, array_scope: bool) -> Self {
        self.policy.array_scope = array_scope;
        self
    }

    /// How many verified tokens are remembered. Default 1024; with less than 2 every token is verified anew.
    #[must_use]
    pub fn with_cached_tokens(mut self, cached_tokens: usize) -> Self {
        self.cache = TokenCache::new(cached_tokens);
        self
    }

    /// Verifies a bearer token now.
    ///
    /// # Errors
    /// [`VerifyError`] saying which check failed; [`VerifyError::ProofRequired`] for a token that is bound to its
    /// sender.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped; a fetch of keys that it waited for goes on.
    pub async fn verify(&self, token: &str) -> Result<Arc<VerifiedToken>, VerifyError> {
        self.verify_at(token, SystemTime::now()).await
    }

    /// The same at another time than now.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    ///
    /// # Cancel safety
    /// As [`verify`](Self::verify).
    pub async fn verify_at(&self, token: &str, now: SystemTime) -> Result<Arc<VerifiedToken>, VerifyError> {
        self.verify_with_proof(token, Proof::None, now).await
    }

    /// Verifies a token together with the sender's proof that it is theirs (RFC 9449 section 7.1, RFC 8705 section 3).
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`VerifyError::InvalidProof`] for a proof that is not good or not for this token.
    ///
    /// # Cancel safety
    /// As [`verify`](Self::verify).
    pub async fn verify_with_proof(
        &self,
        token: &str,
        proof: Proof<'_>,
        now: SystemTime,
    ) -> Result<Arc<VerifiedToken>, VerifyError> {
        let now = seconds(now);
        let verified = self.accept(token, now).await?;
        proof.check(&verified.confirmation, token, &self.replays, now)?;
        Ok(verified)
    }

    /// Judges an opaque token by what its issuer says about it: the body of an introspection response (RFC 7662 section
    /// 2.2), which must come from that issuer's own endpoint over verified TLS, since nothing in it is signed. `active`
    /// must be true; `aud`, `exp`, `cnf` and the rest count as in a signed token, and `iss` where it is there.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # use toolgate_jwt_verify::{KeySource, Proof, Verifier};
    /// # let keys = KeySource::jwks_document(r#"{"keys": [
    /// #     {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    /// # ]}"#)?;
    /// let verifier = Verifier::new("https://as.example", ["https://mcp.example"], keys)?;
    /// let said = r#"{"active": true, "aud": "https://mcp.example", "exp": 2000, "scope": "read"}"#;
    /// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
    /// let token = verifier.accept_introspection("opaque", said, Proof::None, now)?;
    /// assert!(token.scopes().contains("read"));
    /// # Ok::<(), toolgate_jwt_verify::VerifyError>(())
    /// ```
    ///
    /// # Errors
    /// [`VerifyError::Inactive`], or what else is wrong.
    pub fn accept_introspection(
        &self,
        token: &str,
        document: &str,
        proof: Proof<'_>,
        now: SystemTime,
    ) -> Result<Arc<VerifiedToken>, VerifyError> {
        let now = seconds(now);
        let verified = Arc::new(claims::accept_introspection(document, &self.policy, now)?);
        proof.check(&verified.confirmation, token, &self.replays, now)?;
        Ok(verified)
    }

    /// Has the keys fetched, unless they are there and not too old, so that the first token does not wait for them and a
    /// mistyped URL shows at the start. Verifying needs no call of this.
    ///
    /// ```
    /// # use toolgate_jwt_verify::{Verifier, VerifyError};
    /// # async fn start(verifier: Verifier) -> Result<(), VerifyError> {
    /// verifier.ready().await?;
    /// println!("{} keys can be used", verifier.key_health().usable.len());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`VerifyError::KeysUnavailable`] or [`VerifyError::KeysStale`] when they cannot be had, or none can be used. Later
    /// calls try anew, as often as the [cool-down](crate::RemoteKeys::with_cooldown) allows.
    ///
    /// # Cancel safety
    /// As [`verify`](Self::verify).
    pub async fn ready(&self) -> Result<(), VerifyError> {
        self.keys.for_kid(None).await.map(drop)
    }

    /// What is known about the keys: their age, those skipped and why, the last failure.
    #[must_use]
    pub fn key_health(&self) -> KeyHealth {
        self.keys.health()
    }

    async fn accept(&self, token: &str, now: f64) -> Result<Arc<VerifiedToken>, VerifyError> {
        let compact = Compact::split(token, self.policy.max_token_len)?;
        let hash = self.cache.hash(token);
        if let Some(verified) = hash.as_ref().and_then(|hash| self.remembered(hash, now)) {
            return verified;
        }
        let header = decode(compact.header, "header")?;
        let header = Header::parse(&header)?;
        let algorithm = header.algorithm(&self.policy.algorithms)?;
        check_type(header.typ()?, self.policy.strict)?;
        let kid = header.kid()?;
        let mut keys = self.keys.for_kid(kid).await?;
        let mut checked = keys.set.verify(&compact, kid, algorithm);
        // A token without a `kid` cannot name a key that is new here: its signature just does not match.
        if kid.is_none()
            && checked.is_err()
            && let Some(newer) = self.keys.newer(&keys).await
        {
            keys = newer;
            checked = keys.set.verify(&compact, kid, algorithm);
        }
        checked?;
        let payload = decode(compact.payload, "claims")?;
        let mut verified = claims::accept(payload, kid, &self.policy, now)?;
        verified.remembered_as = hash;
        let verified = Arc::new(verified);
        if let Some(hash) = hash {
            self.cache.keep(hash, keys.generation, verified.clone());
        }
        Ok(verified)
    }
}

/// `typ` tells an access token from an ID token, a DPoP proof or a logout token (RFC 8725 section 3.11). Media types
/// ignore case (RFC 7515 section 4.1.9).
fn check_type(typ: Option<&str>, strict: bool) -> Result<(), VerifyError> {
    let is = |name: &str| typ.is_some_and(|typ| typ.eq_ignore_ascii_case(name));
    let generic = typ.is_none() || is("JWT");
    if is("at+jwt") || is("application/at+jwt") || (generic && !strict) {
        return Ok(());
    }
    let expected = if strict { "at+jwt" } else { "at+jwt or JWT" };
    Err(VerifyError::WrongType { found: escaped(typ.unwrap_or_default()), expected })
}
