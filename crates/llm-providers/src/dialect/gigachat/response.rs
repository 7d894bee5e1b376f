//! Reads an answer.

use super::stream::Stream;
use super::wire;
use crate::dialect::Context;
use crate::dialect::draft::Draft;
use crate::dialect::stream::{Frame, State};
use crate::{ChatResponse, ErrorKind, FinishReason, ProviderError, Usage};

/// A whole answer is a stream of one piece.
pub(super) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let mut draft = Draft::plain(context);
    let mut answer = Stream::default();
    answer.read(context, &mut draft, Frame::of(body))?;
    let (finish, usage) = answer.finish(context, &mut draft)?;
    let Some(finish) = finish else {
        return Err(context
            .provider
            .error(ErrorKind::MalformedOutput, "expected a choice that has finished"));
    };
    Ok(draft.into_response(finish, usage))
}

/// Why the model stopped; an error where that is why.
pub(super) fn finish(
    context: &Context<'_>,
    reason: &str,
    has_calls: bool,
) -> Result<FinishReason, ProviderError> {
    Ok(match reason {
        "error" => {
            let what = "the model wrote arguments of a function that do not fit it";
            return Err(context.provider.error(ErrorKind::MalformedOutput, what));
        }
        "stop" | "function_call" if has_calls => FinishReason::ToolCalls,
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "blacklist" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.into()),
    })
}

/// What came from the cache is counted beside the rest.
pub(super) fn usage(usage: wire::Usage) -> Usage {
    let cached = usage.precached_prompt_tokens.0;
    Usage {
        input: usage.prompt_tokens.0.map(|tokens| tokens.saturating_add(cached.unwrap_or_default())),
        output: usage.completion_tokens.0,
        cache_read: cached,
        ..Usage::default()
    }
}
