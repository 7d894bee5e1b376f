//! Writes what was said before: messages, calls, their outputs and the provider's own items, one after the other.

use std::borrow::Cow;

use toolgate_tool_types::CallId;

use super::phase;
use super::request::may_reason;
use super::wire::{Content, Input, Part as Out};
use crate::dialect::location::Location;
use crate::dialect::tool_result::Item;
use crate::dialect::{Context, call_ids, call_names, tool_result};
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, Media, Message, Opaque, Part, ProviderError, Reasoning, ToolMessage,
};

pub(super) fn encode<'a>(
    context: &Context<'_>,
    messages: &'a [Message],
    losses: &mut Losses,
) -> Result<Vec<Input<'a>>, ProviderError> {
    let mut items = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        match message {
            Message::CachePoint => {}
            Message::System { text } => items.push(said("system", text)),
            Message::User { content } => items.push(user(context, index, content, losses)?),
            Message::Assistant(message) => assistant(context, index, message, &mut items, losses),
            Message::Tool(message) => items.push(Input::Output {
                r#type: "function_call_output",
                call_id: call_id(&message.call_id),
                output: output(index, message, losses),
            }),
        }
    }
    Ok(items)
}

fn said<'a>(role: &'static str, text: &'a str) -> Input<'a> {
    Input::Message { role, content: Content::Text(text.into()), phase: None }
}

fn user<'a>(
    context: &Context<'_>,
    index: usize,
    content: &'a [Part],
    losses: &mut Losses,
) -> Result<Input<'a>, ProviderError> {
    match content {
        [] => return Ok(said("user", "")),
        [Part::Text { text }] => return Ok(said("user", text)),
        _ => {}
    }
    let mut parts = Vec::with_capacity(content.len());
    for (place, part) in content.iter().enumerate() {
        let path = format_args!("messages[{index}].content[{place}]");
        parts.push(match part {
            Part::Text { text } => Out::Text { text: (&**text).into() },
            Part::Image { media } => Out::Image { image_url: media.into(), detail: "auto" },
            Part::File { name, media: media @ Media::Inline { .. } } => {
                Out::File { filename: name, file_data: media.into() }
            }
            Part::File { name, media: Media::Url { url } } => {
                if !name.is_empty() {
                    losses.report(path, "a file at a URL has no name here");
                }
                Out::FileUrl { file_url: url }
            }
            Part::Audio { .. } => return Err(context.unsayable(path, "this API takes no audio")),
        });
    }
    Ok(Input::Message { role: "user", content: Content::Parts(parts), phase: None })
}

/// Each part is an item of its own, but that text in sequence is one message, and so is what tells its phase.
fn assistant<'a>(
    context: &Context<'_>,
    index: usize,
    message: &'a AssistantMessage,
    items: &mut Vec<Input<'a>>,
    losses: &mut Losses,
) {
    let before = items.len();
    let mut end = before;
    let own = |provider: &str| provider == context.provider.id();
    for (place, part) in message.parts.iter().enumerate() {
        let path = format_args!("messages[{index}].parts[{place}]");
        let sent = items.len();
        let is_begun = sent > before;
        match part {
            AssistantPart::Text { text } => match items.last_mut() {
                Some(Input::Message { content: Content::Text(said), phase: None, .. }) if is_begun => {
                    said.to_mut().push_str(text);
                }
                _ => items.push(said("assistant", text)),
            },
            AssistantPart::Reasoning(reasoning) if !own(&reasoning.provider) => {
                losses.report(path, "another provider's reasoning left out");
            }
            // What the provider does not want back is not lost: it is how the protocol works.
            AssistantPart::Reasoning(reasoning) => match item(reasoning) {
                // "Reasoning input items can only be provided to a reasoning or computer use model."
                Some(_) if !may_reason(context.model) => {
                    losses.report(path, "this model does not reason: what another thought is left out");
                }
                item => items.extend(item),
            },
            AssistantPart::ToolCall(call) => items.push(Input::Call {
                r#type: "function_call",
                call_id: call_id(&call.id),
                name: call_names::spelled(&call.name, path, losses),
                arguments: if call.raw_arguments.is_empty() { "{}" } else { &call.raw_arguments },
            }),
            AssistantPart::Citation(_) => losses.report(path, "citations are not sent back here"),
            AssistantPart::Native(native) if own(&native.provider) => {
                if let Some(phase) = phase::kept(&native.block) {
                    tell(items.last_mut().filter(|_| is_begun), phase);
                    continue;
                }
                match serde_json::from_str(&native.block) {
                    Ok(block) => items.push(Input::Own(block)),
                    Err(_) => losses.report(path, "a block that is no JSON left out"),
                }
            }
            AssistantPart::Native(_) => losses.report(path, "another provider's own block left out"),
        }
        if items.len() > sent && !matches!(part, AssistantPart::Reasoning(_)) {
            end = items.len();
        }
    }
    // Of an answer that was cut off while it was thought, or went on with what is not sent: "reasoning was provided without its
    // required following item".
    items.truncate(end);
}

/// Puts the phase to the message that it is of.
fn tell<'a>(said: Option<&mut Input<'a>>, told: Cow<'a, str>) {
    if let Some(Input::Message { phase, .. }) = said {
        *phase = Some(told);
    }
}

/// `FunctionCallOutputItemParam.call_id`: 64 characters at most.
fn call_id(id: &CallId) -> Cow<'_, str> {
    call_ids::spelled(id, |_| true, 64)
}

fn item(reasoning: &Reasoning) -> Option<Input<'_>> {
    match reasoning.opaque.as_ref()? {
        Opaque::Item(item) => serde_json::from_str(item).ok().map(Input::Own),
        _ => None,
    }
}

/// A result of text alone is text; one with images or files is a list.
fn output<'a>(index: usize, message: &'a ToolMessage, losses: &mut Losses) -> Content<'a> {
    let path = format_args!("messages[{index}]");
    let items = tool_result::items(message).into_iter().map(|item| item.of_pictures(&tool_result::PICTURES));
    let items: Vec<Item<'_>> = items.collect();
    let is_media = |item: &Item<'_>| matches!(item, Item::Image { .. } | Item::Pdf { .. });
    // Outputs have no error mark: the model is told in words.
    if !items.iter().any(is_media) {
        let text = tool_result::text(message, path, losses);
        return Content::Text(if message.result.is_error { format!("Error: {text}").into() } else { text });
    }
    let mark = message.result.is_error.then_some(Out::Text { text: Cow::Borrowed("Error:") });
    let parts = items.into_iter().map(|item| match item {
        Item::Image { media_type, data } => {
            Out::Image { image_url: inline(media_type, data), detail: "auto" }
        }
        Item::Pdf { data } => {
            Out::File { filename: "result.pdf", file_data: inline("application/pdf", data) }
        }
        item => Out::Text { text: item.into_text(path, losses) },
    });
    Content::Parts(mark.into_iter().chain(parts).collect())
}

fn inline<'a>(media_type: &'a str, data: &'a str) -> Location<'a> {
    Location::Inline { media_type, data }
}
