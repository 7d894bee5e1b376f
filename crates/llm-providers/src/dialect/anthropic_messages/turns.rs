//! Writes the conversation: instructions apart, and turns of which two in sequence are never of one role.

use std::borrow::Cow;
use std::fmt::Display;

use toolgate_tool_types::CallId;

use super::documents;
use super::wire::{self, Block, Role};
use crate::dialect::tool_result::{FAILED, Item};
use crate::dialect::{Context, OPERATOR_NOTE, arguments, cache_marks, call_ids, call_names, tool_result};
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, Citation, Media, Message, Opaque, Part, ProviderError, Quirk, Reasoning,
    ToolMessage,
};

/// What was said.
pub(super) struct Said<'a> {
    pub(super) system: Vec<Block<'a>>,
    pub(super) messages: Vec<wire::Turn<'a>>,
}

/// Instructions and turns; a cloud that hosts the models (`is_hosted`) takes less.
pub(super) fn said<'a>(
    context: &Context<'_>,
    messages: &'a [Message],
    is_hosted: bool,
    losses: &mut Losses,
) -> Result<Said<'a>, ProviderError> {
    let (marks, ids) = (cache_marks::kept(messages), call_ids::Distinct::new(wire_id));
    let mut turns = Turns { context, losses, is_hosted, marks, ids, system: Vec::new(), turns: Vec::new() };
    for (index, message) in messages.iter().enumerate() {
        turns.message(index, message)?;
    }
    turns.follow_thoughts();
    turns.trim_prefill();
    Ok(Said { system: turns.system, messages: turns.turns })
}

/// Collects the turns; messages of one role in sequence become one turn.
struct Turns<'a, 'b> {
    context: &'b Context<'b>,
    losses: &'b mut Losses,
    /// By a cloud, which reads no URLs ("Vision" and "PDF support": base64 only on Bedrock and Vertex AI).
    is_hosted: bool,
    /// Of the messages that are marks, those that are sent.
    marks: Vec<usize>,
    ids: call_ids::Distinct<'a>,
    system: Vec<Block<'a>>,
    turns: Vec<wire::Turn<'a>>,
}

impl<'a> Turns<'a, '_> {
    fn message(&mut self, index: usize, message: &'a Message) -> Result<(), ProviderError> {
        match message {
            Message::System { text } => self.instructions(index, text),
            Message::User { content } => {
                for (place, part) in content.iter().enumerate() {
                    self.user_part(format_args!("messages[{index}].content[{place}]"), part)?;
                }
            }
            Message::Assistant(message) => self.assistant(index, message),
            Message::Tool(message) => self.tool(index, message),
            Message::CachePoint if self.marks.contains(&index) => self.cache_point(index),
            Message::CachePoint => {}
        }
        Ok(())
    }

    /// Instructions at the start stand beside the conversation; later ones only the user's role can carry.
    fn instructions(&mut self, index: usize, text: &'a str) {
        if text.trim().is_empty() {
            return;
        }
        if self.turns.is_empty() {
            self.system.push(plain(Cow::Borrowed(text)));
            return;
        }
        self.losses.report(format_args!("messages[{index}]"), "instructions sent as a note in a user turn");
        self.push(Role::User, plain(format!("{OPERATOR_NOTE}{text}").into()));
    }

    fn user_part(&mut self, path: impl Display, part: &'a Part) -> Result<(), ProviderError> {
        let block = match part {
            Part::Image { media: Media::Url { .. } } | Part::File { media: Media::Url { .. }, .. }
                if self.is_hosted =>
            {
                return Err(self.context.unsayable(path, "this cloud reads no URLs; send the bytes"));
            }
            Part::Text { text } => {
                self.text(Role::User, path, text);
                return Ok(());
            }
            Part::Image { media } => Block::Image { source: source(media), cache_control: None },
            Part::Audio { .. } => return Err(self.context.unsayable(path, "this API takes no audio")),
            Part::File { name, media } => {
                let source = documents::source(media).map_err(|why| self.context.unsayable(path, why))?;
                let title = Some(&**name).filter(|name| !name.is_empty());
                Block::Document { source, title, cache_control: None }
            }
        };
        self.push(Role::User, block);
        Ok(())
    }

    fn assistant(&mut self, index: usize, message: &'a AssistantMessage) {
        for (place, part) in message.parts.iter().enumerate() {
            let path = format_args!("messages[{index}].parts[{place}]");
            let own = |provider: &str| provider == self.context.provider.id();
            match part {
                AssistantPart::Text { text } => self.text(Role::Assistant, path, text),
                AssistantPart::ToolCall(call) => {
                    let name = call_names::spelled(&call.name, path, self.losses);
                    let input = arguments::object(call, path, self.losses);
                    let id = self.ids.call(&call.id);
                    self.push(Role::Assistant, Block::ToolUse { id, name, input, cache_control: None });
                }
                AssistantPart::Reasoning(reasoning) => match self.thinking(reasoning) {
                    Some(block) if own(&reasoning.provider) => self.push(Role::Assistant, block),
                    _ => self.losses.report(path, "reasoning that this provider did not sign left out"),
                },
                AssistantPart::Citation(citation) => self.citation(path, citation),
                AssistantPart::Native(native) => match serde_json::from_str(&native.block) {
                    Ok(block) if own(&native.provider) => self.push(Role::Assistant, Block::Native(block)),
                    _ => self.losses.report(path, "another provider's own block left out"),
                },
            }
        }
    }

    fn thinking(&self, reasoning: &'a Reasoning) -> Option<Block<'a>> {
        let thinking = &*reasoning.text;
        match &reasoning.opaque {
            Some(Opaque::Signature(signature)) => Some(Block::Thinking { thinking, signature }),
            Some(Opaque::Redacted(data)) => Some(Block::RedactedThinking { data }),
            None if self.context.provider.has(Quirk::UnsignedThinking) && !thinking.is_empty() => {
                Some(Block::Thinking { thinking, signature: "" })
            }
            None | Some(Opaque::Details(_) | Opaque::Item(_)) => None,
        }
    }

    fn tool(&mut self, index: usize, message: &'a ToolMessage) {
        let path = format_args!("messages[{index}]");
        let mut is_error = message.result.is_error;
        let mut content: Vec<Block<'_>> = tool_result::items(message)
            .into_iter()
            .map(|item| match item.of_pictures(&tool_result::PICTURES) {
                Item::Image { media_type, data } => {
                    Block::Image { source: wire::Source::Base64 { media_type, data }, cache_control: None }
                }
                Item::Pdf { data } => Block::Document {
                    source: wire::Source::Base64 { media_type: "application/pdf", data },
                    title: None,
                    cache_control: None,
                },
                item => plain(item.into_text(path, self.losses)),
            })
            // A blank text block is refused, and says nothing.
            .filter(|block| !matches!(block, Block::Text { text, .. } if text.trim().is_empty()))
            .collect();
        if is_error && content.is_empty() {
            // "content cannot be empty if `is_error` is true".
            content.push(plain(tool_result::silence(message).into()));
        }
        if is_error && content.iter().any(|block| !matches!(block, Block::Text { .. })) {
            // "all content must be type `text` if `is_error` is true": without the mark, the model is told in words.
            content.insert(0, plain(FAILED.into()));
            is_error = false;
        }
        let block = Block::ToolResult {
            tool_use_id: self.ids.result(&message.call_id),
            content,
            is_error,
            cache_control: None,
        };
        self.push(Role::User, block);
    }

    fn text(&mut self, role: Role, path: impl Display, text: &'a str) {
        match text.trim().is_empty() {
            true => self.losses.report(path, "blank text is not accepted and left out"),
            false => self.push(role, plain(Cow::Borrowed(text))),
        }
    }

    /// Citations go back on the text that they are of.
    fn citation(&mut self, path: impl Display, citation: &'a Citation) {
        let native = serde_json::from_str(&citation.native);
        match (self.turns.last_mut().and_then(|turn| turn.content.last_mut()), native) {
            (Some(Block::Text { citations, .. }), Ok(native))
                if &*citation.provider == self.context.provider.id() =>
            {
                citations.push(native);
            }
            _ => self.losses.report(path, "a citation that this provider did not give left out"),
        }
    }

    /// The mark stands on the block before it.
    fn cache_point(&mut self, index: usize) {
        let blocks = match self.turns.last_mut() {
            Some(turn) => &mut turn.content,
            None => &mut self.system,
        };
        match blocks.last_mut() {
            Some(
                Block::Text { cache_control, .. }
                | Block::Image { cache_control, .. }
                | Block::Document { cache_control, .. }
                | Block::ToolUse { cache_control, .. }
                | Block::ToolResult { cache_control, .. },
            ) => *cache_control = Some(wire::CacheControl::Ephemeral),
            _ => self.losses.report(format_args!("messages[{index}]"), "nothing before it can be cached"),
        }
    }

    fn push(&mut self, role: Role, block: Block<'a>) {
        match self.turns.last_mut() {
            Some(turn) if turn.role == role => turn.content.push(block),
            _ => self.turns.push(wire::Turn { role, content: vec![block] }),
        }
    }

    /// "The final block in an assistant message cannot be `thinking`": of an answer that came to nothing else.
    fn follow_thoughts(&mut self) {
        if self.context.provider.has(Quirk::UnsignedThinking) {
            return;
        }
        for turn in self.turns.iter_mut().filter(|turn| turn.role == Role::Assistant) {
            if let Some(Block::Thinking { .. } | Block::RedactedThinking { .. }) = turn.content.last() {
                turn.content.push(plain(Cow::Borrowed(".")));
                self.losses.report("messages", "a full stop added: the API wants something behind a thought");
            }
        }
    }

    /// An answer that the model is to continue must not end in white space.
    fn trim_prefill(&mut self) {
        if let Some(wire::Turn { role: Role::Assistant, content }) = self.turns.last_mut()
            && let Some(Block::Text { text, .. }) = content.last_mut()
            && text.trim_end().len() < text.len()
        {
            *text = text.trim_end().to_owned().into();
            self.losses.report("messages", "white space at the end of the last answer left out");
        }
    }
}

fn plain(text: Cow<'_, str>) -> Block<'_> {
    Block::Text { text, citations: Vec::new(), cache_control: None }
}

fn source(media: &Media) -> wire::Source<'_> {
    match media {
        Media::Inline { media_type, data } => wire::Source::Base64 { media_type, data },
        Media::Url { url } => wire::Source::Url { url },
    }
}

/// Ids are made of `[A-Za-z0-9_-]` here.
fn wire_id(id: &CallId) -> Cow<'_, str> {
    call_ids::spelled(id, |c| c.is_ascii_alphanumeric() || c == '_' || c == '-', usize::MAX)
}
