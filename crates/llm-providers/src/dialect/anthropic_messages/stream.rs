//! Reads the events of a streamed message: blocks that start, grow and stop, each known by its index.

use serde_json::value::RawValue;

use super::fallback::{FALLBACK, take_back};
use super::response::{add, cite, contain, explain, finish, is_asked, transform, usage};
use super::wire;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::envelope::Envelope;
use crate::dialect::extra::object;
use crate::dialect::lenient::Members;
use crate::dialect::stream::{DONE, Frame, State};
use crate::dialect::{Context, arguments};
use crate::{FinishReason, Opaque, ProviderError, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(crate) struct Stream {
    blocks: Vec<Open>,
    usage: wire::Usage,
    stop_reason: Option<FinishReason>,
    /// Whether results of calls are awaited.
    awaits: bool,
    envelope: Envelope,
}

/// A block that has started and not stopped.
struct Open {
    index: u64,
    place: Place,
    /// The block as it started, if its input comes in pieces.
    start: Option<String>,
    /// The pieces of a native block's input.
    input: String,
    /// What a native block gets later in place of nothing.
    added: Vec<(String, String)>,
    kind: Kind,
}

/// What a block's pieces may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Call,
    Native,
}

impl Kind {
    fn of(block: &wire::AnswerBlock<'_>) -> Self {
        match &*block.r#type {
            "text" => Self::Text,
            "thinking" => Self::Thinking,
            "tool_use" => Self::Call,
            _ => Self::Native,
        }
    }

    /// Whether a piece may belong to such a block. Gateways send one under the index of another block that has not stopped:
    /// reasoning under that of a text (LiteLLM), a text under that of a call (SGLang).
    fn takes(self, delta: &str) -> bool {
        match delta {
            "text_delta" => matches!(self, Self::Text | Self::Native),
            "thinking_delta" => matches!(self, Self::Thinking | Self::Native),
            "signature_delta" => self == Self::Thinking,
            "input_json_delta" => matches!(self, Self::Call | Self::Native),
            _ => true,
        }
    }
}

impl State for Stream {
    fn read(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        frame: Frame<'_>,
    ) -> Result<bool, ProviderError> {
        if let Some((place, text)) = self.envelope.open(frame.data) {
            draft.extend(place, &text)?;
            return Ok(false);
        }
        // Gateways add the mark of chat completions.
        if frame.data == DONE {
            return Ok(true);
        }
        self.envelope.forget();
        let event: wire::Event<'_> = context.parse(frame.data)?;
        let index = event.index.0.unwrap_or_default();
        let kind = if event.r#type.is_empty() { frame.kind() } else { &*event.r#type };
        match kind {
            "content_block_delta" => {
                let delta = event.delta.unwrap_or_default();
                self.grow(draft, index, &delta)?;
                self.learn(frame.data, index, &delta);
            }
            "content_block_start" => {
                if let Some(raw) = event.content_block {
                    self.start(context, draft, index, raw)?;
                }
            }
            "content_block_stop" => self.stop(draft, index)?,
            "message_start" => {
                let read = event.message.map(|raw| serde_json::from_str::<wire::Reply<'_>>(raw.get()));
                let message =
                    read.transpose().map_err(|error| context.malformed(&error))?.unwrap_or_default();
                draft.identify(&message.id, &message.model);
                contain(draft, message.container);
                transform(draft, message.input_transformations);
                self.usage.update(message.usage.unwrap_or_default());
            }
            "message_delta" => {
                self.usage.update(*event.usage.unwrap_or_default());
                let delta = event.delta.unwrap_or_default();
                contain(draft, delta.container);
                explain(draft, delta.stop_details);
                let reason = delta.stop_reason;
                if !reason.is_empty() {
                    self.stop_reason = Some(finish(&reason, self.awaits));
                }
            }
            "message_stop" => {
                // Without a reason it is over all the same, as a whole answer without one is.
                self.stop_reason.get_or_insert_with(|| finish("", self.awaits));
                return Ok(true);
            }
            "error" => return Err(context.exception("", frame.data)),
            // `ping`, and events to come. Gateways leave out the type of an error, and what is around it.
            _ if event.error.is_some() => return Err(context.exception("", frame.data)),
            "" => context.no_failure(frame.data)?,
            _ => {}
        }
        Ok(false)
    }

    fn finish(
        &mut self,
        _: &Context<'_>,
        draft: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        while let Some(block) = self.blocks.pop() {
            block.close(draft)?;
        }
        Ok((self.stop_reason.take(), usage(&self.usage)))
    }
}

impl Stream {
    fn start(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        index: u64,
        raw: &RawValue,
    ) -> Result<(), ProviderError> {
        let block: wire::AnswerBlock<'_> =
            serde_json::from_str(raw.get()).map_err(|error| context.malformed(&error))?;
        self.stop(draft, index)?;
        if &*block.r#type == FALLBACK {
            while let Some(open) = self.blocks.pop() {
                open.close(draft)?;
            }
            take_back(draft);
            self.awaits = false;
            return Ok(());
        }
        let place = add(draft, raw, &block)?;
        self.awaits |= is_asked(&block);
        let kind = Kind::of(&block);
        let start = match block.input {
            Some(input) if kind == Kind::Call => {
                Some(arguments::written(Some(input)).into_cow().into_owned())
            }
            Some(_) => Some(raw.get().to_owned()),
            None if &*block.r#type == "compaction" => Some(raw.get().to_owned()),
            None => None,
        };
        self.blocks.push(Open { index, place, start, input: String::new(), added: Vec::new(), kind });
        Ok(())
    }

    fn grow(&mut self, draft: &mut Draft, index: u64, delta: &wire::Delta<'_>) -> Result<(), ProviderError> {
        let takes = |block: &Open| block.index == index && block.kind.takes(&delta.r#type);
        let place = match self.blocks.iter().rposition(takes) {
            Some(place) => place,
            None => self.unannounced(draft, index, delta),
        };
        let Some(block) = self.blocks.get_mut(place) else { return Ok(()) };
        match &*delta.r#type {
            "text_delta" => draft.extend(block.place, &delta.text)?,
            "thinking_delta" => draft.extend(block.place, &delta.thinking)?,
            "signature_delta" => {
                draft.seal(block.place, Opaque::Signature((&*delta.signature).into()));
            }
            "input_json_delta" if block.kind == Kind::Call => {
                draft.extend(block.place, &arguments::written(delta.partial_json))?
            }
            "input_json_delta" => block.input.push_str(&arguments::written(delta.partial_json)),
            "citations_delta" => {
                if let Some(citation) = delta.citation {
                    cite(draft, citation);
                }
            }
            "compaction_delta" => {
                let members = [("content", delta.content), ("encrypted_content", delta.encrypted_content)];
                for (name, raw) in members.into_iter().filter_map(|(name, raw)| Some((name, raw?))) {
                    block.put(name, raw.get());
                }
            }
            other => {
                let kind = crate::error::escaped(other);
                draft.losses.report("content", format!("a piece of type \"{kind}\" left out"));
            }
        }
        Ok(())
    }

    /// A block for text or reasoning that some servers send without saying that it starts, or under the index of another block;
    /// none for a piece of anything else.
    fn unannounced(&mut self, draft: &mut Draft, index: u64, delta: &wire::Delta<'_>) -> usize {
        let (kind, place) = match &*delta.r#type {
            "text_delta" => (Kind::Text, draft.add_text()),
            "thinking_delta" => (Kind::Thinking, draft.add_reasoning()),
            _ => {
                draft.losses.report("content", "a piece of a block that did not start left out");
                return usize::MAX;
            }
        };
        let block = Open { index, place, start: None, input: String::new(), added: Vec::new(), kind };
        self.blocks.push(block);
        self.blocks.len() - 1
    }

    /// Deltas of texts are the same but for these.
    fn learn(&mut self, event: &[u8], index: u64, delta: &wire::Delta<'_>) {
        let takes = |block: &&Open| block.index == index && block.kind.takes(&delta.r#type);
        let Some(block) = self.blocks.iter().rfind(takes) else { return };
        let text = match &*delta.r#type {
            "text_delta" => delta.text.borrowed(),
            "thinking_delta" => delta.thinking.borrowed(),
            "input_json_delta" if block.kind == Kind::Call => string(delta.partial_json),
            _ => None,
        };
        if let Some(text) = text {
            self.envelope.learn(event, block.place, text, []);
        }
    }

    fn stop(&mut self, draft: &mut Draft, index: u64) -> Result<(), ProviderError> {
        while let Some(place) = self.blocks.iter().position(|block| block.index == index) {
            self.blocks.remove(place).close(draft)?;
        }
        Ok(())
    }
}

impl Open {
    /// Keeps a member of a compaction; its text may come in pieces.
    fn put(&mut self, name: &str, value: &str) {
        let Some((_, known)) = self.added.iter_mut().find(|(other, _)| other == name) else {
            return self.added.push((name.to_owned(), value.to_owned()));
        };
        match value.strip_prefix('"') {
            Some(more) if name == "content" && known.ends_with('"') => {
                known.pop();
                known.push_str(more);
            }
            _ => value.clone_into(known),
        }
    }

    fn close(self, draft: &mut Draft) -> Result<(), ProviderError> {
        let start = self.start.unwrap_or_default();
        if self.kind == Kind::Call {
            // Without pieces, what the block started with is all.
            if draft.lacks_arguments(self.place) {
                draft.extend(self.place, &start)?;
            }
            draft.end_call(self.place);
        } else {
            let mut added = self.added;
            if !self.input.is_empty() {
                added.push(("input".to_owned(), self.input));
            }
            if !added.is_empty() {
                draft.replace_native(self.place, with(&start, added).into());
            }
        }
        Ok(())
    }
}

/// What stands between the quotes, if nothing there is escaped.
fn string(raw: Option<&RawValue>) -> Option<&str> {
    raw?.get().strip_prefix('"')?.strip_suffix('"').filter(|inside| !inside.contains('\\'))
}

/// The block with these members in place of those that it started with.
fn with(block: &str, mut added: Vec<(String, String)>) -> String {
    let Members(members) = serde_json::from_str(block).unwrap_or_default();
    let mut all = Vec::with_capacity(members.len() + added.len());
    for (name, value) in members {
        let value = match added.iter().position(|(other, _)| **other == *name) {
            Some(place) => added.remove(place).1,
            None => value.get().to_owned(),
        };
        all.push((name.into_owned(), value));
    }
    all.extend(added);
    object(&all)
}
