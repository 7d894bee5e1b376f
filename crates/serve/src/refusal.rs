//! Errors as OpenAI's clients read them: `{"error": {"message", "type", "param", "code"}}`.
//!
//! The official clients repeat a request by themselves after 408, 409, 429 and 5xx. Once a tool may have run, that would
//! run it again, so such an error says `x-should-retry: false`, which those clients obey.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use toolgate::{ChatFailure, ProviderError};
use toolgate_llm_providers::ErrorKind;

use crate::quiet::Quiet;

/// Why a request is not answered, for the client.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    code: &'static str,
    param: Option<String>,
    message: String,
    retry_after: Option<u64>,
    may_retry: bool,
    /// What the log is told in place of the message.
    cause: Option<Box<str>>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let kind = match status.as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            400..500 => "invalid_request_error",
            _ => "server_error",
        };
        let message = message.into();
        Self { status, kind, code, param: None, message, retry_after: None, may_retry: true, cause: None }
    }

    /// A request that is wrong, and the member that is.
    pub(crate) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self { param: Some(param.to_owned()), ..Self::new(StatusCode::BAD_REQUEST, "invalid_value", message) }
    }

    /// A member that this server does not act upon, and so must not swallow.
    pub(crate) fn unsupported(param: &str) -> Self {
        let message = format!(
            "toolgate does not support the parameter {param:?}: leave it out. See docs/guides/run-replicas.md"
        );
        Self {
            param: Some(param.to_owned()),
            ..Self::new(StatusCode::BAD_REQUEST, "unsupported_parameter", message)
        }
    }

    /// Says when to come back: in whole seconds, rounded up, as who is early is refused again.
    pub(crate) fn with_retry_after(mut self, after: Duration) -> Self {
        let seconds = after.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX);
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// Says that the request must not be repeated by itself.
    pub(crate) fn without_retry(mut self) -> Self {
        self.may_retry = false;
        self
    }

    /// What a provider said, as this server's client must take it. Its words are told where the request is at fault; all
    /// others are about this server's own key, account and set-up, in which the client has no part, and are the log's.
    pub(crate) fn of_provider(error: &ProviderError) -> Self {
        let (status, code, told) = match error.kind() {
            ErrorKind::ContextLength => (StatusCode::BAD_REQUEST, "context_length_exceeded", None),
            ErrorKind::ContentPolicy => (StatusCode::BAD_REQUEST, "content_policy_violation", None),
            ErrorKind::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid_request", None),
            ErrorKind::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", None),
            ErrorKind::RateLimited => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limit_exceeded",
                Some("the model may not be asked more often now: come back later"),
            ),
            ErrorKind::Overloaded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                Some("the model is overloaded now: come back later"),
            ),
            ErrorKind::Timeout => {
                (StatusCode::GATEWAY_TIMEOUT, "timeout", Some("the model did not answer in time"))
            }
            _ => (
                StatusCode::BAD_GATEWAY,
                "provider_error",
                Some("the model behind this server gives no answer now; the server's log says why"),
            ),
        };
        let refusal = match told {
            Some(told) => Self::new(status, code, told).because(error),
            None => Self::new(status, code, error.to_string()),
        };
        match error.retry_after() {
            Some(after) => refusal.with_retry_after(after),
            None => refusal,
        }
    }

    /// A conversation that ended without an answer.
    pub(crate) fn of_chat(failure: &ChatFailure) -> Self {
        match failure {
            ChatFailure::Model(error) => Self::of_provider(error),
            ChatFailure::CoolingDown { again } => {
                let message = "no model behind this server can be asked now: come back later";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message)
                    .with_retry_after(*again)
                    .because(failure)
            }
            // It names hosts that are none of the client's business.
            ChatFailure::Mcp(error) => {
                let message = "the tools behind this server cannot be listed now; its log says why";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "tools_unavailable", message).because(error)
            }
            ChatFailure::Audit(error) => {
                let message = "a decision could not be recorded, so nothing went on";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_recorded", message).because(error)
            }
            ChatFailure::Limit(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "limit_reached", failure.to_string())
            }
            ChatFailure::Cancelled => {
                let message = "this server stops, and gave the conversation up";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", message)
            }
            _ => Self::new(StatusCode::BAD_GATEWAY, "no_answer", failure.to_string()),
        }
    }

    /// What is behind it, for the log alone.
    fn because(mut self, cause: &dyn std::error::Error) -> Self {
        self.cause = Some(cause.to_string().into());
        self
    }

    /// Tells the log. What a client did wrong is the client's; what this server cannot do is its operator's.
    pub(crate) fn log(&self, quiet: &Quiet) {
        let Self { status, code, message, cause, .. } = self;
        let reason = cause.as_deref().unwrap_or(message);
        if (status.is_server_error() || cause.is_some()) && quiet.may_tell(code) {
            let status = status.as_u16();
            tracing::warn!(
                status,
                code,
                reason,
                "a request was not answered; the like is not told for a minute"
            );
        } else {
            tracing::debug!(status = status.as_u16(), code, reason, "a request was refused");
        }
    }

    /// The error as JSON, for a body or an event.
    pub(crate) fn json(&self) -> String {
        json!({"error": {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }})
        .to_string()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.json()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after.filter(|_| self.may_retry) {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if !self.may_retry {
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
            // Most clients look at the status alone, and repeat what is 5xx, 429, 409 or 422 (LangChain, Spring AI, OpenAI's for
            // .NET): tools would run again.
            *response.status_mut() = StatusCode::BAD_REQUEST;
        }
        response
    }
}

/// Gives a body to the refusals of layers that have none, or one that clients do not read: those of the token guard, of
/// unknown paths and methods, of what the framework cannot read.
pub(crate) fn shape(response: Response) -> Response {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let kind = response.headers().get(CONTENT_TYPE);
    if !is_error || kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        return response;
    }
    let (mut head, _) = response.into_parts();
    for of_body in [CONTENT_TYPE, CONTENT_LENGTH] {
        head.headers.remove(of_body);
    }
    let (code, message) = match head.status {
        StatusCode::UNAUTHORIZED => (
            "invalid_api_key",
            "the request needs an access token that this server accepts: pass it as the API key; the header \
             www-authenticate says what is wrong with this one",
        ),
        StatusCode::FORBIDDEN => {
            ("insufficient_scope", "the access token does not hold the scope that this needs")
        }
        StatusCode::NOT_FOUND => {
            ("not_found", "there is no such path: see /v1/chat/completions and /v1/models")
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", "this path takes another method: the header allow says which")
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            ("unavailable", "the keys to verify tokens with are not available")
        }
        _ => ("bad_request", "the request cannot be read"),
    };
    let mut shaped = Refusal::new(head.status, code, message).into_response();
    shaped.headers_mut().extend(head.headers);
    shaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_says_is_told_without_its_clients_part_in_it() {
        for (kind, status, code) in [
            (ErrorKind::RateLimited, 429, "rate_limit_error"),
            (ErrorKind::ContextLength, 400, "invalid_request_error"),
            (ErrorKind::ContentPolicy, 400, "invalid_request_error"),
            (ErrorKind::InvalidRequest, 400, "invalid_request_error"),
            (ErrorKind::PayloadTooLarge, 413, "invalid_request_error"),
            (ErrorKind::Overloaded, 503, "server_error"),
            (ErrorKind::Timeout, 504, "server_error"),
            // The server's own key is wrong, and not the client's.
            (ErrorKind::Authentication, 502, "server_error"),
        ] {
            let refusal = Refusal::of_provider(&ProviderError::new(kind, "p", "said"));
            assert_eq!((refusal.status.as_u16(), refusal.kind), (status, code), "{kind:?}");
            // What is the request's fault is told in the provider's words; the log has them in any case.
            let of_request = matches!(status, 400 | 413);
            assert_eq!(refusal.message.contains("said"), of_request, "{kind:?}");
            assert_eq!(refusal.cause.is_some_and(|cause| cause.contains("said")), !of_request, "{kind:?}");
        }
    }

    #[test]
    fn what_must_not_be_repeated_says_so() {
        let busy = || {
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "server_busy", "")
                .with_retry_after(Duration::from_millis(6001))
        };
        let header = |refusal: Refusal, name: &str| {
            refusal.into_response().headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header(busy(), "retry-after").as_deref(), Some("7"));
        assert_eq!(header(busy(), "x-should-retry"), None);
        assert_eq!(header(busy().without_retry(), "x-should-retry").as_deref(), Some("false"));
        assert_eq!(header(Refusal::unsupported("x"), "retry-after"), None);
    }

    #[tokio::test]
    async fn a_refusal_without_a_body_gets_one_and_keeps_its_headers() {
        let bare = |status: u16| {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status.try_into().unwrap();
            response.headers_mut().insert("www-authenticate", HeaderValue::from_static("Bearer"));
            response.headers_mut().insert("content-length", HeaderValue::from_static("0"));
            response
        };
        for (status, code) in [
            (401, "invalid_api_key"),
            (403, "insufficient_scope"),
            (404, "not_found"),
            (405, "method_not_allowed"),
            (503, "unavailable"),
            (400, "bad_request"),
        ] {
            let (head, body) = shape(bare(status)).into_parts();
            assert_eq!(head.status.as_u16(), status);
            assert_eq!(head.headers["www-authenticate"], "Bearer");
            assert!(
                !head.headers.contains_key("content-length"),
                "it is that of the body that was not there"
            );
            let body = axum::body::to_bytes(body, 10_000).await.unwrap();
            let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(told["error"]["code"], code);
        }
        assert!(!shape(bare(200)).headers().contains_key(CONTENT_TYPE));
        let mut plain = bare(400);
        plain.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        let kinds: Vec<_> = shape(plain).headers().get_all(CONTENT_TYPE).iter().cloned().collect();
        assert_eq!(kinds, ["application/json"]);
    }
}
