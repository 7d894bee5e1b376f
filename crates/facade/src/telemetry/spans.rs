//! Batches of spans as OTLP. The SDK's thread calls this, one batch after the other.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::collector::Collector;

#[derive(Debug)]
pub(super) struct Exporter {
    collector: Collector,
    resource: ResourceAttributesWithSchema,
}

impl Exporter {
    pub(super) fn new(collector: Collector, resource: &Resource) -> Self {
        Self { collector, resource: resource.into() }
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        self.collector.send("traces", &ExportTraceServiceRequest { resource_spans }).await;
        // What was not taken is lost, and said by the collector's own warning.
        Ok(())
    }
}
