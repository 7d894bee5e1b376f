//! The trace context of a span, as it is told to others (W3C Trace Context). There is one with the feature `otel` and a
//! subscriber that exports; otherwise nothing is sent.

use std::sync::Arc;

use async_trait::async_trait;
use toolgate_http_client::{HttpClient, HttpError, Request, Response};
use tracing::Span;

/// The context of `span` as header fields: `traceparent`, and `tracestate` where there is one.
#[cfg(feature = "otel")]
pub(crate) fn of(span: &Span) -> Vec<(String, String)> {
    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    let mut fields = std::collections::HashMap::new();
    TraceContextPropagator::new().inject_context(&span.context(), &mut fields);
    fields.retain(|_, value: &mut String| !value.is_empty());
    fields.into_iter().collect()
}

#[cfg(not(feature = "otel"))]
pub(crate) fn of(_: &Span) -> [(String, String); 0] {
    []
}

/// Tells whoever receives `request` that it belongs to `span`.
pub(crate) fn send_with(request: &mut Request, span: &Span) {
    for (name, value) in of(span) {
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse()) {
            request.headers_mut().insert(name, value);
        }
    }
}

/// A client whose requests tell the trace that they belong to.
pub(crate) struct InTrace(pub(crate) Arc<dyn HttpClient>);

#[async_trait]
impl HttpClient for InTrace {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        send_with(&mut request, &Span::current());
        self.0.send(request).await
    }
}

/// Sets an attribute that is a list, which `tracing` has none of, to one value.
#[cfg(feature = "otel")]
pub(super) fn set_list(span: &Span, name: &'static str, value: &str) {
    use opentelemetry::{Array, StringValue, Value};
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    span.set_attribute(name, Value::Array(Array::String(vec![StringValue::from(value.to_owned())])));
}

#[cfg(not(feature = "otel"))]
pub(super) fn set_list(span: &Span, name: &'static str, value: &str) {
    span.record(name, value);
}
