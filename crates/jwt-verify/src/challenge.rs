//! What a client is told that has no good token (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1).
//!
//! Only the standard's error codes leave the process; which check failed stays inside, where it cannot help to forge.

use http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};

use crate::{Algorithm, VerifyError};

/// Why a request does not get through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The client may not know that it needs one.
    #[error("it carries no token")]
    NoToken,
    /// RFC 6750 section 2 does not allow it.
    #[error("it carries {0}")]
    InvalidRequest(&'static str),
    /// Its token was refused.
    #[error(transparent)]
    Token(VerifyError),
}

/// The parameters of every challenge.
#[derive(Debug, Default)]
pub(crate) struct Challenge {
    /// Where the protected resource describes itself.
    pub(crate) resource_metadata: Option<String>,
    /// The scopes that a request needs, separated by spaces.
    pub(crate) scope: String,
    /// Whether DPoP proofs are taken.
    pub(crate) dpop: bool,
}

impl Challenge {
    /// The answer to a refused request, without a body.
    pub(crate) fn response<B: Default>(&self, refusal: &Refusal) -> Response<B> {
        let mut response = Response::new(B::default());
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let (status, error) = match refusal {
            Refusal::NoToken => (StatusCode::UNAUTHORIZED, None),
            Refusal::InvalidRequest(_) => (StatusCode::BAD_REQUEST, Some("invalid_request")),
            Refusal::Token(VerifyError::InsufficientScope { .. }) => {
                (StatusCode::FORBIDDEN, Some("insufficient_scope"))
            }
            Refusal::Token(VerifyError::InvalidProof { .. }) => {
                (StatusCode::UNAUTHORIZED, Some("invalid_dpop_proof"))
            }
            Refusal::Token(error) if error.is_about_keys() => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("30"));
                *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                return response;
            }
            Refusal::Token(_) => (StatusCode::UNAUTHORIZED, Some("invalid_token")),
        };
        let schemes = [Some("Bearer"), self.dpop.then_some("DPoP")];
        for scheme in schemes.into_iter().flatten() {
            if let Ok(value) = HeaderValue::try_from(self.value(scheme, error)) {
                headers.append(WWW_AUTHENTICATE, value);
            }
        }
        *response.status_mut() = status;
        response
    }

    fn value(&self, scheme: &str, error: Option<&str>) -> String {
        let mut parameters = Vec::new();
        let mut parameter = |name: &str, value: &str| parameters.push(format!("{name}=\"{value}\""));
        if let Some(error) = error {
            parameter("error", error);
        }
        if !self.scope.is_empty() {
            parameter("scope", &self.scope);
        }
        if let Some(url) = &self.resource_metadata {
            parameter("resource_metadata", url);
        }
        if scheme == "DPoP" {
            parameter("algs", &Algorithm::ALL.map(Algorithm::as_str).join(" "));
        }
        format!("{scheme} {}", parameters.join(", ")).trim_end().to_owned()
    }
}

/// Text that may stand between quotes in a header (RFC 6750 section 3: no quote, no backslash, no control character).
pub(crate) fn quotable(name: &str, text: &str) -> Result<(), VerifyError> {
    let allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if !text.is_empty() && text.bytes().all(allowed) {
        return Ok(());
    }
    Err(VerifyError::configuration(format!("the {name} cannot stand in a WWW-Authenticate header")))
}
