//! The order in which a host takes messages: what it would refuse to read one after the other.

use std::borrow::Cow;

use super::wire::{Assistant, Content, Message, Said};
use crate::Quirk;
use crate::dialect::{Context, OPERATOR_NOTE, families};
use crate::lossiness::Losses;

/// Adds a message of the conversation, as it can stand behind those before it.
pub(super) fn push<'a>(
    context: &Context<'a>,
    index: usize,
    mut message: Message<'a>,
    messages: &mut Vec<Message<'a>>,
    losses: &mut Losses,
) {
    let provider = context.provider;
    // "all messages must have non-empty content" (Claude behind a gateway)
    let refuses = || provider.has(Quirk::NoEmptyAnswers) || families::is_claude(provider, context.model);
    if is_empty(&message) && refuses() {
        losses.report(
            format_args!("messages[{index}].parts[0]"),
            "an empty answer is not accepted and left out",
        );
        return;
    }
    let alternates = provider.has(Quirk::Alternates);
    if let Message::System { content } = &mut message {
        let is_one = || provider.has(Quirk::OneSystem) || families::is_one_system_qwen(context.model);
        let is_refused = match messages.last_mut() {
            Some(Message::System { content: before }) if is_one() => {
                let before = before.text.to_mut();
                before.push_str("\n\n");
                before.push_str(&content.text);
                return;
            }
            None | Some(Message::System { .. }) => false,
            Some(Message::User { .. }) => alternates || is_one(),
            Some(Message::Assistant(_) | Message::Tool { .. }) => {
                alternates || is_one() || provider.has(Quirk::InstructionsBeforeAnswers)
            }
        };
        if is_refused {
            losses.report(format_args!("messages[{index}]"), "instructions sent as a note in a user turn");
            message = Message::User { content: Content::Note(format!("{OPERATOR_NOTE}{}", content.text)) };
        }
    }
    match (messages.last_mut(), message) {
        (Some(Message::User { content: before }), Message::User { content }) if alternates => {
            let mut parts = std::mem::replace(before, Content::Text("")).into_parts();
            parts.extend(content.into_parts());
            *before = Content::Parts(parts);
        }
        (Some(Message::Assistant(before)), Message::Assistant(after)) if alternates => join(before, after),
        (_, message) => messages.push(message),
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
