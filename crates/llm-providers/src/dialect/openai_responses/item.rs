//! Reads an item of an answer: what it is when it is added, and what it is when it is done.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::items::Open;
use super::phase;
use super::wire::{self, ContentPart};
use crate::dialect::draft::Draft;
use crate::dialect::{Context, arguments, logprobs};
use crate::{Opaque, ProviderError};

/// What stands between two pieces of reasoning.
pub(super) const BREAK: &str = "\n\n";

pub(super) fn read<'a>(context: &Context<'_>, raw: &'a RawValue) -> Result<wire::Item<'a>, ProviderError> {
    serde_json::from_str(raw.get()).map_err(|error| context.malformed(&error))
}

/// A part for the item. A message's parts come with its content.
pub(super) fn add(
    draft: &mut Draft,
    open: &mut Open,
    raw: &RawValue,
    item: &wire::Item<'_>,
) -> Result<(), ProviderError> {
    let place = match &*item.r#type {
        "message" => return Ok(()),
        "reasoning" => {
            open.reasoning(draft);
            return Ok(());
        }
        _ if !open.parts.is_empty() => return Ok(()),
        "function_call" | "custom_tool_call" => draft.add_call(&item.call_id, &item.name)?,
        // What the provider's own tools did, and kinds to come: kept whole, to be sent back.
        _ => draft.add_native(raw.get()),
    };
    open.add(0, place);
    Ok(())
}

/// Takes an item as it is when it is done; whether it is a refusal.
pub(super) fn done(
    draft: &mut Draft,
    open: &mut Open,
    raw: &RawValue,
    item: &wire::Item<'_>,
) -> Result<bool, ProviderError> {
    open.is_done = true;
    if open.parts.is_empty() {
        add(draft, open, raw, item)?;
    }
    complete(draft, open, raw, item)
}

/// Adds what no piece has told; whether the item is a refusal.
fn complete(
    draft: &mut Draft,
    open: &mut Open,
    raw: &RawValue,
    item: &wire::Item<'_>,
) -> Result<bool, ProviderError> {
    let place = open.parts.first().map(|(_, place)| *place);
    match (&*item.r#type, place) {
        ("message", _) => return message(draft, open, item),
        ("reasoning", Some(place)) => {
            draft.complete(place, &thoughts(item))?;
            // Without either, it stands for something that the provider has stored, and nothing is stored.
            if !item.encrypted_content.is_empty() || !parts(item.content).is_empty() {
                draft.seal(place, Opaque::Item(raw.get().into()));
            }
        }
        ("function_call" | "custom_tool_call", Some(place)) => {
            if !item.namespace.is_empty() {
                draft.losses.report("output", "the namespace of a call left out");
            }
            draft.complete(place, &arguments::written(item.arguments.or(item.input)))?;
            draft.end_call(place);
        }
        (_, Some(place)) => draft.replace_native(place, raw.get().into()),
        (_, None) => {}
    }
    Ok(false)
}

fn message(draft: &mut Draft, open: &mut Open, item: &wire::Item<'_>) -> Result<bool, ProviderError> {
    let mut is_refused = false;
    let content = parts(item.content);
    for (nth, part) in content.iter().enumerate() {
        let place = open.nth_text(draft, nth);
        draft.complete(place, if part.refusal.is_empty() { &part.text } else { &part.refusal })?;
        is_refused |= &*part.r#type == "refusal";
        if !matches!(&*part.r#type, "" | "text" | "output_text" | "refusal") && part.text.is_empty() {
            let kind = crate::error::escaped(&part.r#type);
            draft.losses.report("output.content", format!("a part of type \"{kind}\" left out"));
        }
    }
    for part in content {
        for raw in list::<&RawValue>(part.annotations) {
            let cited: wire::Annotation<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
            let title = if cited.title.is_empty() { cited.filename } else { cited.title };
            draft.add_citation(&title, &cited.url, "", raw.get());
        }
        logprobs::add(draft, "output.content.logprobs", part.logprobs);
    }
    if !item.phase.is_empty() && !open.parts.is_empty() {
        draft.add_native(&phase::block(&item.phase));
    }
    Ok(is_refused)
}

/// What the provider shows of its reasoning: the reasoning itself at some, a summary at others.
fn thoughts(item: &wire::Item<'_>) -> String {
    let (content, summary) = (parts(item.content), parts(item.summary));
    let texts = content.iter().chain(&summary).map(|part| &*part.text);
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(BREAK)
}

/// The parts of content, which a few hosts give as text.
fn parts(content: Option<&RawValue>) -> Vec<ContentPart<'_>> {
    match content.map(RawValue::get) {
        Some(text) if text.starts_with('"') => {
            let text = serde_json::from_str(text).unwrap_or_default();
            vec![ContentPart { text, ..ContentPart::default() }]
        }
        _ => list(content),
    }
}

fn list<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Vec<T> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}
