//! The conversation as turns of blocks. Messages of one role in sequence are one turn.

use std::borrow::Cow;
use std::fmt::Display;

use super::documents::Names;
use super::family::{self, Family};
use super::wire::{self, Block, Role, Source, Turn};
use super::{apart, media};
use crate::dialect::tool_result::{FAILED, Item};
use crate::dialect::{Context, OPERATOR_NOTE, arguments, cache_marks, call_ids, call_names, tool_result};
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, Citation, Message, Opaque, Part, ProviderError, Reasoning, ToolMessage,
};

/// Collects the turns.
pub(super) struct Turns<'a, 'b> {
    context: &'b Context<'b>,
    losses: &'b mut Losses,
    documents: Names,
    /// Of the messages that are marks, those that are sent.
    marks: Vec<usize>,
    ids: call_ids::Distinct<'a>,
    system: Vec<Block<'a>>,
    turns: Vec<Turn<'a>>,
}

impl<'a, 'b> Turns<'a, 'b> {
    /// The instructions at the start, and the turns.
    pub(super) fn of(
        context: &'b Context<'b>,
        messages: &'a [Message],
        losses: &'b mut Losses,
    ) -> Result<(Vec<Block<'a>>, Vec<Turn<'a>>), ProviderError> {
        let documents = Names::default();
        let marks = if family::caches(context.model) { cache_marks::kept(messages) } else { Vec::new() };
        let ids = call_ids::Distinct::new(|id| call_ids::spelled(id, is_id_character, MAX_ID));
        let mut turns =
            Self { context, losses, documents, marks, ids, system: Vec::new(), turns: Vec::new() };
        for (index, message) in messages.iter().enumerate() {
            turns.message(index, message)?;
        }
        if turns.turns.is_empty() {
            let what = "expected at least one with content besides instructions";
            return Err(context.unsayable("messages", what));
        }
        turns.begin_with_user();
        apart::set(Family::of(context.model).beside_results(), &mut turns.turns, turns.losses);
        turns.accompany_documents();
        turns.follow_thoughts();
        turns.trim_prefill();
        Ok((turns.system, turns.turns))
    }

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
            self.system.push(Block::Text(Cow::Borrowed(text)));
            return;
        }
        self.losses.report(format_args!("messages[{index}]"), "instructions sent as a note in a user turn");
        self.push(Role::User, Block::Text(format!("{OPERATOR_NOTE}{text}").into()));
    }

    fn user_part(&mut self, path: impl Display, part: &'a Part) -> Result<(), ProviderError> {
        let read = match part {
            Part::Text { text } => {
                self.text(Role::User, path, text);
                return Ok(());
            }
            Part::Image { media } => media::image(media).map(Block::Image),
            Part::Audio { media } => media::audio(media).map(Block::Audio),
            Part::File { name, media } => media::document(media).map(|file| {
                let (name, differs) = self.documents.next(name);
                if differs {
                    self.losses.report(&path, format!("the document is called \"{name}\""));
                }
                Block::Document(wire::Document { name, format: Some(file.format), source: file.source })
            }),
        };
        let block = read.map_err(|what| self.context.unsayable(path, &what))?;
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
                    let tool_use_id = self.ids.call(&call.id);
                    self.push(Role::Assistant, Block::ToolUse { tool_use_id, name, input });
                }
                AssistantPart::Reasoning(reasoning) => match signed(reasoning) {
                    Some(block) if own(&reasoning.provider) => {
                        match family::reads_thoughts(self.context.model, reasoning.model.as_deref()) {
                            true => self.push(Role::Assistant, Block::ReasoningContent(block)),
                            false => self.losses.report(path, "reasoning of another model left out"),
                        }
                    }
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

    fn tool(&mut self, index: usize, message: &'a ToolMessage) {
        let path = format_args!("messages[{index}]");
        let family = Family::of(self.context.model);
        let shown = family.shown();
        let pictures = if shown.pictures { &tool_result::PICTURES[..] } else { &[] };
        let mut content = Vec::new();
        for item in tool_result::items(message) {
            content.push(match item.of_pictures(pictures) {
                Item::Image { media_type, data } => match media::image_format(media_type) {
                    Some(format) => Block::Image(wire::Media { format, source: Source::Bytes(data) }),
                    None => Block::Text(Item::Image { media_type, data }.into_text(path, self.losses)),
                },
                Item::Pdf { data } if shown.documents => {
                    let (name, _) = self.documents.next("document");
                    Block::Document(wire::Document { name, format: Some("pdf"), source: Source::Bytes(data) })
                }
                item => Block::Text(item.into_text(path, self.losses)),
            });
        }
        // Blank text is refused, and says nothing.
        content.retain(|block| !matches!(block, Block::Text(text) if text.trim().is_empty()));
        let is_error = message.result.is_error;
        let is_text = content.iter().all(|block| matches!(block, Block::Text(_)));
        // Claude takes a failure of text alone, as in Anthropic's API.
        let has_status = is_error && family.has_status() && (is_text || family != Family::Claude);
        if is_error && !has_status {
            // Without the mark, the model is told in words.
            content.insert(0, Block::Text(FAILED.into()));
        }
        if content.is_empty() && (is_error || family != Family::Claude) {
            // As Anthropic's API; others want some in any case (Nemotron: Strands, issue 2122).
            content.push(Block::Text(tool_result::silence(message).into()));
        }
        let block = Block::ToolResult {
            tool_use_id: self.ids.result(&message.call_id),
            content,
            status: has_status.then_some("error"),
        };
        self.push(Role::User, block);
    }

    fn text(&mut self, role: Role, path: impl Display, text: &'a str) {
        match text.trim().is_empty() {
            true => self.losses.report(path, "blank text is not accepted and left out"),
            false => self.push(role, Block::Text(Cow::Borrowed(text))),
        }
    }

    /// Citations go back with the text that they are of.
    fn citation(&mut self, path: impl Display, citation: &'a Citation) {
        let own = &*citation.provider == self.context.provider.id();
        let last = self.turns.last_mut().and_then(|turn| turn.content.last_mut());
        match (last, serde_json::from_str(&citation.native)) {
            (Some(Block::CitationsContent { citations, .. }), Ok(native)) if own => citations.push(native),
            (Some(block @ Block::Text(_)), Ok(native)) if own => {
                let Block::Text(text) = block else { return };
                let content = vec![wire::Words { text: std::mem::take(text) }];
                *block = Block::CitationsContent { content, citations: vec![native] };
            }
            _ => self.losses.report(path, "a citation that this provider did not give left out"),
        }
    }

    /// The mark is a block of its own after what it is of. Claude takes none behind a thought ("Cache point cannot be inserted
    /// after reasoning block"), nor behind a document that is no PDF (Strands, issue 1966): there it stands before those. Nova takes
    /// none in a turn with calls or their results ("extraneous key [cachePoint] is not permitted"): there it stands in one before.
    fn cache_point(&mut self, index: usize) {
        let family = Family::of(self.context.model);
        let is_claude = family == Family::Claude;
        let is_taken = |turn: &Turn<'_>| family != Family::Nova || !turn.content.iter().any(is_of_tools);
        let is_moved = self.turns.last().is_some_and(|turn| !is_taken(turn));
        let blocks = match self.turns.iter_mut().rev().find(|turn| is_taken(turn)) {
            Some(turn) => &mut turn.content,
            None => &mut self.system,
        };
        let is_markable = |block: &Block<'_>| match block {
            Block::ReasoningContent(_) => !is_claude,
            Block::Document(document) => !is_claude || document.format == Some("pdf"),
            _ => true,
        };
        let place = blocks.iter().rposition(is_markable).map_or(0, |place| place + 1);
        match place.checked_sub(1).and_then(|before| blocks.get(before)) {
            None | Some(Block::CachePoint { .. }) if is_moved => {}
            None | Some(Block::CachePoint { .. }) => {
                self.losses.report(format_args!("messages[{index}]"), "nothing before it can be cached");
            }
            Some(_) => blocks.insert(place, Block::CachePoint { r#type: "default" }),
        }
    }

    fn push(&mut self, role: Role, block: Block<'a>) {
        match self.turns.last_mut() {
            Some(turn) if turn.role == role => turn.content.push(block),
            _ => self.turns.push(Turn { role, content: vec![block] }),
        }
    }

    /// "A conversation must start with a user message."
    fn begin_with_user(&mut self) {
        if family::answers_first(self.context.model) {
            return;
        }
        let Some(Turn { role: Role::Assistant, .. }) = self.turns.first() else { return };
        self.turns.insert(0, Turn { role: Role::User, content: vec![Block::Text(Cow::Borrowed("."))] });
        self.losses.report("messages", "a full stop of the user's added: the API wants one before an answer");
    }

    /// A document is refused where no text stands beside it.
    fn accompany_documents(&mut self) {
        for turn in &mut self.turns {
            let has = |wanted: fn(&Block<'_>) -> bool| turn.content.iter().any(wanted);
            if has(|block| matches!(block, Block::Document(_)))
                && !has(|block| matches!(block, Block::Text(_)))
            {
                turn.content.push(Block::Text(Cow::Borrowed(".")));
                self.losses.report("messages", "a full stop added: the API wants text beside a document");
            }
        }
    }

    /// "The final block in an assistant message cannot be `thinking`": of an answer of Claude's that came to nothing else.
    fn follow_thoughts(&mut self) {
        if Family::of(self.context.model) != Family::Claude {
            return;
        }
        for turn in self.turns.iter_mut().filter(|turn| turn.role == Role::Assistant) {
            let last = turn.content.iter().rev().find(|block| !matches!(block, Block::CachePoint { .. }));
            if let Some(Block::ReasoningContent(_)) = last {
                turn.content.push(Block::Text(Cow::Borrowed(".")));
                self.losses
                    .report("messages", "a full stop added: the model wants something behind a thought");
            }
        }
    }

    /// An answer that the model is to continue must not end in white space.
    fn trim_prefill(&mut self) {
        if let Some(Turn { role: Role::Assistant, content }) = self.turns.last_mut()
            && let Some(Block::Text(text)) = content.last_mut()
            && text.trim_end().len() < text.len()
        {
            *text = text.trim_end().to_owned().into();
            self.losses.report("messages", "white space at the end of the last answer left out");
        }
    }
}

/// Longest `ToolUseId`.
const MAX_ID: usize = 64;

fn is_of_tools(block: &Block<'_>) -> bool {
    matches!(block, Block::ToolUse { .. } | Block::ToolResult { .. })
}

fn is_id_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.:-".contains(c)
}

/// Models that sign do not read reasoning without a signature, and those that do not sign want none back.
fn signed(reasoning: &Reasoning) -> Option<wire::Reasoning<'_>> {
    match reasoning.opaque.as_ref()? {
        Opaque::Signature(signature) => {
            Some(wire::Reasoning::ReasoningText { text: &reasoning.text, signature })
        }
        Opaque::Redacted(data) => Some(wire::Reasoning::RedactedContent(data)),
        Opaque::Details(_) | Opaque::Item(_) => None,
    }
}
