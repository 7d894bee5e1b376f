//! A conversation as one prompt. A single question stands as it is; anything more becomes a transcript, which is said.

use std::fmt::Write as _;

use crate::dialect::{Context, OPERATOR_NOTE, tool_result};
use crate::lossiness::Losses;
use crate::{AssistantMessage, AssistantPart, Media, Message, Part, ProviderError};

/// What a prediction is made of.
#[derive(Default)]
pub(super) struct Transcript<'a> {
    /// The instructions before the first turn.
    pub(super) system: Option<String>,
    pub(super) prompt: String,
    pub(super) images: Vec<&'a Media>,
}

impl<'a> Transcript<'a> {
    pub(super) fn of(
        context: &Context<'_>,
        messages: &'a [Message],
        losses: &mut Losses,
    ) -> Result<Self, ProviderError> {
        let mut all = Self::default();
        let turns =
            messages.iter().enumerate().filter(|(_, message)| !matches!(message, Message::CachePoint));
        let mut turns: Vec<(usize, &Message)> = turns.collect();
        let first = turns.iter().position(|(_, message)| !matches!(message, Message::System { .. }));
        for (_, message) in turns.drain(..first.unwrap_or(turns.len())) {
            if let Message::System { text } = message {
                append(all.system.get_or_insert_default(), "\n", text);
            }
        }
        if let [(index, Message::User { content })] = &*turns {
            all.prompt = all.said(context, *index, content, losses)?;
            return Ok(all);
        }
        if !turns.is_empty() {
            losses.report("messages", "a conversation of several turns is told as one text");
        }
        for (index, message) in &turns {
            let turn = all.turn(context, *index, message, losses)?;
            append(&mut all.prompt, "\n\n", &turn);
        }
        if turns.last().is_some_and(|(_, message)| !matches!(message, Message::Assistant(_))) {
            all.prompt.push_str("\n\nAssistant:");
        }
        Ok(all)
    }

    fn turn(
        &mut self,
        context: &Context<'_>,
        index: usize,
        message: &'a Message,
        losses: &mut Losses,
    ) -> Result<String, ProviderError> {
        Ok(match message {
            Message::CachePoint => String::new(),
            Message::System { text } => format!("User: {OPERATOR_NOTE}{text}"),
            Message::User { content } => format!("User: {}", self.said(context, index, content, losses)?),
            Message::Assistant(message) => answer(index, message, losses),
            Message::Tool(message) => {
                let text = tool_result::text(message, format_args!("messages[{index}]"), losses);
                let mark = if message.result.is_error { "Error: " } else { "" };
                format!("Result of {}: {mark}{text}", message.name)
            }
        })
    }

    /// The text of a message; its images are shown beside the prompt.
    fn said(
        &mut self,
        context: &Context<'_>,
        index: usize,
        parts: &'a [Part],
        losses: &mut Losses,
    ) -> Result<String, ProviderError> {
        let mut text = String::new();
        let before = self.images.len();
        for (place, part) in parts.iter().enumerate() {
            let path = format_args!("messages[{index}].content[{place}]");
            match part {
                Part::Text { text: more } => {
                    if self.images.len() > before {
                        losses.report(path, "an image before text is shown beside it");
                    }
                    append(&mut text, "\n", more);
                }
                Part::Image { media } => self.images.push(media),
                Part::Audio { .. } | Part::File { .. } => {
                    return Err(context.unsayable(path, "this API takes text and images only"));
                }
            }
        }
        Ok(text)
    }
}

fn answer(index: usize, message: &AssistantMessage, losses: &mut Losses) -> String {
    let mut all = String::from("Assistant:");
    for (place, part) in message.parts.iter().enumerate() {
        let path = format_args!("messages[{index}].parts[{place}]");
        match part {
            AssistantPart::Text { text } => append(&mut all, " ", text),
            AssistantPart::ToolCall(call) => {
                let arguments = if call.raw_arguments.is_empty() { "{}" } else { &call.raw_arguments };
                // Writing to a text does not fail.
                let _ = write!(all, "\n[calls {} with {arguments}]", call.name);
            }
            AssistantPart::Reasoning(_) => losses.report(path, "reasoning is not sent back here"),
            AssistantPart::Citation(_) => losses.report(path, "citations are not sent back here"),
            AssistantPart::Native(_) => losses.report(path, "another provider's own block left out"),
        }
    }
    all
}

fn append(text: &mut String, between: &str, more: &str) {
    if !text.is_empty() {
        text.push_str(between);
    }
    text.push_str(more);
}
