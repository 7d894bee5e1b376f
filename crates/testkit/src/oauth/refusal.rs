//! Error responses of the token endpoint (RFC 6749 section 5.2, RFC 8707 section 2).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// Why a token request was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    error: &'static str,
    description: &'static str,
}

impl Refusal {
    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self { error: "invalid_request", description }
    }

    pub(super) fn invalid_client(description: &'static str) -> Self {
        Self { error: "invalid_client", description }
    }

    pub(super) fn unsupported_grant_type() -> Self {
        Self { error: "unsupported_grant_type", description: "only client_credentials is offered" }
    }

    pub(super) fn invalid_scope(description: &'static str) -> Self {
        Self { error: "invalid_scope", description }
    }

    pub(super) fn invalid_target(description: &'static str) -> Self {
        Self { error: "invalid_target", description }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.error, "error_description": self.description }));
        let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        if self.error == "invalid_client" {
            let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"testkit\""))];
            return (StatusCode::UNAUTHORIZED, no_store, challenge, body).into_response();
        }
        (StatusCode::BAD_REQUEST, no_store, body).into_response()
    }
}
