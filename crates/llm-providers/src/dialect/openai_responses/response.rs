//! Reads a response.

use super::stream::Stream;
use super::wire;
use crate::dialect::Context;
use crate::dialect::draft::Draft;
use crate::{ChatResponse, ErrorKind, FinishReason, ProviderError, Usage};

pub(crate) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let reply: wire::Reply<'_> = context.parse(body)?;
    if reply.output.is_none() && reply.error.is_none() && reply.status.is_empty() {
        return Err(context.no_answer(body, "output"));
    }
    let mut draft = Draft::plain(context);
    let (finish, usage) = Stream::default().conclude(context, &mut draft, &reply)?;
    Ok(draft.into_response(finish, usage))
}

/// Why the model stopped; an error where that is why.
pub(super) fn finish(
    context: &Context<'_>,
    reply: &wire::Reply<'_>,
    has_calls: bool,
    is_refused: bool,
) -> Result<FinishReason, ProviderError> {
    if let Some(error) = reply.error {
        return Err(context.reported(error));
    }
    let reason = reply.incomplete_details.as_ref().map_or("", |details| &*details.reason);
    Ok(match (&*reply.status, reason) {
        ("failed", _) => return Err(context.provider.error(ErrorKind::Unavailable, "")),
        // Some hosts leave out the status, or its last letter.
        ("completed" | "complete" | "", "") if has_calls => FinishReason::ToolCalls,
        ("completed" | "complete" | "", "") if is_refused => FinishReason::Refusal,
        ("completed" | "complete", "") => FinishReason::Stop,
        // Gateways pass on the words of other dialects.
        (_, "max_output_tokens" | "max_tokens" | "length") => FinishReason::Length,
        (_, "content_filter") => FinishReason::ContentFilter,
        (status, "") => FinishReason::Other(status.into()),
        (_, reason) => FinishReason::Other(reason.into()),
    })
}

pub(super) fn usage(usage: &wire::Usage) -> Usage {
    let read = usage.input_tokens_details.or(usage.prompt_tokens_details).unwrap_or_default();
    let written = usage.output_tokens_details.or(usage.completion_tokens_details).unwrap_or_default();
    Usage {
        input: usage.input_tokens.0.or(usage.prompt_tokens.0),
        output: usage.output_tokens.0.or(usage.completion_tokens.0),
        cache_read: read.cached_tokens.0,
        cache_write: read.cache_write_tokens.0,
        reasoning: written.reasoning_tokens.0,
        ..Usage::default()
    }
}
