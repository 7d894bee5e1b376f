//! Reads a chat completion.

use serde_json::value::RawValue;

use super::stream::Stream;
use super::wire;
use crate::dialect::Context;
use crate::dialect::draft::Draft;
use crate::dialect::lenient::Count;
use crate::dialect::stream::{DONE, Frame, State};
use crate::{ChatResponse, ErrorKind, FinishReason, ProviderError, Usage};

pub(crate) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let mut draft = Draft::plain(context);
    let mut answer = Stream::plain();
    answer.read(context, &mut draft, Frame::of(body))?;
    // A whole body needs no other sign that it is whole.
    answer.read(context, &mut draft, Frame::of(DONE))?;
    if !answer.has_choice {
        return Err(context.no_answer(body, "choices"));
    }
    let (finish, usage) = answer.finish(context, &mut draft)?;
    Ok(draft.into_response(finish.unwrap_or(FinishReason::Other("".into())), usage))
}

pub(super) fn read<'a, T: serde::Deserialize<'a>>(raw: &'a RawValue) -> Result<T, serde_json::Error> {
    serde_json::from_str(raw.get())
}

/// The reason that tells more: OpenRouter says "stop" also where the provider behind it failed.
pub(super) fn told<'a>(reason: &'a str, native: &'a str) -> &'a str {
    let failures = ["network_error", "server_error", "malformed_function_call"];
    let conceals = reason == "stop" && failures.iter().any(|failure| native.eq_ignore_ascii_case(failure));
    if conceals { native } else { reason }
}

/// Why the model stopped, in the words of OpenAI and of hosts that pass on those of the model's own server; an error where
/// that is why.
pub(super) fn finish(
    context: &Context<'_>,
    reason: &str,
    has_calls: bool,
    refused: bool,
) -> Result<FinishReason, ProviderError> {
    // What nearly all say.
    match reason {
        "stop" if !has_calls && !refused => return Ok(FinishReason::Stop),
        "tool_calls" => return Ok(FinishReason::ToolCalls),
        _ => {}
    }
    let word = reason.to_ascii_lowercase();
    let failed =
        |kind| Err(context.provider.error(kind, "the answer was broken off").with_code(Some(reason)));
    Ok(match &*word {
        "" | "stop" | "end" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "completed"
        | "complete" | "normal" | "tool_calls" | "tool_call" | "tool_use" | "function_call"
            if has_calls =>
        {
            FinishReason::ToolCalls
        }
        "" | "stop" | "end" | "eos" | "eos_token" | "end_turn" | "completed" | "complete" | "normal"
            if refused =>
        {
            FinishReason::Refusal
        }
        // Cohere's word, and Baidu's.
        "complete" | "normal" => FinishReason::Stop,
        "stop" | "end" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "completed" => {
            FinishReason::Stop
        }
        "tool_calls" | "tool_call" | "tool_use" | "function_call" => FinishReason::ToolCalls,
        // watsonx has a limit of time too.
        "length"
        | "max_tokens"
        | "max_output_tokens"
        | "model_length"
        | "model_context_window_exceeded"
        | "time_limit" => FinishReason::Length,
        "refusal" => FinishReason::Refusal,
        // Zhipu's word, and those of Gemini behind a chat completion.
        "sensitive" | "safety" | "recitation" | "blocklist" | "prohibited_content" | "spii"
        | "error_toxic" => FinishReason::ContentFilter,
        filtered if filtered.starts_with("content_filter") => FinishReason::ContentFilter,
        "malformed_function_call" => return failed(ErrorKind::MalformedOutput),
        called if called.starts_with("function_call_filter") => return failed(ErrorKind::MalformedOutput),
        "insufficient_system_resource" => return failed(ErrorKind::Overloaded),
        "error" | "network_error" | "server_error" | "abort" | "aborted" | "cancelled" => {
            return failed(ErrorKind::Unavailable);
        }
        _ => FinishReason::Other(reason.into()),
    })
}

pub(super) fn usage(usage: &wire::Usage) -> Usage {
    let prompt = usage.prompt_tokens_details.or(usage.prompt_token_details).or(usage.input_tokens_details);
    let completion =
        usage.completion_tokens_details.or(usage.completion_token_details).or(usage.output_tokens_details);
    let (prompt, completion) = (prompt.unwrap_or_default(), completion.unwrap_or_default());
    let reasoning = completion.reasoning_tokens.0;
    let reasoning = reasoning.or(usage.reasoning_tokens.0);
    let input = first([usage.prompt_tokens, usage.input_tokens]);
    let mut output = first([usage.completion_tokens, usage.output_tokens]);
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
        cache_read: first([
            prompt.cached_tokens,
            usage.prompt_cache_hit_tokens,
            usage.cached_tokens,
            usage.cache_read_input_tokens,
            usage.num_cached_tokens,
        ]),
        cache_write: first([
            prompt.cache_write_tokens,
            prompt.cache_creation_input_tokens,
            usage.cache_creation_input_tokens,
        ]),
        reasoning,
        audio_input: prompt.audio_tokens.0,
        audio_output: completion.audio_tokens.0,
    }
}

/// The first count that there is; a zero counts where nothing else says more, as hosts fill in what they do not count.
fn first<const N: usize>(counts: [Count; N]) -> Option<u64> {
    let mut known = counts.into_iter().filter_map(|count| count.0);
    let first = known.next()?;
    Some(if first > 0 { first } else { known.find(|count| *count > 0).unwrap_or(first) })
}
