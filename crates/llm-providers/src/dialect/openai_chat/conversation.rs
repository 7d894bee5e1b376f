//! Writes the conversation of a chat completion: its messages, in the order that a host takes.

use std::borrow::Cow;
use std::fmt::Display;

use toolgate_tool_types::{CallId, ToolCall};

use super::thoughts::{self, Thought};
use super::{order, wire};
use crate::dialect::{
    Context, arguments, cache_marks, call_ids, call_names, families, lettered, tool_result,
};
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, ChatRequest, Media, Message, Part, ProviderError, Quirk, Reasoning,
    ReasoningEffort,
};

pub(super) fn encode<'a>(
    context: &Context<'a>,
    request: &'a ChatRequest,
    losses: &mut Losses,
) -> Result<Vec<wire::Message<'a>>, ProviderError> {
    // From one that does not think, no thoughts of calls are demanded.
    let is_told_not_to = request.options.reasoning_effort == Some(ReasoningEffort::None);
    let is_blank = thoughts::are_demanded(context) && !is_told_not_to;
    let mut messages = Vec::with_capacity(request.messages.len());
    let marks = match has_marks(context) {
        true => cache_marks::kept(&request.messages),
        false => Vec::new(),
    };
    for (index, message) in request.messages.iter().enumerate() {
        if marks.contains(&index) {
            // Or what stands before it: an answer has no mark.
            messages.iter_mut().rev().any(wire::Message::mark);
            continue;
        }
        let Some(mut message) = encode_message(context, index, message, losses)? else { continue };
        // What it answers to results is of the same turn as the calls.
        let is_of_calls = matches!(messages.last(), Some(wire::Message::Tool { .. }));
        if is_blank {
            message.fill_thought(is_of_calls);
        }
        order::push(context, index, message, &mut messages, losses);
    }
    Ok(messages)
}

/// Whether marks for caches are sent.
fn has_marks(context: &Context<'_>) -> bool {
    let has = |quirk| context.provider.has(quirk);
    has(Quirk::CacheMarks)
        || (has(Quirk::ClaudeCacheMarks) && families::is_claude(context.provider, context.model))
}

fn encode_message<'a>(
    context: &Context<'a>,
    index: usize,
    message: &'a Message,
    losses: &mut Losses,
) -> Result<Option<wire::Message<'a>>, ProviderError> {
    Ok(Some(match message {
        Message::CachePoint => return Ok(None),
        Message::System { text } => wire::Message::System { content: Cow::Borrowed(&**text).into() },
        Message::User { content } => wire::Message::User { content: encode_user(context, index, content)? },
        Message::Assistant(message) => {
            wire::Message::Assistant(encode_assistant(context, index, message, losses))
        }
        Message::Tool(message) => {
            let text = tool_result::text(message, format_args!("messages[{index}]"), losses);
            // The tool role has no error mark: the model is told in words.
            let content = if message.result.is_error { format!("Error: {text}").into() } else { text };
            wire::Message::Tool { tool_call_id: call_id(context, &message.call_id), content: content.into() }
        }
    }))
}

fn encode_user<'a>(
    context: &Context<'a>,
    index: usize,
    content: &'a [Part],
) -> Result<wire::Content<'a>, ProviderError> {
    match content {
        [] => return Ok(wire::Content::Text("")),
        [Part::Text { text }] => return Ok(wire::Content::Text(text)),
        _ => {}
    }
    let chunks = context.provider.has(Quirk::ContentChunks);
    let mut parts = Vec::with_capacity(content.len());
    for (place, part) in content.iter().enumerate() {
        let refused = match part {
            Part::File { .. } => context.provider.has(Quirk::NoFiles),
            Part::Audio { .. } => context.provider.has(Quirk::NoAudio),
            _ => false,
        };
        if refused {
            let path = format_args!("messages[{index}].content[{place}]");
            return Err(context.unsayable(path, "this provider does not take it"));
        }
        parts.push(match part {
            Part::Text { text } => wire::Part::Text { text },
            Part::Image { media } => wire::Part::ImageUrl { image_url: wire::ImageUrl { url: media.into() } },
            Part::File { name, media } if chunks => {
                wire::Part::DocumentUrl { document_url: media.into(), document_name: name }
            }
            Part::Audio { media: Media::Inline { data, .. } | Media::Url { url: data } } if chunks => {
                wire::Part::Sound { input_audio: data }
            }
            Part::File { name, media: media @ Media::Inline { .. } } => {
                wire::Part::File { file: wire::File { filename: name, file_data: media.into() } }
            }
            Part::Audio { media: Media::Inline { media_type, data } } => {
                let format = audio_format(media_type);
                wire::Part::InputAudio { input_audio: wire::Audio { data, format } }
            }
            Part::File { .. } | Part::Audio { .. } => {
                let path = format_args!("messages[{index}].content[{place}]");
                return Err(
                    context.unsayable(path, "chat completions take files and audio inline, not by URL")
                );
            }
        });
    }
    Ok(wire::Content::Parts(parts))
}

/// A recording's format in the two words that most hosts know, `wav` and `mp3`, or in its own.
fn audio_format(media_type: &str) -> &str {
    let plain = media_type.split(';').next().unwrap_or(media_type).trim_end();
    match plain.strip_prefix("audio/").unwrap_or(plain) {
        "wave" | "x-wav" | "x-wave" | "vnd.wave" => "wav",
        "mpeg" | "mpeg3" | "x-mpeg" | "x-mp3" => "mp3",
        format => format,
    }
}

fn encode_assistant<'a>(
    context: &Context<'a>,
    index: usize,
    message: &'a AssistantMessage,
    losses: &mut Losses,
) -> wire::Assistant<'a> {
    let (mut text, mut thought, mut tool_calls) = (None, Thought::default(), Vec::new());
    for (place, part) in message.parts.iter().enumerate() {
        let path = format_args!("messages[{index}].parts[{place}]");
        match part {
            AssistantPart::Text { text: more } => thoughts::append(&mut text, more),
            AssistantPart::Reasoning(reasoning) if &*reasoning.provider != context.provider.id() => {
                losses.report(path, "another provider's reasoning left out");
            }
            // "Reasoning input is not enabled for this model" (Mistral): what one thought, another may not take.
            AssistantPart::Reasoning(Reasoning { model: Some(model), .. })
                if context.provider.has(Quirk::ContentChunks) && **model != *context.model =>
            {
                losses.report(path, "reasoning of another model left out");
            }
            AssistantPart::Reasoning(reasoning) => thought.add(context, reasoning),
            AssistantPart::ToolCall(call) => {
                if tool_calls.is_empty() {
                    thoughts::mark(context, &mut thought, &call_id(context, &call.id), path, losses);
                }
                tool_calls.push(encode_call(context, call, thought.signature.take(), path, losses));
            }
            AssistantPart::Citation(_) => losses.report(path, "citations are not sent back here"),
            AssistantPart::Native(_) => losses.report(path, "another provider's own block left out"),
        }
    }
    let is_last = index + 1 == context.turn;
    // "text content blocks must be non-empty" (Claude behind a gateway), of one that calls.
    let text = text.filter(|text| !text.is_empty() || tool_calls.is_empty());
    let text = text.or_else(|| tool_calls.is_empty().then(Cow::default));
    let (extra_content, thought_signature) = thoughts::signed(context, thought.signature);
    wire::Assistant {
        prefix: is_last && tool_calls.is_empty() && context.provider.has(Quirk::Prefix),
        content: match thought.chunk {
            Some(chunk) => Some(wire::Said::Chunks(
                std::iter::once(chunk).chain(text.map(|text| wire::Chunk::Text { text })).collect(),
            )),
            None => text.map(wire::Said::Text).or_else(|| unsaid(context)),
        },
        reasoning_content: thought.text,
        reasoning: thought.reasoning,
        reasoning_details: thought.details,
        reasoning_text: thought.readable,
        reasoning_opaque: thought.encrypted,
        tool_calls,
        extra_content,
        thought_signature,
    }
}

fn encode_call<'a>(
    context: &Context<'a>,
    call: &'a ToolCall,
    signature: Option<&'a str>,
    path: impl Display + Copy,
    losses: &mut Losses,
) -> wire::CallOut<'a> {
    let arguments = match context.provider.has(Quirk::AnyArguments) {
        true => arguments::as_written(call),
        false => arguments::text(call, path, losses),
    };
    let (extra_content, thought_signature) = thoughts::signed(context, signature);
    wire::CallOut {
        id: call_id(context, &call.id),
        r#type: "function",
        function: wire::FunctionOut { name: call_name(context, &call.name, path, losses), arguments },
        extra_content,
        thought_signature,
    }
}

/// What stands for the text of an answer that calls alone.
fn unsaid<'a>(context: &Context<'_>) -> Option<wire::Said<'a>> {
    match context.provider {
        provider if provider.has(Quirk::NoNullContent) => None,
        // Alibaba behind a gateway.
        provider if provider.has(Quirk::ReasoningDetails) && families::is_qwen(context.model) => {
            Some(wire::Said::Text(Cow::Borrowed("")))
        }
        _ => Some(wire::Said::Nothing),
    }
}

/// The name that the provider knows the tool by, or one that it accepts.
fn call_name<'a>(
    context: &Context<'a>,
    name: &'a str,
    path: impl Display,
    losses: &mut Losses,
) -> Cow<'a, str> {
    let name = call_names::spelled(context.tools.alias(name), path, losses);
    if context.provider.has(Quirk::LetterFirst) { lettered::of_call(name) } else { name }
}

/// The id as the provider accepts it, where another one may have made it.
fn call_id<'a>(context: &Context<'a>, id: &'a CallId) -> Cow<'a, str> {
    if context.provider.has(Quirk::NineCharacterCallIds) {
        return call_ids::nine(id);
    }
    let is_short = families::has_azures(context.provider, context.model, Quirk::ShortCallIds);
    let longest = if is_short { 40 } else { usize::MAX };
    call_ids::spelled(id, |_| true, longest)
}
