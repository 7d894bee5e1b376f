//! Reads a `generateContent` response.

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
    let blocked = reply.prompt_feedback.is_some_and(|feedback| !feedback.block_reason.is_empty());
    let mut candidates = reply.candidates.unwrap_or_default().into_iter();
    let mut losses = Losses::default();
    let (parts, finish) = match candidates.next() {
        Some(candidate) => read_candidate(context, candidate)?,
        None if blocked => (Vec::new(), FinishReason::ContentFilter),
        None => {
            return Err(context
                .provider
                .error(ErrorKind::MalformedOutput, "expected candidates, found none"));
        }
    };
    if candidates.next().is_some() {
        losses.report("candidates[1]", "only the first of several answers is read");
    }
    Ok(ChatResponse {
        message: AssistantMessage::new(parts),
        finish,
        usage: reply.usage_metadata.map(usage).unwrap_or_default(),
        model: (&*reply.model_version).into(),
        id: (&*reply.response_id).into(),
        lossiness: losses.into_vec(),
    })
}

fn read_candidate(
    context: &Context<'_>,
    candidate: wire::Candidate<'_>,
) -> Result<(Vec<AssistantPart>, FinishReason), ProviderError> {
    let mut ids = CallIds::new(context.turn);
    let mut parts = Vec::new();
    for raw in candidate.content.unwrap_or_default().parts.unwrap_or_default() {
        read_part(context, &mut ids, raw, &mut parts).map_err(|error| context.malformed(&error))?;
    }
    let has_calls = parts.iter().any(|part| matches!(part, AssistantPart::ToolCall(_)));
    let finish = match &*candidate.finish_reason {
        // Some client libraries write the enum's number.
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
        | "MODEL_ARMOR" => FinishReason::ContentFilter,
        reason @ ("MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE"
        | "MALFORMED_RESPONSE") => {
            let error = context.provider.error(ErrorKind::MalformedOutput, &*candidate.finish_message);
            return Err(error.with_code(Some(reason)));
        }
        other => FinishReason::Other(other.into()),
    };
    Ok((parts, finish))
}

fn read_part(
    context: &Context<'_>,
    ids: &mut CallIds,
    raw: &RawValue,
    parts: &mut Vec<AssistantPart>,
) -> Result<(), serde_json::Error> {
    let part: wire::AnswerPart<'_> = serde_json::from_str(raw.get())?;
    let provider = || context.provider.id();
    let signature =
        (!part.thought_signature.is_empty()).then(|| Opaque::Signature((&*part.thought_signature).into()));
    let reasoning = |text: &str, opaque| {
        AssistantPart::Reasoning(Reasoning { provider: provider().into(), text: text.into(), opaque })
    };
    match (part.function_call, part.text) {
        (Some(called), _) => {
            parts.extend(signature.map(|signature| reasoning("", Some(signature))));
            let arguments = called.args.map_or("{}", RawValue::get);
            let name = context.tools.own_name(&called.name);
            parts.push(AssistantPart::ToolCall(ToolCall::new(ids.next(&called.id), name, arguments)));
        }
        (None, Some(text)) if part.thought == Some(true) => parts.push(reasoning(&text, signature)),
        (None, Some(text)) => {
            parts.extend(signature.map(|signature| reasoning("", Some(signature))));
            if !text.is_empty() {
                parts.push(AssistantPart::Text { text: (&*text).into() });
            }
        }
        // Code that the provider ran, images, searches: kept whole, to be sent back.
        (None, None) => parts.push(AssistantPart::Native(Native::new(provider(), raw.get()))),
    }
    Ok(())
}

fn usage(usage: wire::Usage) -> Usage {
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
    }
}
