//! Reads the events of a streamed answer. Its pieces have the members of the whole one, with items in place of lists.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::response::{finish, usage};
use super::wire;
use crate::dialect::Context;
use crate::dialect::arguments;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::lenient::Text;
use crate::dialect::stream::{DONE, Frame, State};
use crate::{FinishReason, ProviderError, Usage};

/// What has been read of an answer.
#[derive(Default)]
pub(crate) struct Stream {
    plan: Option<Place>,
    block: Option<Place>,
    call: Option<Place>,
    usage: wire::Usage,
    finish: Option<FinishReason>,
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
        let event: wire::Reply<'_> = context.parse(frame.data)?;
        if event.is_failure() {
            return Err(context.exception("", frame.data));
        }
        probabilities(draft, event.logprobs);
        let delta = event.delta.unwrap_or_default();
        match &*event.r#type {
            "message-start" => draft.identify(&event.id, ""),
            "message-end" => {
                self.usage = delta.usage.unwrap_or_default();
                self.finish = Some(finish(context, &delta.finish_reason, delta.error, draft.has_calls())?);
                return Ok(true);
            }
            "tool-call-end" => {
                if let Some(place) = self.call.take() {
                    draft.end_call(place);
                }
            }
            "content-end" => self.block = None,
            _ => self.message(draft, &delta.message.unwrap_or_default())?,
        }
        Ok(false)
    }

    fn finish(
        &mut self,
        _: &Context<'_>,
        draft: &mut Draft,
    ) -> Result<(Option<FinishReason>, Usage), ProviderError> {
        draft.order_by_kind();
        Ok((self.finish.take(), usage(self.usage)))
    }
}

impl Stream {
    /// Reads an answer, or a piece of one.
    pub(super) fn message(
        &mut self,
        draft: &mut Draft,
        message: &wire::Message<'_>,
    ) -> Result<(), ProviderError> {
        if !message.tool_plan.is_empty() {
            let place = *self.plan.get_or_insert_with(|| draft.add_reasoning());
            draft.extend(place, &message.tool_plan)?;
        }
        for block in items::<wire::Block<'_>>(message.content) {
            self.block(draft, &block)?;
        }
        // Nothing but text, which a message may have too.
        if let Some(text) = message.content.filter(|content| content.get().starts_with('"')) {
            self.block(draft, &wire::Block { text: Text::of(text), ..wire::Block::default() })?;
        }
        for call in items::<wire::Call<'_>>(message.tool_calls) {
            if !call.function.name.is_empty() {
                self.call = Some(draft.add_call(&call.id, &call.function.name)?);
            }
            if let Some(place) = self.call {
                draft.extend(place, &arguments::written(call.function.arguments))?;
            }
        }
        for raw in items::<&RawValue>(message.citations) {
            let cited: wire::Cited<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
            let source = cited.sources.into_iter().find_map(|source| source.document).unwrap_or_default();
            draft.add_citation(&source.title, &source.url, &source.snippet, raw.get());
        }
        Ok(())
    }

    /// A block with a type begins one; without, it goes on, or begins one that was not announced.
    fn block(&mut self, draft: &mut Draft, block: &wire::Block<'_>) -> Result<(), ProviderError> {
        match &*block.r#type {
            "" if self.block.is_some() => {}
            "" if !block.text.is_empty() => self.block = Some(draft.add_text()),
            "" if !block.thinking.is_empty() => self.block = Some(draft.add_reasoning()),
            "" => {}
            "thinking" => self.block = Some(draft.add_reasoning()),
            "text" => self.block = Some(draft.add_text()),
            other => {
                let kind = crate::error::escaped(other);
                draft.losses.report("message.content", format!("a block of type \"{kind}\" left out"));
                self.block = None;
            }
        }
        match self.block {
            Some(place) if block.text.is_empty() => draft.extend(place, &block.thinking),
            Some(place) => draft.extend(place, &block.text),
            None => Ok(()),
        }
    }
}

pub(super) fn probabilities(draft: &mut Draft, told: Option<&RawValue>) {
    if told.is_some() {
        draft.losses.report_once("logprobs", "probabilities in a form of the host's own left out");
    }
}

/// The items of a list, or the single one.
fn items<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Vec<T> {
    let Some(raw) = raw else { return Vec::new() };
    match serde_json::from_str(raw.get()) {
        Ok(items) if raw.get().starts_with('[') => items,
        _ => serde_json::from_str(raw.get()).into_iter().collect(),
    }
}
