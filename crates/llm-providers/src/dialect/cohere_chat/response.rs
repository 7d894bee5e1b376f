//! Reads an answer.

use serde_json::value::RawValue;

use super::stream::{Stream, probabilities};
use super::wire;
use crate::dialect::Context;
use crate::dialect::draft::Draft;
use crate::{ChatResponse, ErrorKind, FinishReason, ProviderError, Usage};

pub(crate) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let reply: wire::Reply<'_> = context.parse(body)?;
    if reply.is_failure() {
        return Err(context.exception("", body));
    }
    let message = reply.message.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let Some(message) = message else {
        // An answer that failed has none.
        finish(context, &reply.finish_reason, reply.error, false)?;
        return Err(context.provider.error(ErrorKind::MalformedOutput, "expected a message, found none"));
    };
    let mut draft = Draft::plain(context);
    draft.identify(&reply.id, "");
    probabilities(&mut draft, reply.logprobs);
    Stream::default().message(&mut draft, &message)?;
    let finish = finish(context, &reply.finish_reason, reply.error, draft.has_calls())?;
    draft.order_by_kind();
    Ok(draft.into_response(finish, usage(reply.usage.unwrap_or_default())))
}

/// Why the model stopped; an error where that is why.
pub(super) fn finish(
    context: &Context<'_>,
    reason: &str,
    error: Option<&RawValue>,
    has_calls: bool,
) -> Result<FinishReason, ProviderError> {
    Ok(match reason {
        "COMPLETE" if has_calls => FinishReason::ToolCalls,
        "COMPLETE" | "STOP_SEQUENCE" => FinishReason::Stop,
        "TOOL_CALL" => FinishReason::ToolCalls,
        "MAX_TOKENS" => FinishReason::Length,
        "ERROR_TOXIC" => FinishReason::ContentFilter,
        "TIMEOUT" => return Err(context.provider.error(ErrorKind::Timeout, "")),
        "ERROR" => {
            return Err(match error {
                Some(error) => context.reported(error),
                None => context.provider.error(ErrorKind::Unavailable, ""),
            });
        }
        other => FinishReason::Other(other.into()),
    })
}

pub(super) fn usage(usage: wire::Usage) -> Usage {
    let tokens = usage.tokens.unwrap_or_default();
    Usage {
        input: tokens.input_tokens.0,
        output: tokens.output_tokens.0,
        cache_read: usage.cached_tokens.0,
        ..Usage::default()
    }
}
