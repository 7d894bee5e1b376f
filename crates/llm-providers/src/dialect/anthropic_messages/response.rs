//! Reads a message.

use serde_json::value::RawValue;
use toolgate_tool_types::ToolCall;

use super::wire;
use crate::dialect::Context;
use crate::dialect::call_ids::CallIds;
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, ChatResponse, ErrorKind, FinishReason, Native, Opaque, ProviderError,
    Reasoning, Usage,
};

pub(crate) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let reply: wire::Reply<'_> = serde_json::from_slice(body).map_err(|error| context.malformed(&error))?;
    if let Some(error) = reply.error {
        return Err(context.reported(error));
    }
    let Some(content) = reply.content else {
        return Err(context.provider.error(ErrorKind::MalformedOutput, "expected content, found none"));
    };
    let mut losses = Losses::default();
    let mut ids = CallIds::new(context.turn);
    let mut parts = Vec::with_capacity(content.len());
    for (index, raw) in content.into_iter().enumerate() {
        let block: wire::AnswerBlock<'_> =
            serde_json::from_str(raw.get()).map_err(|error| context.malformed(&error))?;
        if block.citations.is_some_and(|citations| !matches!(citations.get(), "null" | "[]")) {
            losses.report(format_args!("content[{index}].citations"), "citations left out");
        }
        parts.extend(part(context, &mut ids, raw, &block));
    }
    Ok(ChatResponse {
        message: AssistantMessage::new(parts),
        finish: finish(&reply.stop_reason),
        usage: reply.usage.map(usage).unwrap_or_default(),
        model: (&*reply.model).into(),
        id: (&*reply.id).into(),
        lossiness: losses.into_vec(),
    })
}

fn part(
    context: &Context<'_>,
    ids: &mut CallIds,
    raw: &RawValue,
    block: &wire::AnswerBlock<'_>,
) -> Option<AssistantPart> {
    let provider = || context.provider.id();
    let reasoning = |text: &str, opaque| {
        AssistantPart::Reasoning(Reasoning { provider: provider().into(), text: text.into(), opaque })
    };
    match &*block.r#type {
        "text" if block.text.is_empty() => None,
        "text" => Some(AssistantPart::Text { text: (&*block.text).into() }),
        "thinking" => {
            let signature =
                (!block.signature.is_empty()).then(|| Opaque::Signature((&*block.signature).into()));
            Some(reasoning(&block.thinking, signature))
        }
        "redacted_thinking" => Some(reasoning("", Some(Opaque::Redacted((&*block.data).into())))),
        "tool_use" => {
            let arguments = block.input.map_or("", RawValue::get);
            Some(AssistantPart::ToolCall(ToolCall::new(ids.next(&block.id), &*block.name, arguments)))
        }
        // What the provider's own tools did, and kinds to come: kept whole, to be sent back.
        _ => Some(AssistantPart::Native(Native::new(provider(), raw.get()))),
    }
}

fn finish(reason: &str) -> FinishReason {
    match reason {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "tool_use" => FinishReason::ToolCalls,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "refusal" => FinishReason::Refusal,
        // The turn is not over and not cut off: it goes on when it is sent back.
        "pause_turn" => FinishReason::Pause,
        other => FinishReason::Other(other.into()),
    }
}

fn usage(usage: wire::Usage) -> Usage {
    let (read, written) = (usage.cache_read_input_tokens.0, usage.cache_creation_input_tokens.0);
    // The API counts only what was neither read from nor put into the cache as input.
    let input = usage.input_tokens.0.map(|fresh| {
        fresh.saturating_add(read.unwrap_or_default()).saturating_add(written.unwrap_or_default())
    });
    Usage {
        input,
        output: usage.output_tokens.0,
        cache_read: read,
        cache_write: written,
        reasoning: usage.output_tokens_details.unwrap_or_default().thinking_tokens.0,
    }
}
