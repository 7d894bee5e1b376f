//! Reads a chat completion.

use serde_json::value::RawValue;

use super::stream::Stream;
use super::wire;
use crate::dialect::Context;
use crate::dialect::draft::Draft;
use crate::dialect::stream::{DONE, Frame, State};
use crate::{ChatResponse, FinishReason, ProviderError, Usage};

pub(crate) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let mut draft = Draft::plain(context);
    let mut answer = Stream::plain();
    answer.read(context, &mut draft, Frame::of(body))?;
    // A whole body needs no other sign that it is whole.
    answer.read(context, &mut draft, Frame::of(DONE))?;
    let (finish, usage) = answer.finish(context, &mut draft)?;
    Ok(draft.into_response(finish.unwrap_or(FinishReason::Other("".into())), usage))
}

pub(super) fn read<'a, T: serde::Deserialize<'a>>(raw: &'a RawValue) -> Result<T, serde_json::Error> {
    serde_json::from_str(raw.get())
}

pub(super) fn finish(reason: &str, has_calls: bool, refused: bool) -> FinishReason {
    match reason {
        "stop" | "tool_calls" | "function_call" | "" if has_calls => FinishReason::ToolCalls,
        "stop" | "" if refused => FinishReason::Refusal,
        // "eos" and "tool_call" are words of single hosts.
        "stop" | "eos" => FinishReason::Stop,
        "tool_calls" | "function_call" | "tool_call" => FinishReason::ToolCalls,
        "length" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "refusal" => FinishReason::Refusal,
        other => FinishReason::Other(other.into()),
    }
}

pub(super) fn usage(usage: &wire::Usage) -> Usage {
    let prompt = usage.prompt_tokens_details.unwrap_or_default();
    let reasoning = usage.completion_tokens_details.unwrap_or_default().reasoning_tokens.0;
    let reasoning = reasoning.or(usage.reasoning_tokens.0);
    let (input, mut output) = (usage.prompt_tokens.0, usage.completion_tokens.0);
    // xAI counts reasoning beside the completion; the total tells.
    if let (Some(read), Some(written), Some(thought), Some(total)) =
        (input, output, reasoning, usage.total_tokens.0)
        && thought > 0
        && total == read.saturating_add(written).saturating_add(thought)
    {
        output = Some(written.saturating_add(thought));
    }
    Usage {
        input,
        output,
        cache_read: prompt.cached_tokens.0.or(usage.prompt_cache_hit_tokens.0).or(usage.cached_tokens.0),
        cache_write: prompt.cache_write_tokens.0.or(usage.cache_creation_input_tokens.0),
        reasoning,
    }
}
