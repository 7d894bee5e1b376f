//! Reasoning as its provider wants it back, if at all.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::wire;
use crate::dialect::{Context, families};
use crate::{Opaque, Quirk, Reasoning};

#[derive(Default)]
pub(super) struct Thought<'a> {
    pub(super) text: Option<Cow<'a, str>>,
    /// The same where it has another name.
    pub(super) reasoning: Option<Cow<'a, str>>,
    pub(super) details: Option<&'a RawValue>,
    pub(super) chunk: Option<wire::Chunk<'a>>,
    /// GitHub Copilot's, and what it shows of it.
    pub(super) encrypted: Option<&'a str>,
    pub(super) readable: Option<&'a str>,
    /// Of the first call; of the answer where there is none.
    pub(super) signature: Option<&'a str>,
}

impl<'a> Thought<'a> {
    /// What a provider does not want back is not lost: it is how the protocol works.
    pub(super) fn add(&mut self, context: &Context<'a>, reasoning: &'a Reasoning) {
        let wants = |quirk| context.provider.has(quirk);
        if let Some(Opaque::Signature(signature)) = &reasoning.opaque {
            self.signature = Some(signature);
        }
        match &reasoning.opaque {
            Some(Opaque::Details(details)) if wants(Quirk::ReasoningDetails) => {
                self.details = serde_json::from_str(details).ok();
            }
            Some(Opaque::Redacted(encrypted)) => {
                self.encrypted = Some(encrypted);
                self.readable = Some(&*reasoning.text).filter(|text| !text.is_empty());
            }
            _ if wants(Quirk::ReasoningContent) || is_wanted_by_model(context) => {
                append(&mut self.text, &reasoning.text);
            }
            _ if wants(Quirk::Reasoning) => append(&mut self.reasoning, &reasoning.text),
            _ if wants(Quirk::ContentChunks) => {
                self.chunk =
                    Some(wire::Chunk::Thinking { thinking: [wire::Part::Text { text: &reasoning.text }] });
            }
            _ => {}
        }
    }
}

/// Whether calls without the thought before them are refused.
pub(super) fn are_demanded(context: &Context<'_>) -> bool {
    context.provider.has(Quirk::CallsAreThought) || is_wanted_by_model(context)
}

fn is_wanted_by_model(context: &Context<'_>) -> bool {
    context.provider.has(Quirk::ThoughtsByModel) && families::wants_thoughts(context.model)
}

pub(super) fn signed(signature: &str) -> wire::Extra<'_> {
    wire::Extra { google: wire::Signed { thought_signature: signature.into() } }
}

pub(super) fn append<'a>(text: &mut Option<Cow<'a, str>>, more: &'a Arc<str>) {
    match text {
        Some(text) => text.to_mut().push_str(more),
        None => *text = Some(Cow::Borrowed(more)),
    }
}
