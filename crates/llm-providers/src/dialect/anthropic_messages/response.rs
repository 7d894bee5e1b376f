//! Reads a message.

use serde_json::value::RawValue;

use super::fallback::{FALLBACK, take_back};
use super::wire;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::{Context, arguments};
use crate::{ChatResponse, FinishReason, Opaque, ProviderError, Usage};

pub(crate) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let reply: wire::Reply<'_> = context.parse(body)?;
    if reply.error.is_some() {
        return Err(context.exception("", body));
    }
    let Some(content) = reply.content else {
        return Err(context.no_answer(body, "content"));
    };
    let mut draft = Draft::plain(context);
    let mut awaits = false;
    draft.identify(&reply.id, &reply.model);
    contain(&mut draft, reply.container);
    transform(&mut draft, reply.input_transformations);
    explain(&mut draft, reply.stop_details);
    for raw in content {
        let block: wire::AnswerBlock<'_> =
            serde_json::from_str(raw.get()).map_err(|error| context.malformed(&error))?;
        if &*block.r#type == FALLBACK {
            take_back(&mut draft);
            awaits = false;
            continue;
        }
        let place = add(&mut draft, raw, &block)?;
        awaits |= is_asked(&block);
        if &*block.r#type == "tool_use" {
            draft.extend(place, &arguments::written(block.input))?;
        }
    }
    Ok(draft.into_response(finish(&reply.stop_reason, awaits), usage(&reply.usage.unwrap_or_default())))
}

/// A part for `block` with everything that it has, but for a call's arguments: a stream sends those later.
pub(super) fn add(
    draft: &mut Draft,
    raw: &RawValue,
    block: &wire::AnswerBlock<'_>,
) -> Result<Place, ProviderError> {
    Ok(match &*block.r#type {
        "text" => {
            let place = draft.add_text();
            draft.extend(place, &block.text)?;
            let citations = block.citations.map(|raw| serde_json::from_str::<Vec<&RawValue>>(raw.get()));
            for raw in citations.and_then(Result::ok).unwrap_or_default() {
                cite(draft, raw);
            }
            place
        }
        "thinking" => {
            let place = draft.add_reasoning();
            draft.extend(place, &block.thinking)?;
            if !block.signature.is_empty() {
                draft.seal(place, Opaque::Signature((&*block.signature).into()));
            }
            place
        }
        "redacted_thinking" => {
            let place = draft.add_reasoning();
            draft.seal(place, Opaque::Redacted((&*block.data).into()));
            place
        }
        "tool_use" => {
            if !is_asked(block) {
                draft.losses.report_once("content", "which code of the model's made a call left out");
            }
            draft.add_call(&block.id, &block.name)?
        }
        // What the provider's own tools did, and kinds to come: kept whole, to be sent back.
        _ => draft.add_native(raw.get()),
    })
}

/// Whether the model itself asks for a call, rather than code of its own that runs at the provider.
pub(super) fn is_asked(block: &wire::AnswerBlock<'_>) -> bool {
    let caller = block.caller.map(|raw| serde_json::from_str::<wire::Caller<'_>>(raw.get()));
    &*block.r#type == "tool_use"
        && matches!(&*caller.and_then(Result::ok).unwrap_or_default().r#type, "" | "direct")
}

/// The provider keeps what its code left there, for whoever names it in a later request.
pub(super) fn contain(draft: &mut Draft, container: Option<&RawValue>) {
    if container.is_some() {
        draft.losses.report_once("container", "where the provider's tools ran left out");
    }
}

/// Reports thoughts that the API left out of the request, because something before them has changed or another model had them.
pub(super) fn transform(draft: &mut Draft, changes: Option<&RawValue>) {
    let changes = changes.map(|raw| serde_json::from_str::<Vec<wire::Transformation<'_>>>(raw.get()));
    for change in changes.and_then(Result::ok).unwrap_or_default() {
        if &*change.r#type == "thinking_dropped" {
            let place = crate::error::escaped(&change.path);
            draft
                .losses
                .report("messages", format!("a thought left out by the API: {place} of what was sent"));
        }
    }
}

/// Why the model declined, where it did.
pub(super) fn explain(draft: &mut Draft, details: Option<&RawValue>) {
    let details = details.map(|raw| serde_json::from_str::<wire::StopDetails<'_>>(raw.get()));
    let details = details.and_then(Result::ok).unwrap_or_default();
    draft.explain(&details.category, &details.explanation);
}

pub(super) fn cite(draft: &mut Draft, raw: &RawValue) {
    let cited: wire::Cited<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
    let title = if cited.title.is_empty() { cited.document_title } else { cited.title };
    draft.add_citation(&title, &cited.url, &cited.cited_text, raw.get());
}

/// Why an answer ended that `awaits` results of calls or does not.
pub(super) fn finish(reason: &str, awaits: bool) -> FinishReason {
    match reason {
        // Servers of other models say so of every answer that comes to its end. Calls that code at the provider made are
        // answered already.
        "end_turn" | "stop" | "" if awaits => FinishReason::ToolCalls,
        // Gateways pass on the words of chat completions.
        "end_turn" | "stop_sequence" | "stop" => FinishReason::Stop,
        "tool_use" | "tool_calls" => FinishReason::ToolCalls,
        "max_tokens" | "model_context_window_exceeded" | "length" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "refusal" => FinishReason::Refusal,
        "sensitive" => FinishReason::ContentFilter,
        // The turn is not over and not cut off: it goes on when it is sent back.
        "pause_turn" | "compaction" => FinishReason::Pause,
        other => FinishReason::Other(other.into()),
    }
}

pub(super) fn usage(usage: &wire::Usage) -> Usage {
    let (read, written) = (usage.cache_read_input_tokens.0, usage.cache_creation_input_tokens.0);
    // The API counts only what was neither read from nor put into the cache as input.
    let input = usage.input_tokens.0.map(|fresh| {
        fresh.saturating_add(read.unwrap_or_default()).saturating_add(written.unwrap_or_default())
    });
    let beside = usage.beside;
    let with = |count: Option<u64>, more: fn(&wire::Beside) -> u64| match &beside {
        Some(beside) => Some(count.unwrap_or_default().saturating_add(more(beside))),
        None => count,
    };
    Usage {
        input: with(input, |beside| beside.input),
        output: with(usage.output_tokens.0, |beside| beside.output),
        cache_read: with(read, |beside| beside.cache_read),
        cache_write: with(written, |beside| beside.cache_write),
        reasoning: usage.output_tokens_details.unwrap_or_default().thinking_tokens.0,
        ..Usage::default()
    }
}
