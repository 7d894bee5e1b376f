//! In the place of `telemetry`, where this was built without the feature `otel`: exports nothing, and says so where a
//! collector is named.

use toolgate::{Config, Toolgate};
use tracing_subscriber::layer::Identity;

use crate::failure::Failure;
use crate::say::tell;
use crate::style::FAINT;

#[derive(Debug, Default)]
pub(crate) struct Telemetry;

impl Telemetry {
    pub(crate) fn start(config: &Config) -> Result<Self, Failure> {
        if config.telemetry.endpoint.is_some() {
            tell!(
                "{FAINT}a collector is named under [telemetry], but this toolgate was built without the feature otel{FAINT:#}"
            );
        }
        Ok(Self)
    }

    pub(crate) fn layer(&self) -> Identity {
        Identity::new()
    }

    pub(crate) fn measure(&mut self, _: &Toolgate) {}

    pub(crate) async fn shutdown(self) {}
}
