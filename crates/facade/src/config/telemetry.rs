//! `[telemetry]`: where traces and metrics go. Read always, acted upon with the feature `otel`.

use serde::Deserialize;

use super::bounds;
use super::shown::shows;

/// `[telemetry]`: where traces and metrics go.
///
/// ```
/// let config: toolgate::Config = toml::from_str(
///     r#"
///     [telemetry]
///     endpoint = "https://otel.example.com:4318"
///     sample = 0.1
///     "#,
/// )?;
/// assert_eq!(config.telemetry.service_name, "toolgate");
/// assert!(!config.telemetry.to_models);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TelemetryConfig {
    /// The base URL of an OpenTelemetry collector that takes OTLP over HTTP; `OTEL_EXPORTER_OTLP_ENDPOINT` wins over it.
    /// Default nowhere.
    pub endpoint: Option<String>,
    /// The variable with headers for the collector, as `authorization=Bearer%20…,x-tenant=a`. Default
    /// `OTEL_EXPORTER_OTLP_HEADERS`.
    pub headers_env: Option<String>,
    /// The name of this service; `OTEL_SERVICE_NAME` wins over it. Default `toolgate`.
    pub service_name: String,
    /// The share of conversations that are traced, from 0 to 1. Default 1: a trace per conversation is little beside what
    /// a model costs.
    pub sample: f64,
    /// How often metrics are sent, in seconds. Default 60, as OpenTelemetry's own.
    #[serde(deserialize_with = "bounds::seconds")]
    pub metrics_seconds: u64,
    /// Tell model providers the trace that a request belongs to, in its headers. Default off: it is no business of
    /// theirs. MCP servers are told.
    pub to_models: bool,
}

shows!(
    TelemetryConfig,
    plain: [headers_env, service_name, sample, metrics_seconds, to_models],
    redacted: [endpoint],
);

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            headers_env: None,
            service_name: "toolgate".to_owned(),
            sample: 1.0,
            metrics_seconds: 60,
            to_models: false,
        }
    }
}

impl TelemetryConfig {
    /// The variable with headers, where none is named.
    pub const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

    /// The variable that holds the headers.
    #[must_use]
    pub fn headers_variable(&self) -> &str {
        self.headers_env.as_deref().unwrap_or(Self::HEADERS)
    }
}
