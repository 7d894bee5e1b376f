//! Reasoning as its provider wants it back, if at all.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::wire;
use crate::dialect::{Context, families};
use crate::lossiness::Losses;
use crate::{Opaque, Quirk, Reasoning};

#[derive(Default)]
pub(super) struct Thought<'a> {
    pub(super) text: Option<Cow<'a, str>>,
    /// The same where it has another name.
    pub(super) reasoning: Option<Cow<'a, str>>,
    pub(super) details: Option<Cow<'a, RawValue>>,
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
                self.details = serde_json::from_str(details).ok().map(Cow::Borrowed);
            }
            Some(Opaque::Redacted(encrypted)) => {
                self.encrypted = Some(encrypted);
                self.readable = Some(&*reasoning.text).filter(|text| !text.is_empty());
            }
            _ if wants(Quirk::ReasoningContent) || is_wanted_by_model(context) => {
                append(&mut self.text, &reasoning.text);
            }
            // Of another model, one that does not think may refuse it.
            _ if wants(Quirk::Reasoning)
                && reasoning.model.as_deref().is_none_or(|of| of == context.model) =>
            {
                append(&mut self.reasoning, &reasoning.text);
            }
            _ if wants(Quirk::ContentChunks) => {
                self.chunk =
                    Some(wire::Chunk::Thinking { thinking: [wire::Part::Text { text: &reasoning.text }] });
            }
            _ => {}
        }
    }
}

/// Marks a call that Gemini did not sign as such, where it would be refused: what there is to say of it stands in the details at
/// OpenRouter ("Preserving reasoning"; "Gemini models require OpenRouter reasoning details to be preserved").
pub(super) fn mark(
    context: &Context<'_>,
    thought: &mut Thought<'_>,
    call: &str,
    path: impl Display,
    losses: &mut Losses,
) {
    if !families::is_signing_gemini(context.model) {
        return;
    }
    let is_said = |details: &RawValue| details.get().contains("\"reasoning.encrypted\"");
    if context.provider.has(Quirk::SignedCalls) && thought.signature.is_none() {
        thought.signature = Some(families::FOREIGN_CALL);
    } else if context.provider.has(Quirk::ReasoningDetails)
        && !context.provider.has(Quirk::ThoughtSignature)
        && !thought.details.as_deref().is_some_and(is_said)
    {
        thought.details =
            with_mark(thought.details.as_deref(), call).map(Cow::Owned).or(thought.details.take());
    } else {
        return;
    }
    losses.report(path, "a call that this model did not sign is marked as such");
}

fn with_mark(details: Option<&RawValue>, call: &str) -> Option<Box<RawValue>> {
    let mark = serde_json::json!({
        "type": "reasoning.encrypted",
        "data": families::FOREIGN_CALL,
        "id": call,
        "format": "google-gemini-v1",
        "index": 0,
    });
    let mut all: Vec<&RawValue> =
        details.and_then(|all| serde_json::from_str(all.get()).ok()).unwrap_or_default();
    let mark = serde_json::value::to_raw_value(&mark).ok()?;
    all.push(&mark);
    serde_json::value::to_raw_value(&all).ok()
}

/// Whether calls without the thought before them are refused.
pub(super) fn are_demanded(context: &Context<'_>) -> bool {
    context.provider.has(Quirk::CallsAreThought) || is_wanted_by_model(context)
}

fn is_wanted_by_model(context: &Context<'_>) -> bool {
    context.provider.has(Quirk::ThoughtsByModel) && families::wants_thoughts(context.model)
}

/// A signature of Gemini's as a host has it: in `extra_content`, or beside.
pub(super) fn signed<'a>(
    context: &Context<'_>,
    signature: Option<&'a str>,
) -> (Option<wire::Extra<'a>>, Option<&'a str>) {
    let extra =
        |signature: &'a str| wire::Extra { google: wire::Signed { thought_signature: signature.into() } };
    match context.provider.has(Quirk::ThoughtSignature) {
        true => (None, signature),
        false => (signature.map(extra), None),
    }
}

pub(super) fn append<'a>(text: &mut Option<Cow<'a, str>>, more: &'a Arc<str>) {
    match text {
        Some(text) => text.to_mut().push_str(more),
        None => *text = Some(Cow::Borrowed(more)),
    }
}
