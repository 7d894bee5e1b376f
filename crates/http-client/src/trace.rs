//! One span per exchange, with the names of OpenTelemetry's HTTP client conventions.
//!
//! No header, path or query is recorded: they may hold secrets, and a server may have chosen them.

use http::Method;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::{HttpError, Origin, Response};

/// The span of a request to `origin`.
pub(crate) fn span(method: &Method, origin: &Origin) -> Span {
    tracing::info_span!(
        "http_request",
        "otel.kind" = "client",
        "otel.name" = method.as_str(),
        "http.request.method" = method.as_str(),
        "server.address" = origin.host(),
        "server.port" = origin.port(),
        "http.response.status_code" = Empty,
        "error.type" = Empty,
    )
}

/// Waits for the answer within `span`, and records there what came of it. A status from 400 on is an error of its own
/// number.
pub(crate) async fn recorded(
    span: Span,
    answer: impl Future<Output = Result<Response, HttpError>>,
) -> Result<Response, HttpError> {
    let result = answer.instrument(span.clone()).await;
    match &result {
        Ok(response) => {
            let status = response.status();
            span.record("http.response.status_code", status.as_u16());
            if status.is_client_error() || status.is_server_error() {
                span.record("error.type", status.as_str());
            }
        }
        Err(error) => {
            span.record("error.type", error.kind());
        }
    }
    result
}
