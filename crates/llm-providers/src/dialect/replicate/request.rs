//! Writes a prediction's request.

use super::input::Owner;
use super::transcript::Transcript;
use super::wire;
use crate::dialect::Context;
use crate::lossiness::Losses;
use crate::{ChatRequest, ProviderError, ToolChoice};

/// The version that a model's name ends with: `owner/name:version`, or the version alone. An official model has none.
pub(super) fn version(model: &str) -> Option<&str> {
    (model.contains(':') || !model.contains('/')).then_some(model)
}

pub(super) fn encode(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
) -> Result<Vec<u8>, ProviderError> {
    if !request.tools.is_empty() && request.tool_choice != Some(ToolChoice::None) {
        return Err(context.unsayable("tools", "this API takes no tools; ask another provider, or without"));
    }
    let told = Transcript::of(context, &request.messages, losses)?;
    let owner = Owner::of(context.model);
    if told.images.len() > owner.images() {
        let what = match owner.images() {
            0 => "expected text: whether this model takes images is not known",
            _ => "expected one image: this model takes no more",
        };
        return Err(context.unsayable("messages[]", what));
    }
    let mut input = wire::Input { prompt: told.prompt, ..wire::Input::default() };
    owner.show(&mut input, told.system, told.images);
    owner.set(&mut input, &request.options, losses);
    context.write(&wire::Request { version: version(context.model), input })
}
