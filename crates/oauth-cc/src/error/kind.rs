//! What a program asks of an error: whether the same request may succeed later, when, and its short name.

use std::time::Duration;

use http::StatusCode;
use toolgate_http_client::HttpError;

use super::TokenError;

impl TokenError {
    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::OAuth { status, code, .. } => {
                is_busy(*status)
                    || matches!(&**code, "temporarily_unavailable" | "slow_down" | "use_dpop_nonce")
            }
            Self::HttpStatus { status, .. } => is_busy(*status),
            Self::Unavailable { .. } | Self::Interrupted => true,
            Self::Discovery { transient, .. } | Self::Rejected { transient, .. } => *transient,
            Self::Http(error) => error.is_transient(),
            _ => false,
        }
    }

    /// How long the server asked to wait before the next request.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::OAuth { retry_after, .. } | Self::HttpStatus { retry_after, .. } => *retry_after,
            Self::Unavailable { after, .. } => Some(*after),
            _ => None,
        }
    }

    /// A short, stable name of the kind of failure, for metrics and tests.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Configuration { .. } => "configuration",
            Self::InsecureUrl { .. } => "insecure_url",
            Self::NoCommonAuthMethod { .. } => "no_common_auth_method",
            Self::KeyUnsuitable { .. } => "key_unsuitable",
            Self::OAuth { .. } => "oauth_error",
            Self::HttpStatus { .. } => "http_status",
            Self::InvalidResponse { .. } => "invalid_response",
            Self::UnsupportedTokenType { .. } => "unsupported_token_type",
            Self::NotSenderConstrained { .. } => "not_sender_constrained",
            Self::InsufficientScopeGranted { .. } => "insufficient_scope_granted",
            Self::Unavailable { .. } => "unavailable",
            Self::Discovery { .. } => "discovery",
            Self::Malformed { .. } => "malformed",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::ResourceMismatch { .. } => "resource_mismatch",
            Self::BadEndpoint { .. } => "bad_endpoint",
            Self::UntrustedAuthorizationServer { .. } => "untrusted_authorization_server",
            Self::CrossOriginMetadata { .. } => "cross_origin_metadata",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::Rejected { .. } => "rejected",
            Self::Http(error) => http_kind(error),
            Self::Interrupted => "interrupted",
        }
    }
}

fn http_kind(error: &HttpError) -> &'static str {
    match error {
        HttpError::Timeout { .. } => "timeout",
        other => other.kind(),
    }
}

fn is_busy(status: StatusCode) -> bool {
    status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permanent_and_transient_are_told_apart() {
        let oauth = |status, code: &str| TokenError::OAuth {
            status,
            code: code.to_owned(),
            description: None,
            retry_after: None,
        };
        assert!(!oauth(StatusCode::UNAUTHORIZED, "invalid_client").is_transient());
        assert!(oauth(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable").is_transient());
        assert!(oauth(StatusCode::BAD_REQUEST, "use_dpop_nonce").is_transient());
        assert!(!TokenError::configuration("scope", "empty").is_transient());
    }
}
