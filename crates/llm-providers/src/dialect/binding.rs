//! Thoughts that are bound to what stood before them. From Claude 5.1 on, one that goes back is refused with the whole request
//! where instructions, tools or an earlier message have changed since ("Preserved thinking": "The block is bound to a different
//! conversation"), and so is every later request: servers of tools that come and go would end the conversation.
//!
//! The API is asked to leave such thoughts out and to go on.

use super::Context;
use super::families::is_binding_claude;
use crate::{AssistantPart, ChatRequest, Dialect, Message, Opaque, Provider};

/// What must be named for the API to take the setting (`anthropic-beta`).
const BETA: &str = "thinking-binding-controls-2026-08-01";

/// Whether thoughts of this provider's own go back to a model that checks them. What the caller says of thinking as an extra
/// stands alone.
pub(super) fn is_checked(provider: &Provider, model: &str, request: &ChatRequest) -> bool {
    let is_own = |part: &AssistantPart| match part {
        AssistantPart::Reasoning(reasoning) => {
            matches!(reasoning.opaque, Some(Opaque::Signature(_) | Opaque::Redacted(_)))
                && &*reasoning.provider == provider.id()
        }
        _ => false,
    };
    let has_own = |message: &Message| match message {
        Message::Assistant(message) => message.parts.iter().any(is_own),
        _ => false,
    };
    let extra = request.options.extra.get(provider.id());
    request.messages.iter().any(has_own)
        && is_binding_claude(model)
        && !extra.is_some_and(|extra| extra.as_str().contains("\"thinking\""))
}

/// The name as the body says it, where there are no headers for it: on Bedrock.
pub(super) fn beta(context: &Context<'_>, request: &ChatRequest) -> Option<[&'static str; 1]> {
    let is_in_body =
        matches!(context.provider.dialect(), Dialect::AnthropicBedrock | Dialect::BedrockConverse);
    (is_in_body && is_checked(context.provider, context.model, request)).then_some([BETA])
}

/// The headers that such a request has elsewhere.
pub(super) fn headers(
    provider: &Provider,
    model: &str,
    request: &ChatRequest,
) -> &'static [(&'static str, &'static str)] {
    match provider.dialect() {
        Dialect::AnthropicMessages | Dialect::AnthropicVertex if is_checked(provider, model, request) => {
            &[("anthropic-beta", BETA)]
        }
        _ => &[],
    }
}
