//! Reads the events of a streamed response: items that are added, grow and are done.
//!
//! What an item is when it is done is what counts: it has what no piece has (encrypted reasoning, annotations), and
//! hosts that send no pieces send it all the same. The plain answer is read as one whose items are all done.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::item;
use super::items::{Items, Kind};
use super::response::{finish, usage};
use super::wire;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::envelope::Envelope;
use crate::dialect::stream::{DONE, Frame, State};
use crate::dialect::{Context, arguments};
use crate::error::ErrorBody;
use crate::{ErrorKind, FinishReason, ProviderError, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(crate) struct Stream {
    items: Items,
    is_refused: bool,
    /// Whether a piece of a message has come.
    has_text: bool,
    /// Whether it failed, and has not said why.
    has_failed: bool,
    end: Option<(FinishReason, Usage)>,
    envelope: Envelope,
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
        self.items.check(context)?;
        let mut event: wire::Event<'_> = context.parse(frame.data)?;
        if event.r#type.is_empty() {
            event.r#type = frame.kind().into();
        }
        let index = event.output_index.0;
        if let Some(place) = self.grown(draft, index, &event)? {
            draft.extend(place, &event.delta)?;
            if let Some(text) = event.delta.borrowed() {
                self.envelope.learn(frame.data, place, text, [event.sequence_number, event.obfuscation]);
            }
            return Ok(false);
        }
        match &*event.r#type {
            "response.output_text.done"
            | "response.function_call_arguments.done"
            | "response.custom_tool_call_input.done" => self.end_pieces(draft, index, &event)?,
            "response.output_item.added" | "response.output_item.done" => {
                self.item(context, draft, index, &event)?
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
            "" => context.no_failure(frame.data)?,
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
    /// Reads the answer as it stands at its end.
    pub(super) fn conclude(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        reply: &wire::Reply<'_>,
    ) -> Result<(FinishReason, Usage), ProviderError> {
        draft.identify(&reply.id, &reply.model);
        let is_empty = reply.output.is_none() && self.items.is_empty();
        self.complete(context, draft, reply.output.as_deref().unwrap_or_default())?;
        let finish = finish(context, reply, draft.has_calls(), self.is_refused)?;
        if is_empty {
            return Err(context.provider.error(ErrorKind::MalformedOutput, "expected output, found none"));
        }
        Ok((finish, usage(&reply.usage.unwrap_or_default())))
    }

    /// What the event's piece belongs to, if it brings one.
    fn grown(
        &mut self,
        draft: &mut Draft,
        index: Option<u64>,
        event: &wire::Event<'_>,
    ) -> Result<Option<Place>, ProviderError> {
        let id = &*event.item_id;
        let (content, summary) = (event.content_index.0.unwrap_or_default(), event.summary_index.0);
        let place = match &*event.r#type {
            "response.output_text.delta" | "response.refusal.delta" => {
                self.has_text = true;
                self.items.of_piece(Kind::Message, index, id).text(draft, content)
            }
            "response.reasoning_summary_text.delta" => {
                let open = self.items.of_piece(Kind::Reasoning, index, id);
                open.thought(draft, (true, summary.unwrap_or_default()))?
            }
            "response.reasoning_text.delta" => {
                self.items.of_piece(Kind::Reasoning, index, id).thought(draft, (false, content))?
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                return Ok(self.items.call(index, id));
            }
            _ => return Ok(None),
        };
        Ok(Some(place))
    }

    /// Reads an item that begins or is done.
    fn item(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        index: Option<u64>,
        event: &wire::Event<'_>,
    ) -> Result<(), ProviderError> {
        let Some(raw) = event.item else { return Ok(()) };
        let item = item::read(context, raw)?;
        if &*event.r#type == "response.output_item.added" {
            return item::add(draft, self.items.added(index, &item), raw, &item);
        }
        if let Some(open) = self.items.done(index, &item) {
            self.is_refused |= item::done(draft, open, raw, &item)?;
        }
        Ok(())
    }

    /// Takes what is said again at the end of its pieces, and by some hosts only there.
    fn end_pieces(
        &mut self,
        draft: &mut Draft,
        index: Option<u64>,
        event: &wire::Event<'_>,
    ) -> Result<(), ProviderError> {
        if &*event.r#type != "response.output_text.done" {
            let whole = arguments::written(event.arguments.or(event.input));
            let place = self.items.call(index, &event.item_id);
            return place.map_or(Ok(()), |place| draft.complete(place, &whole));
        }
        // Some give it another index than its pieces.
        if self.has_text {
            return Ok(());
        }
        let open = self.items.of_piece(Kind::Message, index, &event.item_id);
        let place = open.text(draft, event.content_index.0.unwrap_or_default());
        draft.complete(place, &event.text)
    }

    /// Reads the items of the whole answer, which some hosts leave out of it, or number otherwise than before. They count where
    /// none was done yet, as in a plain answer; else only the calls and the text that no event told of, as vLLM's.
    fn complete(
        &mut self,
        context: &Context<'_>,
        draft: &mut Draft,
        output: &[&RawValue],
    ) -> Result<(), ProviderError> {
        let (is_any_done, messages) = (self.items.is_any_done(), self.items.count(Kind::Message));
        let mut seen: BTreeMap<Kind, usize> = BTreeMap::new();
        for raw in output {
            self.items.check(context)?;
            let item = item::read(context, raw)?;
            let kind = Kind::of(&item);
            let count = seen.entry(kind).or_default();
            let nth = std::mem::replace(count, *count + 1);
            let is_told = kind != Kind::Call && (kind != Kind::Message || (messages > 0 && nth >= messages));
            if !(is_any_done && is_told)
                && let Some(open) = Some(self.items.nth(kind, nth)).filter(|open| !open.is_done)
            {
                self.is_refused |= item::done(draft, open, raw, &item)?;
            }
        }
        Ok(())
    }
}

/// An error says what it is in itself, or in an `error` of its own.
fn reported(context: &Context<'_>, event: &[u8]) -> ProviderError {
    let text = std::str::from_utf8(event).unwrap_or_default();
    ErrorBody::parse(text).into_error(context.provider, http::StatusCode::OK, context.key)
}
