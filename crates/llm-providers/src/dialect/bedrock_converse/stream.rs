//! Reads the events of a streamed answer: blocks that start, grow and stop, each known by its index. The events' names
//! stand beside their data. The usage comes after the end of the message.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::answer::{self, Delta, Reasoning};
use super::response::{cite, finish, usage};
use crate::dialect::Context;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::extra::object;
use crate::dialect::lenient::Members;
use crate::dialect::stream::{Frame, State};
use crate::{ErrorKind, FinishReason, Opaque, ProviderError, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(super) struct Stream {
    blocks: Vec<Open>,
    usage: Option<answer::Usage>,
    stop_reason: Option<FinishReason>,
}

/// A block that has started and not stopped.
struct Open {
    index: u64,
    place: Place,
    kind: Kind,
}

enum Kind {
    Text,
    Reasoning {
        redacted: String,
    },
    Call,
    /// What the provider's own tools do: the start as it came, and the pieces of its input or of its content.
    Native {
        start: String,
        input: String,
        content: Vec<String>,
    },
}

impl State for Stream {
    fn read(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        frame: Frame<'_>,
    ) -> Result<bool, ProviderError> {
        let event: answer::Event<'_> = context.parse(frame.data)?;
        let index = event.content_block_index.0.unwrap_or_default();
        match frame.name {
            b"contentBlockDelta" => self.grow(context, draft, index, event.delta.unwrap_or_default())?,
            b"contentBlockStart" => self.start(context, draft, index, event.start)?,
            b"contentBlockStop" => self.stop(draft, index)?,
            b"messageStop" => self.stop_reason = Some(finish(context, draft, &event.stop_reason)?),
            b"metadata" => self.usage = Some(event.usage.unwrap_or_default()),
            // `messageStart`, and events to come.
            _ => {}
        }
        Ok(self.stop_reason.is_some() && self.usage.is_some())
    }

    fn finish(
        &mut self,
        _: &Context<'_>,
        draft: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        while let Some(block) = self.blocks.pop() {
            block.close(draft)?;
        }
        Ok((self.stop_reason.take(), usage(&self.usage.take().unwrap_or_default())))
    }
}

impl Stream {
    fn start(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        index: u64,
        start: Option<&RawValue>,
    ) -> Result<(), ProviderError> {
        self.stop(draft, index)?;
        let Some(raw) = start.filter(|raw| raw.get() != "{}") else { return Ok(()) };
        let block: answer::Block<'_> =
            serde_json::from_str(raw.get()).map_err(|error| context.malformed(&error))?;
        let (place, kind) = match block.tool_use {
            Some(call) if !call.is_the_providers() => {
                (draft.add_call(&call.tool_use_id, &call.name)?, Kind::Call)
            }
            _ => {
                let start = raw.get().to_owned();
                (draft.add_native(raw.get()), Kind::Native { start, input: String::new(), content: vec![] })
            }
        };
        self.blocks.push(Open { index, place, kind });
        Ok(())
    }

    fn grow(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        index: u64,
        delta: Delta<'_>,
    ) -> Result<(), ProviderError> {
        if let Some(text) = delta.text {
            let block = self.take(draft, index, Draft::add_text, Kind::Text);
            let place = block.place;
            self.blocks.push(block);
            draft.extend(place, &text)
        } else if let Some(reasoning) = delta.reasoning_content {
            let kind = Kind::Reasoning { redacted: String::new() };
            let mut block = self.take(draft, index, Draft::add_reasoning, kind);
            let read = block.reason(context, draft, &reasoning);
            self.blocks.push(block);
            read
        } else if let Some(raw) = delta.citation {
            let block = self.take(draft, index, Draft::add_text, Kind::Text);
            self.blocks.push(block);
            cite(draft, raw);
            Ok(())
        } else if let Some(block) = self.blocks.iter_mut().rfind(|block| block.index == index) {
            block.extend(draft, delta)
        } else {
            draft.losses.report("content", "a piece of a block that did not start left out");
            Ok(())
        }
    }

    /// Takes out the open block of this index. Text and reasoning start without being announced.
    fn take(&mut self, draft: &mut Draft, index: u64, add: fn(&mut Draft) -> Place, kind: Kind) -> Open {
        match self.blocks.iter().rposition(|block| block.index == index) {
            Some(place) => self.blocks.remove(place),
            None => Open { index, place: add(draft), kind },
        }
    }

    fn stop(&mut self, draft: &mut Draft, index: u64) -> Result<(), ProviderError> {
        match self.blocks.iter().position(|block| block.index == index) {
            Some(place) => self.blocks.remove(place).close(draft),
            None => Ok(()),
        }
    }
}

impl Open {
    fn reason(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        piece: &Reasoning<'_>,
    ) -> Result<(), ProviderError> {
        if !piece.signature.is_empty() {
            draft.seal(self.place, Opaque::Signature((&*piece.signature).into()));
        }
        if let (Kind::Reasoning { redacted }, false) = (&mut self.kind, piece.redacted_content.is_empty()) {
            // Base64 joins where the piece before needed no padding.
            if redacted.ends_with('=') {
                let what = "expected hidden reasoning in pieces that join, found padding between them";
                return Err(context.provider.error(ErrorKind::MalformedOutput, what));
            }
            redacted.push_str(&piece.redacted_content);
            draft.seal(self.place, Opaque::Redacted(redacted.as_str().into()));
        }
        draft.extend(self.place, &piece.text)
    }

    fn extend(&mut self, draft: &mut Draft, delta: Delta<'_>) -> Result<(), ProviderError> {
        match (&mut self.kind, delta.tool_use, delta.tool_result) {
            (Kind::Call, Some(piece), _) => return draft.extend(self.place, &piece.input),
            (Kind::Native { input, .. }, Some(piece), _) => input.push_str(&piece.input),
            (Kind::Native { content, .. }, _, Some(items)) => {
                content.extend(items.iter().map(|item| item.get().to_owned()));
            }
            _ => draft.losses.report("content", "a piece of an unknown kind left out"),
        }
        Ok(())
    }

    fn close(self, draft: &mut Draft) -> Result<(), ProviderError> {
        match self.kind {
            Kind::Call => {
                // A call without arguments has no pieces; whole answers say `{}`.
                if draft.lacks_arguments(self.place) {
                    draft.extend(self.place, "{}")?;
                }
                draft.end_call(self.place);
            }
            Kind::Native { start, input, content } => {
                let json = whole(&start, &input, &content);
                draft.replace_native(self.place, json.into());
            }
            Kind::Text | Kind::Reasoning { .. } => {}
        }
        Ok(())
    }
}

/// The block that began with `start`, with the `input` or the `content` that came after.
fn whole(start: &str, input: &str, content: &[String]) -> String {
    let added = match (input, content) {
        ("", []) => return start.to_owned(),
        ("", content) => ("content".to_owned(), format!("[{}]", content.join(","))),
        (input, _) => ("input".to_owned(), input.to_owned()),
    };
    let Members(union) = serde_json::from_str(start).unwrap_or_default();
    let member = |(kind, value): &(Cow<'_, str>, &RawValue)| {
        let Members(members) = serde_json::from_str(value.get()).unwrap_or_default();
        let mut members: Vec<(String, String)> = members
            .iter()
            .filter(|(name, _)| **name != *added.0)
            .map(|(name, value)| (name.to_string(), value.get().to_owned()))
            .collect();
        members.push(added.clone());
        (kind.to_string(), object(&members))
    };
    object(&union.iter().map(member).collect::<Vec<_>>())
}
