//! Reads a Converse answer.

use serde_json::value::RawValue;

use super::answer::{self, Words};
use crate::dialect::draft::Draft;
use crate::dialect::{Context, arguments};
use crate::{ChatResponse, ErrorKind, FinishReason, Opaque, ProviderError, Usage};

pub(super) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let reply: answer::Reply<'_> = context.parse(body)?;
    let message = reply.output.and_then(|output| output.message);
    let Some(content) = message.and_then(|message| message.content) else {
        return Err(context.no_answer(body, "output.message.content"));
    };
    let mut draft = Draft::plain(context);
    for raw in content {
        block(context, &mut draft, raw)?;
    }
    let finish = finish(context, &draft, &reply.stop_reason)?;
    Ok(draft.into_response(finish, usage(&reply.usage.unwrap_or_default())))
}

fn block(context: &Context<'_>, draft: &mut Draft, raw: &RawValue) -> Result<(), ProviderError> {
    let block: answer::Block<'_> =
        serde_json::from_str(raw.get()).map_err(|error| context.malformed(&error))?;
    if let Some(text) = block.text {
        let place = draft.add_text();
        draft.extend(place, &text)
    } else if let Some(call) = block.tool_use.filter(|call| !call.is_the_providers()) {
        let place = draft.add_call(&call.tool_use_id, &call.name)?;
        draft.extend(place, &arguments::written(call.input))
    } else if let Some(reasoning) = block.reasoning_content {
        let text = reasoning.reasoning_text.unwrap_or_default();
        let place = draft.add_reasoning();
        if !text.signature.is_empty() {
            draft.seal(place, Opaque::Signature((&*text.signature).into()));
        } else if !reasoning.redacted_content.is_empty() {
            draft.seal(place, Opaque::Redacted((&*reasoning.redacted_content).into()));
        }
        draft.extend(place, &text.text)
    } else if let Some(cited) = block.citations_content {
        let place = draft.add_text();
        for words in cited.content.unwrap_or_default() {
            draft.extend(place, &words.text)?;
        }
        for citation in cited.citations.unwrap_or_default() {
            cite(draft, citation);
        }
        Ok(())
    } else {
        // What the provider's own tools did, and kinds to come: kept whole, to be sent back.
        draft.add_native(raw.get());
        Ok(())
    }
}

pub(super) fn cite(draft: &mut Draft, raw: &RawValue) {
    let cited: answer::Citation<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
    let url = cited.location.and_then(|location| location.web).unwrap_or_default().url;
    let quote: Vec<Words<'_>> = cited.source_content.unwrap_or_default();
    let quote: String = quote.iter().map(|words| &*words.text).collect();
    draft.add_citation(&cited.title, &url, &quote, raw.get());
}

pub(super) fn finish(
    context: &Context<'_>,
    draft: &Draft,
    reason: &str,
) -> Result<FinishReason, ProviderError> {
    Ok(match reason {
        "end_turn" if draft.has_calls() => FinishReason::ToolCalls,
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "tool_use" => FinishReason::ToolCalls,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "guardrail_intervened" | "content_filtered" => FinishReason::ContentFilter,
        "refusal" => FinishReason::Refusal,
        "malformed_model_output" | "malformed_tool_use" => {
            let what = format!("the model wrote what Bedrock could not read ({reason})");
            return Err(context.provider.error(ErrorKind::MalformedOutput, what));
        }
        other => FinishReason::Other(other.into()),
    })
}

pub(super) fn usage(usage: &answer::Usage) -> Usage {
    let (read, written) = (usage.cache_read_input_tokens.0, usage.cache_write_input_tokens.0);
    // Only what was neither read from nor put into the cache counts as input here.
    let input = usage.input_tokens.0.map(|fresh| {
        fresh.saturating_add(read.unwrap_or_default()).saturating_add(written.unwrap_or_default())
    });
    Usage { input, output: usage.output_tokens.0, cache_read: read, cache_write: written, ..Usage::default() }
}
