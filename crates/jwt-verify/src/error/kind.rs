//! What a program asks of an error: whether to come back with the same token, whose fault it is, and its short name.

use toolgate_http_client::HttpError;

use super::VerifyError;

impl VerifyError {
    /// Whether the same token may be good later without anybody changing it: only when keys could not be fetched, or
    /// its time has not come.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NotYetValid { .. } | Self::Timeout { .. } => true,
            Self::HttpStatus { status } => *status == 429 || *status >= 500,
            Self::Http(error) => error.is_transient(),
            Self::KeysUnavailable { source, .. } | Self::KeysStale { source, .. } => source.is_transient(),
            _ => false,
        }
    }

    /// Whether the verifier, not the token, is at fault: the keys are missing or too old.
    #[must_use]
    pub fn is_about_keys(&self) -> bool {
        matches!(self, Self::KeysUnavailable { .. } | Self::KeysStale { .. })
    }

    /// A stable short name for logs, metrics and tests.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Configuration { .. } => "configuration",
            Self::InsecureUrl { .. } => "insecure_url",
            Self::Malformed { .. } => "malformed",
            Self::TooLarge { .. } => "too_large",
            Self::EncryptedUnsupported => "encrypted_unsupported",
            Self::UnsupportedAlgorithm { .. } => "unsupported_algorithm",
            Self::WrongType { .. } => "wrong_type",
            Self::CriticalHeader => "critical_header",
            Self::KeyNotFound { .. } => "key_not_found",
            Self::KeyAmbiguous { .. } => "key_ambiguous",
            Self::KeyUnsuitable { .. } => "key_unsuitable",
            Self::BadSignature => "bad_signature",
            Self::MissingClaim { .. } => "missing_claim",
            Self::InvalidClaim { .. } => "invalid_claim",
            Self::WrongIssuer { .. } => "wrong_issuer",
            Self::WrongAudience { .. } => "wrong_audience",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::Inactive => "inactive",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::ProofRequired { .. } => "proof_required",
            Self::InvalidProof { .. } => "invalid_dpop_proof",
            Self::NoUsableKeys { .. } => "no_usable_keys",
            Self::PrivateKeyPublished { .. } => "private_key_published",
            Self::DuplicateKid { .. } => "duplicate_kid",
            Self::KeysUnavailable { source, .. } => source.kind(),
            Self::KeysStale { .. } => "keys_stale",
            Self::HttpStatus { .. } => "http_status",
            Self::Timeout { .. } => "timeout",
            Self::Http(error) => http_kind(error),
        }
    }
}

fn http_kind(error: &HttpError) -> &'static str {
    match error {
        HttpError::InsecureUrl { .. } | HttpError::NotThisMachine { .. } => "insecure_url",
        HttpError::Timeout { .. } => "timeout",
        HttpError::TooLarge { .. } => "too_large",
        HttpError::RedirectRefused { .. } => "redirect_refused",
        _ => "transport",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    /// What is transient is asked for again; of the rest a token is thrown away.
    #[test]
    fn only_what_passes_by_itself_is_transient() {
        let timeout = || VerifyError::Timeout { after: Duration::from_secs(1) };
        let away =
            |source: VerifyError| VerifyError::KeysUnavailable { url: "".into(), source: Arc::new(source) };
        for status in [429, 500, 503] {
            assert!(VerifyError::HttpStatus { status }.is_transient(), "{status}");
        }
        for status in [304, 404, 499] {
            assert!(!VerifyError::HttpStatus { status }.is_transient(), "{status}");
        }
        assert!(VerifyError::NotYetValid { claim: "nbf", at: 1.0, now: 0.0 }.is_transient());
        assert!(timeout().is_transient() && away(timeout()).is_transient());
        assert!(!away(VerifyError::BadSignature).is_transient() && !VerifyError::BadSignature.is_transient());
    }
}
