//! Reads a `generateContent` response.

use super::stream::Stream;
use super::wire;
use crate::dialect::Context;
use crate::dialect::draft::Draft;
use crate::dialect::stream::{Frame, State};
use crate::{ChatResponse, ErrorKind, FinishReason, ProviderError, Usage};

pub(crate) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let mut draft = Draft::plain(context);
    let mut answer = Stream::default();
    answer.read(context, &mut draft, Frame::of(body))?;
    let is_answer = answer.has_candidate();
    match answer.finish(context, &mut draft)? {
        (Some(finish), usage) => Ok(draft.into_response(finish, usage)),
        // A whole body needs no other sign that it is whole.
        (None, usage) if is_answer => Ok(draft.into_response(FinishReason::Other("".into()), usage)),
        (None, _) => Err(context.no_answer(body, "candidates")),
    }
}

/// Why the model stopped.
pub(super) fn finish(
    context: &Context<'_>,
    reason: &str,
    message: &str,
    has_calls: bool,
) -> Result<FinishReason, ProviderError> {
    Ok(match reason {
        // Some client libraries write the enum's number; past 5, Vertex AI has others.
        "STOP" | "1" if has_calls => FinishReason::ToolCalls,
        "STOP" | "1" => FinishReason::Stop,
        "MAX_TOKENS" | "2" => FinishReason::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "MODEL_ARMOR"
        | "3"
        | "4" => FinishReason::ContentFilter,
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE"
        | "MALFORMED_RESPONSE" => {
            let error = context.provider.error(ErrorKind::MalformedOutput, message);
            return Err(error.with_code(Some(reason)));
        }
        other => FinishReason::Other(other.into()),
    })
}

pub(super) fn usage(usage: &wire::Usage) -> Usage {
    let thoughts = usage.thoughts_token_count.0;
    let candidates = usage.candidates_token_count.0;
    let tool_use = usage.tool_use_prompt_token_count.0.unwrap_or_default();
    let input = usage.prompt_token_count.0.map(|prompt| prompt.saturating_add(tool_use));
    // Thoughts stand beside the candidates, but for replies whose total shows them within.
    let within = match (input, candidates, usage.total_token_count.0) {
        (Some(read), Some(written), Some(total)) => read.saturating_add(written) == total,
        _ => false,
    };
    let output = match (candidates, thoughts) {
        (None, None) => None,
        (written, _) if within => written,
        (written, thoughts) => Some(written.unwrap_or_default().saturating_add(thoughts.unwrap_or_default())),
    };
    Usage {
        input,
        output,
        cache_read: usage.cached_content_token_count.0,
        cache_write: None,
        reasoning: thoughts,
        audio_input: usage.audio_input(),
        audio_output: usage.candidates_tokens_details.audio.0,
    }
}
