//! The order in which a host takes messages: what it would refuse to read one after the other.

use std::borrow::Cow;

use super::wire::{Assistant, Content, Message, Part, Said};
use crate::dialect::{Context, OPERATOR_NOTE, families};
use crate::lossiness::Losses;
use crate::{Provider, Quirk};

/// Adds a message of the conversation, as it can stand behind those before it.
pub(super) fn push<'a>(
    context: &Context<'a>,
    index: usize,
    mut message: Message<'a>,
    messages: &mut Vec<Message<'a>>,
    losses: &mut Losses,
) {
    let provider = context.provider;
    let is_mistral = families::is_mistral_elsewhere(provider, context.model);
    // "all messages must have non-empty content" (Claude behind a gateway), "Assistant message must have either content or tool_calls"
    let refuses =
        || is_mistral || provider.has(Quirk::NoEmptyAnswers) || families::is_claude(provider, context.model);
    if is_empty(&message) && refuses() {
        losses.report(
            format_args!("messages[{index}].parts[0]"),
            "an empty answer is not accepted and left out",
        );
        return;
    }
    let alternates = is_mistral || provider.has(Quirk::Alternates);
    if let Message::System { content } = &mut message {
        let is_one =
            is_mistral || provider.has(Quirk::OneSystem) || families::is_one_system_qwen(context.model);
        if let (true, Some(Message::System { content: before })) = (is_one, messages.last_mut()) {
            let before = before.text.to_mut();
            before.push_str("\n\n");
            before.push_str(&content.text);
            return;
        }
        if are_refused(provider, messages.last(), alternates || is_one) {
            losses.report(format_args!("messages[{index}]"), "instructions sent as a note in a user turn");
            message = Message::User { content: Content::Note(format!("{OPERATOR_NOTE}{}", content.text)) };
        }
    }
    if is_mistral && matches!((messages.last(), &message), (Some(Message::Tool { .. }), Message::User { .. }))
    {
        let what =
            "a full stop of the model's added before it: it takes results apart from what is said next";
        losses.report(format_args!("messages[{index}]"), what);
        messages.push(Message::Assistant(full_stop()));
    }
    match (messages.last_mut(), message) {
        (Some(Message::User { content: before }), Message::User { content }) if alternates => {
            let first = std::mem::replace(before, Content::Text(""));
            *before = both(first, content, is_mistral);
        }
        (Some(Message::Assistant(before)), Message::Assistant(after)) if alternates => join(before, after),
        (_, message) => messages.push(message),
    }
}

/// Whether instructions cannot stand behind a message.
fn are_refused(provider: &Provider, last: Option<&Message<'_>>, are_first: bool) -> bool {
    match last {
        None | Some(Message::System { .. }) => false,
        Some(Message::User { .. }) => are_first,
        Some(Message::Assistant(_) | Message::Tool { .. }) => {
            are_first || provider.has(Quirk::InstructionsBeforeAnswers)
        }
    }
}

/// What the user says in two turns, in one: texts as a text, if that is all an older template reads.
fn both<'a>(first: Content<'a>, second: Content<'a>, is_text: bool) -> Content<'a> {
    if let (true, Some(one), Some(other)) = (is_text, text(&first), text(&second)) {
        return Content::Note(format!("{one}\n\n{other}"));
    }
    let mut parts = first.into_parts();
    parts.extend(second.into_parts());
    Content::Parts(parts)
}

/// All of it, where it is one text.
fn text<'c>(content: &'c Content<'_>) -> Option<&'c str> {
    match content {
        Content::Text(text) => Some(text),
        Content::Note(text) => Some(text),
        Content::Parts(parts) => match parts.as_slice() {
            [Part::Text { text }] => Some(text),
            [Part::Note { text }] => Some(text),
            _ => None,
        },
    }
}

fn full_stop<'a>() -> Assistant<'a> {
    Assistant {
        content: Some(Said::Text(Cow::Borrowed("."))),
        prefix: false,
        reasoning_content: None,
        reasoning: None,
        reasoning_details: None,
        reasoning_text: None,
        reasoning_opaque: None,
        tool_calls: Vec::new(),
        extra_content: None,
        thought_signature: None,
    }
}

fn is_empty(message: &Message<'_>) -> bool {
    let Message::Assistant(Assistant { content, tool_calls, .. }) = message else { return false };
    let says_nothing = match content {
        None | Some(Said::Nothing) => true,
        Some(Said::Text(text)) => text.is_empty(),
        Some(Said::Chunks(chunks)) => chunks.is_empty(),
    };
    says_nothing && tool_calls.is_empty()
}

/// Two answers in a row as one.
fn join<'a>(before: &mut Assistant<'a>, after: Assistant<'a>) {
    before.content = match (before.content.take(), after.content) {
        (Some(Said::Text(text)), Some(Said::Text(more))) if !text.is_empty() && !more.is_empty() => {
            Some(Said::Text(Cow::Owned(format!("{text}\n\n{more}"))))
        }
        (Some(Said::Nothing), more) => more,
        (Some(Said::Text(text)), more) if text.is_empty() => more,
        (said, more) => said.or(more),
    };
    before.tool_calls.extend(after.tool_calls);
    before.prefix |= after.prefix;
}
