//! Reads the events of a streamed response: items that are added, grow and are done, each known by its index.
//!
//! What an item is when it is done is what counts: it has what no piece has (encrypted reasoning, annotations), and
//! hosts that send no pieces send it all the same. The plain answer is read as one whose items are all done.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::item;
use super::response::{finish, usage};
use super::wire;
use crate::dialect::Context;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::envelope::Envelope;
use crate::dialect::stream::{DONE, Frame, State};
use crate::error::ErrorBody;
use crate::{ErrorKind, FinishReason, ProviderError, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(crate) struct Stream {
    items: BTreeMap<u64, Open>,
    is_refused: bool,
    /// Whether it failed, and has not said why.
    has_failed: bool,
    end: Option<(FinishReason, Usage)>,
    envelope: Envelope,
}

/// An item that has been added.
#[derive(Default)]
pub(super) struct Open {
    /// The places of its parts; a message has several, by the index of their content.
    pub(super) parts: Vec<(u64, Place)>,
    /// Its reasoning, apart from these: a few hosts number nothing, and text is none.
    pub(super) thoughts: Option<Place>,
    /// The piece of reasoning that came last: a summary has several, told apart by a blank line.
    section: Option<(bool, u64)>,
    is_done: bool,
}

impl State for Stream {
    fn read(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        frame: Frame<'_>,
    ) -> Result<bool, ProviderError> {
        if frame.data == DONE {
            return Ok(true);
        }
        if let Some((place, text)) = self.envelope.open(frame.data) {
            draft.extend(place, &text)?;
            return Ok(false);
        }
        self.envelope.forget();
        let mut event: wire::Event<'_> = context.parse(frame.data)?;
        if event.r#type.is_empty() {
            event.r#type = frame.kind().into();
        }
        let index = event.output_index.0.unwrap_or_default();
        if let Some(place) = self.grown(draft, index, &event)? {
            draft.extend(place, &event.delta)?;
            if let Some(text) = event.delta.borrowed() {
                self.envelope.learn(frame.data, place, text, [event.sequence_number, event.obfuscation]);
            }
            return Ok(false);
        }
        match &*event.r#type {
            "response.output_item.added" => {
                if let Some(raw) = event.item {
                    let item = item::read(context, raw)?;
                    item::add(draft, self.open(index), raw, &item)?;
                }
            }
            "response.output_item.done" => {
                if let Some(raw) = event.item {
                    self.done(context, draft, index, raw)?;
                }
            }
            "response.created" | "response.in_progress" => {
                let response = event.response.unwrap_or_default();
                draft.identify(&response.id, &response.model);
            }
            name @ ("response.completed" | "response.done" | "response.incomplete" | "response.failed") => {
                let mut response = event.response.unwrap_or_default();
                if response.status.is_empty() {
                    let status = name.strip_prefix("response.").filter(|status| *status != "done");
                    response.status = status.unwrap_or("completed").into();
                }
                // Azure says why in an event of its own, behind this one.
                self.has_failed |= name == "response.failed" && response.error.is_none();
                if self.has_failed {
                    return Ok(false);
                }
                self.end = Some(self.conclude(context, draft, &response)?);
                return Ok(true);
            }
            "error" | "response.error" => return Err(reported(context, frame.data)),
            "" if event.error.is_some() => return Err(reported(context, frame.data)),
            // What the provider's own tools are about to do, and events to come.
            _ => {}
        }
        Ok(false)
    }

    fn finish(
        &mut self,
        context: &Context<'_>,
        _: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        if self.has_failed {
            return Err(context.provider.error(ErrorKind::Unavailable, ""));
        }
        let (finish, usage) = self.end.take().unzip();
        Ok((finish, usage.unwrap_or_default()))
    }
}

impl Stream {
    /// Reads the answer as it stands at its end. Its items count where none was done before, as in a plain answer:
    /// some hosts leave them out here, or number them otherwise.
    pub(super) fn conclude(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        reply: &wire::Reply<'_>,
    ) -> Result<(FinishReason, Usage), ProviderError> {
        draft.identify(&reply.id, &reply.model);
        if !self.items.values().any(|open| open.is_done) {
            for (index, raw) in (0..).zip(reply.output.iter().flatten()) {
                self.done(context, draft, index, raw)?;
            }
        }
        let finish = finish(context, reply, draft.has_calls(), self.is_refused)?;
        if reply.output.is_none() && self.items.is_empty() {
            return Err(context.provider.error(ErrorKind::MalformedOutput, "expected output, found none"));
        }
        Ok((finish, usage(&reply.usage.unwrap_or_default())))
    }

    /// What the event's piece belongs to, if it brings one.
    fn grown(
        &mut self,
        draft: &mut Draft,
        index: u64,
        event: &wire::Event<'_>,
    ) -> Result<Option<Place>, ProviderError> {
        let (content, summary) = (event.content_index.0.unwrap_or_default(), event.summary_index.0);
        let place = match &*event.r#type {
            "response.output_text.delta" | "response.refusal.delta" => self.open(index).text(draft, content),
            "response.reasoning_summary_text.delta" => {
                self.open(index).thought(draft, (true, summary.unwrap_or_default()))?
            }
            "response.reasoning_text.delta" => self.open(index).thought(draft, (false, content))?,
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                return Ok(self.open(index).parts.first().map(|(_, place)| *place));
            }
            _ => return Ok(None),
        };
        Ok(Some(place))
    }

    fn done(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        index: u64,
        raw: &RawValue,
    ) -> Result<(), ProviderError> {
        let open = self.open(index);
        if std::mem::replace(&mut open.is_done, true) {
            return Ok(());
        }
        let item = item::read(context, raw)?;
        if open.parts.is_empty() {
            item::add(draft, open, raw, &item)?;
        }
        self.is_refused |= item::complete(draft, open, raw, &item)?;
        Ok(())
    }

    fn open(&mut self, index: u64) -> &mut Open {
        self.items.entry(index).or_default()
    }
}

impl Open {
    /// The place of a message's part, by the index that its pieces have.
    fn text(&mut self, draft: &mut Draft, index: u64) -> Place {
        match self.parts.iter().find(|(known, _)| *known == index) {
            Some((_, place)) => *place,
            None => self.add(index, draft.add_text()),
        }
    }

    /// The place of a message's part, by its order: some hosts count their pieces otherwise.
    pub(super) fn nth_text(&mut self, draft: &mut Draft, nth: usize) -> Place {
        match self.parts.get(nth) {
            Some((_, place)) => *place,
            None => self.add(nth as u64, draft.add_text()),
        }
    }

    pub(super) fn add(&mut self, index: u64, place: Place) -> Place {
        self.parts.push((index, place));
        place
    }

    /// The place of reasoning, ready for a piece of this section.
    fn thought(&mut self, draft: &mut Draft, section: (bool, u64)) -> Result<Place, ProviderError> {
        let place = *self.thoughts.get_or_insert_with(|| draft.add_reasoning());
        if self.section.replace(section).is_some_and(|last| last != section) {
            draft.extend(place, item::BREAK)?;
        }
        Ok(place)
    }
}

/// An error says what it is in itself, or in an `error` of its own.
fn reported(context: &Context<'_>, event: &[u8]) -> ProviderError {
    let text = std::str::from_utf8(event).unwrap_or_default();
    ErrorBody::parse(text).into_error(context.provider, http::StatusCode::OK, context.key)
}
