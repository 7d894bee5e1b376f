//! Traces and metrics on their way to an OpenTelemetry collector.
//!
//! Spans are those of `tracing`, batched by OpenTelemetry's SDK; metrics are the numbers of [`metrics`](crate::metrics),
//! read and not counted again. Both go out as OTLP over HTTP through our own client. Nothing waits for the collector: one
//! that stalls costs what does not fit into a queue, and no conversation.

mod collector;
mod numbers;
mod spans;

use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Sampler, SdkTracerProvider};
use tokio::task::JoinHandle;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::{Config, ConfigError, Error, Toolgate};
use collector::Collector;
use spans::Exporter;

/// How long the last spans and numbers may take at the end.
const LAST: Duration = Duration::from_secs(5);

/// Exports the spans and numbers of this process. Dropped without [`shutdown`](Self::shutdown), it loses those of the
/// last seconds.
pub struct Telemetry {
    provider: SdkTracerProvider,
    collector: Collector,
    resource: Resource,
    every: Duration,
    began: SystemTime,
    measured: Option<(Toolgate, JoinHandle<()>)>,
}

impl Telemetry {
    /// Prepares to export as `config` says; `None` where it names no collector. Must be called within a Tokio runtime,
    /// which does the sending. No connection is made.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use toolgate::{Config, Toolgate, telemetry::Telemetry};
    /// use tracing_subscriber::prelude::*;
    ///
    /// let config = Config::load()?;
    /// let telemetry = Telemetry::start(&config)?;
    /// tracing_subscriber::registry().with(telemetry.as_ref().map(Telemetry::layer)).init();
    /// let toolgate = Toolgate::open(config)?;
    /// let telemetry = telemetry.map(|telemetry| telemetry.measuring(&toolgate));
    /// // … talk …
    /// if let Some(telemetry) = telemetry {
    ///     telemetry.shutdown().await;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] where a setting cannot be used; as [`Config::http_client`].
    pub fn start(config: &Config) -> Result<Option<Self>, Error> {
        let Some(collector) = Collector::of(config)? else { return Ok(None) };
        let settings = &config.telemetry;
        if !(0.0..=1.0).contains(&settings.sample) {
            return Err(wrong("sample", &settings.sample.to_string(), "a share from 0 to 1"));
        }
        if settings.metrics_seconds == 0 {
            return Err(wrong("metrics_seconds", "0", "at least 1"));
        }
        // Not the SDK's own detectors: they read the environment behind the settings' back.
        let resource = Resource::builder_empty()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let exporter = Exporter::new(collector.clone(), &resource);
        // A sampled caller's trace is followed, and of those that begin here, so many.
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sample)));
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).build())
            .with_sampler(sampler)
            .with_resource(resource.clone())
            .build();
        Ok(Some(Self {
            provider,
            collector,
            resource,
            every: Duration::from_secs(settings.metrics_seconds),
            began: SystemTime::now(),
            measured: None,
        }))
    }

    /// The layer of a subscriber that hears of toolgate's spans, and of nothing else: log lines stay where they are.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let tracer = self.provider.tracer("toolgate");
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            // Paths of the machine that built this, and threads, say nothing about a conversation.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| {
                metadata.is_span()
                    && metadata.target().starts_with("toolgate")
                    && *metadata.level() <= LevelFilter::INFO
            }))
    }

    /// Sends the numbers of `toolgate`, every `metrics_seconds` and at the end.
    #[must_use]
    pub fn measuring(mut self, toolgate: &Toolgate) -> Self {
        let (of, collector, resource) = (toolgate.clone(), self.collector.clone(), self.resource.clone());
        let (every, began) = (self.every, self.began);
        let sending = tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                let numbers = numbers::request(&of.metrics(), &resource, began, SystemTime::now());
                collector.send("metrics", &numbers).await;
            }
        });
        if let Some((_, before)) = self.measured.replace((toolgate.clone(), sending)) {
            before.abort();
        }
        self
    }

    /// Sends what is left, within 5 s, and ends.
    ///
    /// # Cancel safety
    /// Dropping the future loses what was not sent.
    pub async fn shutdown(mut self) {
        let measured = self.measured.take();
        let numbers = async {
            let Some((toolgate, sending)) = measured else { return };
            sending.abort();
            let numbers =
                numbers::request(&toolgate.metrics(), &self.resource, self.began, SystemTime::now());
            if tokio::time::timeout(LAST, self.collector.send("metrics", &numbers)).await.is_err() {
                tracing::warn!("the collector did not take the last numbers in time");
            }
        };
        // It waits for a thread that waits for this runtime.
        let provider = self.provider.clone();
        let ending = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST));
        let (ended, ()) = tokio::join!(ending, numbers);
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the collector did not take the last spans in time");
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some((_, sending)) = &self.measured {
            sending.abort();
        }
    }
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telemetry").field("collector", &self.collector).finish_non_exhaustive()
    }
}

fn wrong(what: &str, found: &str, expected: &str) -> Error {
    ConfigError::value(format!("{what} under [telemetry]"), found, expected).into()
}
