//! Traces and metrics of the command, where `[telemetry]` names a collector.

use toolgate::{Config, Toolgate};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::failure::Failure;

/// What is exported while the command runs.
#[derive(Debug, Default)]
pub(crate) struct Telemetry {
    exporting: Option<toolgate::telemetry::Telemetry>,
}

impl Telemetry {
    pub(crate) fn start(config: &Config) -> Result<Self, Failure> {
        let exporting = toolgate::telemetry::Telemetry::start(config).map_err(Failure::setup)?;
        Ok(Self { exporting })
    }

    /// Hears of spans; none where nothing is exported.
    pub(crate) fn layer<S>(&self) -> Option<impl Layer<S> + Send + Sync + use<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        self.exporting.as_ref().map(toolgate::telemetry::Telemetry::layer)
    }

    /// Exports the numbers of `toolgate` too.
    pub(crate) fn measure(&mut self, toolgate: &Toolgate) {
        self.exporting = self.exporting.take().map(|exporting| exporting.measuring(toolgate));
    }

    /// Sends what is left.
    pub(crate) async fn shutdown(self) {
        if let Some(exporting) = self.exporting {
            exporting.shutdown().await;
        }
    }
}
