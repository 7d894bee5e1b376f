//! Reads a chat completion.

use std::sync::Arc;

use serde_json::value::RawValue;
use toolgate_tool_types::ToolCall;

use super::wire;
use crate::dialect::Context;
use crate::dialect::call_ids::CallIds;
use crate::dialect::lenient::Text;
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, ChatResponse, ErrorKind, FinishReason, Opaque, ProviderError, Reasoning,
    Usage,
};

pub(crate) fn decode(context: &Context<'_>, body: &[u8]) -> Result<ChatResponse, ProviderError> {
    let reply: wire::Reply<'_> = serde_json::from_slice(body).map_err(|error| context.malformed(&error))?;
    let mut choices = reply.choices.unwrap_or_default().into_iter();
    let choice = choices.next();
    // Routers answer 200 and put the failure behind it into the body.
    if let Some(error) = reply.error.or(choice.as_ref().and_then(|choice| choice.error)) {
        return Err(context.reported(error));
    }
    let Some(choice) = choice else {
        return Err(context.provider.error(ErrorKind::MalformedOutput, "expected choices, found none"));
    };
    let mut losses = Losses::default();
    if choices.next().is_some() {
        losses.report("choices[1]", "only the first of several answers is read");
    }
    let mut decoder = Decoder { context, ids: CallIds::new(context.turn), parts: Vec::new(), losses };
    let refused = decoder.answer(choice.message.unwrap_or_default());
    let has_calls = decoder.parts.iter().any(|part| matches!(part, AssistantPart::ToolCall(_)));
    Ok(ChatResponse {
        finish: finish(&choice.finish_reason, has_calls, refused),
        usage: reply.usage.map(usage).unwrap_or_default(),
        model: (&*reply.model).into(),
        id: (&*reply.id).into(),
        message: AssistantMessage::new(decoder.parts),
        lossiness: decoder.losses.into_vec(),
    })
}

struct Decoder<'a> {
    context: &'a Context<'a>,
    ids: CallIds,
    parts: Vec<AssistantPart>,
    losses: Losses,
}

impl Decoder<'_> {
    /// Reads the answer; whether it is a refusal.
    fn answer(&mut self, answer: wire::Answer<'_>) -> bool {
        let text = if answer.reasoning.is_empty() { &answer.reasoning_content } else { &answer.reasoning };
        let details = answer.reasoning_details.filter(|details| details.get().len() > "[]".len());
        if !text.is_empty() || details.is_some() {
            let opaque = details.map(|details| Opaque::Details(details.get().into()));
            self.reasoning(text, opaque);
        }
        if let Some(content) = answer.content {
            self.content(content);
        }
        self.text(&answer.refusal);
        if let Some(audio) = answer.audio {
            self.text(&audio.transcript);
            if !audio.data.is_empty() {
                self.losses.report("choices[0].message.audio", "the sound left out, its transcript kept");
            }
        }
        for call in answer.tool_calls.unwrap_or_default() {
            self.call(&call.id, call.function.or(call.custom).unwrap_or_default());
        }
        if let Some(call) = answer.function_call {
            self.call("", call);
        }
        !answer.refusal.is_empty()
    }

    /// Content is text by the book, a list of parts at Mistral, and an object where a schema was demanded.
    fn content(&mut self, content: &RawValue) {
        if let Ok(text) = read::<Text<'_>>(content)
            && !text.is_empty()
        {
            return self.text(&text);
        }
        if let Ok(parts) = read::<Vec<wire::AnswerPart<'_>>>(content) {
            for part in parts {
                self.content_part(&part);
            }
        } else if content.get().starts_with('{') {
            self.text(content.get());
        }
    }

    fn content_part(&mut self, part: &wire::AnswerPart<'_>) {
        match part.thinking {
            Some(thinking) => {
                let pieces: Vec<wire::AnswerPart<'_>> = read(thinking).unwrap_or_default();
                let text: String = pieces.iter().map(|piece| &*piece.text).collect();
                self.reasoning(&text, None);
            }
            None if !part.text.is_empty() => self.text(&part.text),
            None if &*part.r#type == "text" => {}
            None => {
                let kind = crate::error::escaped(&part.r#type);
                self.losses.report("choices[0].message.content", format!("part of type \"{kind}\" left out"));
            }
        }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.parts.push(AssistantPart::Text { text: text.into() });
        }
    }

    fn reasoning(&mut self, text: &str, opaque: Option<Opaque>) {
        let provider = self.context.provider.id().into();
        self.parts.push(AssistantPart::Reasoning(Reasoning { provider, text: text.into(), opaque }));
    }

    fn call(&mut self, id: &str, called: wire::Called<'_>) {
        let arguments: Arc<str> = match called.arguments {
            None => "".into(),
            Some(raw) => read::<String>(raw).map_or_else(|_| raw.get().into(), Into::into),
        };
        let call = ToolCall::new(self.ids.next(id), &*called.name, arguments);
        self.parts.push(AssistantPart::ToolCall(call));
    }
}

fn read<'a, T: serde::Deserialize<'a>>(raw: &'a RawValue) -> Result<T, serde_json::Error> {
    serde_json::from_str(raw.get())
}

fn finish(reason: &str, has_calls: bool, refused: bool) -> FinishReason {
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

fn usage(usage: wire::Usage) -> Usage {
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
