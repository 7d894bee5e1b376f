//! Why a token, a key set or a proof was refused, by who must act.
//!
//! The full reason is for logs and operators; what a client is told is made in the layer (RFC 6750 section 3.1), so
//! that an answer never helps anybody to forge the next token.

mod kind;

use std::sync::Arc;
use std::time::Duration;

use toolgate_http_client::HttpError;

/// Why a token, a key set or a proof was refused. Never holds a token or a signature; foreign text is escaped and cut.
///
/// ```
/// # use toolgate_jwt_verify::VerifyError;
/// /// The status of the answer to a request with such a token (RFC 6750 section 3.1).
/// fn status(error: &VerifyError) -> u16 {
///     match error {
///         VerifyError::InsufficientScope { .. } => 403,
///         error if error.is_about_keys() => 503, // the token may be good
///         _ => 401,
///     }
/// }
/// let lacks = VerifyError::InsufficientScope { need: "customer:write".into(), have: "customer:read".into() };
/// assert_eq!(status(&lacks), 403);
/// assert_eq!((status(&VerifyError::BadSignature), VerifyError::BadSignature.is_transient()), (401, false));
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The verifier is set up in a way that could not be safe.
    #[error("this verifier cannot be set up: {reason}")]
    Configuration {
        /// What is wrong, and what mends it.
        reason: String,
    },
    /// The key set's URL is plain `http` to another machine.
    #[error("refusing to fetch keys from {url} in clear text; use https")]
    InsecureUrl {
        /// The URL, escaped, without its query.
        url: String,
    },
    /// Not a compact JWS of JSON, or not a JSON key set.
    #[error("the {part} is malformed: {reason}")]
    Malformed {
        /// Which part: token, header, claims, signature, key set, proof.
        part: &'static str,
        /// What was expected and found.
        reason: String,
    },
    /// Over a size limit, refused before it was read.
    #[error("the {what} is larger than {limit} {unit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// What the limit counts.
        unit: &'static str,
    },
    /// A JWE: nothing is decrypted or inflated here (RFC 8725 section 3.6).
    #[error(
        "the token is encrypted (JWE), and encrypted tokens are not supported; have the server issue signed ones"
    )]
    EncryptedUnsupported,
    /// The header's `alg` is not in the allow-list.
    #[error("the token's alg is \"{found}\", allowed are {allowed}")]
    UnsupportedAlgorithm {
        /// What the header says, escaped.
        found: String,
        /// The allow-list.
        allowed: String,
    },
    /// The header's `typ` is not that of an access token (RFC 9068 section 4).
    #[error("the token's typ is \"{found}\", expected {expected}")]
    WrongType {
        /// What the header says, escaped.
        found: String,
        /// What is taken.
        expected: &'static str,
    },
    /// The header has `crit`, and no extension is supported (RFC 7515 section 4.1.11).
    #[error("the token's header has crit, and no critical extension is supported")]
    CriticalHeader,
    /// No key has the token's `kid`; or the token names none and no key fits.
    #[error(
        "no key of the set has the kid \"{kid}\"; the token is from another issuer, or its key was withdrawn"
    )]
    KeyNotFound {
        /// The token's `kid`, escaped; empty when it has none.
        kid: String,
    },
    /// The token names no key and several fit.
    #[error("the token has no kid and {fitting} keys of the set fit; exactly one must")]
    KeyAmbiguous {
        /// How many keys fit.
        fitting: usize,
    },
    /// The key that the token names must not verify it.
    #[error("the key \"{kid}\" must not verify this token: {reason}")]
    KeyUnsuitable {
        /// The key's `kid`, escaped.
        kid: String,
        /// Why not.
        reason: String,
    },
    /// The signature is not the key's.
    #[error("the signature does not match")]
    BadSignature,
    /// A required claim is absent.
    #[error("the token has no {claim} claim")]
    MissingClaim {
        /// The claim's name.
        claim: &'static str,
    },
    /// A claim has a value that it cannot have.
    #[error("the token's {claim} claim is unusable: {reason}")]
    InvalidClaim {
        /// The claim's name.
        claim: &'static str,
        /// What was expected and found.
        reason: String,
    },
    /// The token is of another issuer.
    #[error("the token is issued by \"{found}\", expected \"{expected}\"")]
    WrongIssuer {
        /// What the token says, escaped.
        found: String,
        /// The configured issuer.
        expected: Arc<str>,
    },
    /// The token is for somebody else.
    #[error("the token is for \"{found}\", expected one of {expected}")]
    WrongAudience {
        /// What the token says, escaped.
        found: String,
        /// The configured audiences.
        expected: String,
    },
    /// The token's time is over, or it is older than the maximum age.
    #[error("the token was good until {:.0} s ago, by this machine's clock", .now - .at)]
    Expired {
        /// When it ended, in seconds since 1970.
        at: f64,
        /// The time it was checked at.
        now: f64,
    },
    /// The token's time has not come.
    #[error("the token's {claim} is {:.0} s ahead of this machine's clock; check the clocks", .at - .now)]
    NotYetValid {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// What the claim says, in seconds since 1970.
        at: f64,
        /// The time it was checked at.
        now: f64,
    },
    /// The issuer says that the token is not, or no longer, good (RFC 7662 section 2.2).
    #[error("the issuer says that the token is not active: it expired, was revoked or is another issuer's")]
    Inactive,
    /// The token is good but may not do this.
    #[error("the token lacks the scope {need}; it has \"{have}\"")]
    InsufficientScope {
        /// The scopes that are missing, separated by spaces.
        need: String,
        /// The scopes that it has, escaped.
        have: String,
    },
    /// The token is bound to a key or a certificate, and nothing proves that the sender holds it (RFC 7800, 9449, 8705).
    #[error("the token is bound to {bound_to}, and no proof of it came along")]
    ProofRequired {
        /// A DPoP key, a client certificate, or something unknown.
        bound_to: &'static str,
    },
    /// A proof came along and is not good (RFC 9449 section 4.3, RFC 8705 section 3).
    #[error("the proof of possession is refused: {reason}")]
    InvalidProof {
        /// What was expected and found.
        reason: String,
    },
    /// The key set has nothing that can verify.
    #[error("the key set has no usable key: {reasons}")]
    NoUsableKeys {
        /// Each key and why it was skipped.
        reasons: String,
    },
    /// The key set publishes secrets: the whole set is compromised.
    #[error(
        "the key set publishes the secret member \"{member}\" of the key \"{kid}\"; its owner must replace the keys"
    )]
    PrivateKeyPublished {
        /// The key's `kid`, escaped.
        kid: String,
        /// The member that must be secret.
        member: &'static str,
    },
    /// Two different keys share one `kid`.
    #[error("the key set has two different keys with the kid \"{kid}\"")]
    DuplicateKid {
        /// The `kid`, escaped.
        kid: String,
    },
    /// The key set has not been loaded yet, and loading it fails.
    #[error("the keys of {url} are not available: {source}")]
    KeysUnavailable {
        /// Where the keys are, without the query.
        url: Arc<str>,
        /// Why they did not come.
        #[source]
        source: Arc<VerifyError>,
    },
    /// The key set is older than its hard maximum age and cannot be renewed.
    #[error("the keys of {url} are {} s old and could not be renewed: {source}", .age.as_secs())]
    KeysStale {
        /// Where the keys are, without the query.
        url: Arc<str>,
        /// How old they are.
        age: Duration,
        /// Why they were not renewed.
        #[source]
        source: Arc<VerifyError>,
    },
    /// The key set's server answered with another status than 200.
    #[error("the server answered {status}, expected 200")]
    HttpStatus {
        /// The status.
        status: u16,
    },
    /// The key set's server took too long.
    #[error("no answer within {after:?}")]
    Timeout {
        /// The deadline.
        after: Duration,
    },
    /// The request for the key set got no usable answer.
    #[error(transparent)]
    Http(Arc<HttpError>),
}

impl VerifyError {
    pub(crate) fn configuration(reason: impl Into<String>) -> Self {
        Self::Configuration { reason: reason.into() }
    }

    pub(crate) fn malformed(part: &'static str, reason: impl Into<String>) -> Self {
        Self::Malformed { part, reason: reason.into() }
    }

    pub(crate) fn invalid(claim: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidClaim { claim, reason: reason.into() }
    }
}

pub(crate) fn invalid_proof(reason: impl Into<String>) -> VerifyError {
    VerifyError::InvalidProof { reason: reason.into() }
}

/// Foreign text for an error: control and invisible characters escaped, at most 200 characters.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_told_by_how_far_it_is_wrong() {
        let (at, now) = (1_795_961_081.0, 1_795_964_681.25);
        let expired = VerifyError::Expired { at, now }.to_string();
        assert_eq!(expired, "the token was good until 3600 s ago, by this machine's clock");
        let early = VerifyError::NotYetValid { claim: "iat", at: now, now: at }.to_string();
        assert_eq!(early, "the token's iat is 3600 s ahead of this machine's clock; check the clocks");
    }
}
