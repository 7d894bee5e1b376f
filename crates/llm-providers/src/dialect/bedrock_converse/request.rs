//! Writes a Converse request.

use super::turns::Turns;
use super::{settings, tools, wire};
use crate::dialect::Context;
use crate::lossiness::Losses;
use crate::{ChatRequest, ProviderError, percent};

pub(super) fn encode(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
) -> Result<Vec<u8>, ProviderError> {
    let options = &request.options;
    let (system, messages) = Turns::of(context, &request.messages, losses)?;
    settings::report(options, losses);
    let (additional_model_request_fields, budget) = settings::additional(context, request, losses)?;
    context.write(&wire::Request {
        system,
        messages,
        tool_config: tools::config(context, request, losses),
        inference_config: settings::inference(options, budget, losses),
        output_config: settings::output(context, options)?,
        additional_model_request_fields,
        request_metadata: settings::metadata(options, losses),
    })
}

/// The model's name is one segment of the path, so what delimits in a path is escaped: ARNs have colons and slashes.
pub(super) fn path(model: &str, stream: bool) -> String {
    model_path(model) + if stream { "/converse-stream" } else { "/converse" }
}

/// The model's own part of a path: what is no unreserved character is escaped, as it is signed.
pub(in crate::dialect) fn model_path(model: &str) -> String {
    format!("/model/{}", percent::escaped(model))
}
