//! An answer while it is read: what has come so far, and the events that tell of it.
//!
//! All dialects read both their plain and their streamed answers into a draft, so that a collected stream is the
//! plain answer. Only a stream's draft keeps events.

mod arguments;
mod piece;
mod retold;
mod taken_back;

use std::collections::VecDeque;
use std::sync::Arc;

use self::arguments::Arguments;
use self::piece::Piece;
use super::Context;
use super::aliases::Aliases;
use super::call_ids::CallIds;
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, ChatEvent, ChatResponse, Citation, ErrorKind, FinishReason, Opaque, ProviderError,
    RateLimits, TokenLogprob, Usage,
};
use serde::de::IgnoredAny;

/// The most calls in one answer. Far above any honest one; a model in a loop is stopped here.
const MAX_CALLS: usize = 256;
/// The most bytes of one call's arguments.
const MAX_ARGUMENTS: usize = 4 << 20;

/// An answer while it is read.
pub(crate) struct Draft {
    provider: Arc<str>,
    /// Tools' names that are others there.
    aliases: Aliases,
    ids: CallIds,
    parts: Vec<Piece>,
    calls: usize,
    events: Option<VecDeque<ChatEvent>>,
    /// What the provider calls the model that answers.
    pub(super) model: Arc<str>,
    /// The provider's id of the answer.
    pub(super) id: Arc<str>,
    /// What the provider says of why the model stopped.
    pub(super) finish_message: Arc<str>,
    pub(super) logprobs: Vec<TokenLogprob>,
    pub(super) losses: Losses,
}

/// The place of a part in its draft.
pub(super) type Place = usize;

impl Draft {
    /// A draft of a plain answer.
    pub(super) fn plain(context: &Context<'_>) -> Self {
        Self {
            provider: context.provider.id().into(),
            aliases: context.tools.aliases_at(context.provider),
            ids: CallIds::new(context.turn),
            parts: Vec::new(),
            calls: 0,
            events: None,
            model: Arc::default(),
            id: Arc::default(),
            finish_message: Arc::default(),
            logprobs: Vec::new(),
            losses: Losses::default(),
        }
    }

    /// A draft that tells of itself in events.
    pub(super) fn streamed(context: &Context<'_>) -> Self {
        Self { events: Some(VecDeque::new()), ..Self::plain(context) }
    }

    pub(super) fn pop_event(&mut self) -> Option<ChatEvent> {
        self.events.as_mut()?.pop_front()
    }

    /// How many events wait to be taken.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.events.as_ref().map_or(0, VecDeque::len)
    }

    /// Whose answer it is; said once, and often repeated in every piece.
    pub(super) fn identify(&mut self, id: &str, model: &str) {
        if self.id.is_empty() && !id.is_empty() {
            self.id = id.into();
        }
        if self.model.is_empty() && !model.is_empty() {
            self.model = model.into();
        }
    }

    /// Why the model stopped, in the provider's words: under which heading, and what it says of that.
    pub(super) fn explain(&mut self, heading: &str, message: &str) {
        let colon = if heading.is_empty() || message.is_empty() { "" } else { ": " };
        if !heading.is_empty() || !message.is_empty() {
            self.finish_message = format!("{heading}{colon}{message}").into();
        }
    }

    /// A new part for text.
    pub(super) fn add_text(&mut self) -> Place {
        self.add(Piece::Text(String::new()))
    }

    /// A new part for reasoning.
    pub(super) fn add_reasoning(&mut self) -> Place {
        self.add(Piece::Reasoning { text: String::new(), opaque: None })
    }

    /// Gives reasoning what its provider wants back with it.
    pub(super) fn seal(&mut self, place: Place, seal: Opaque) {
        if let Some(Piece::Reasoning { opaque, .. }) = self.parts.get_mut(place) {
            *opaque = Some(seal);
        }
    }

    /// A new call, by the name that the caller knows the tool by; an `id` that is empty or stands twice is replaced.
    pub(super) fn add_call(&mut self, id: &str, name: &str) -> Result<Place, ProviderError> {
        if self.calls == MAX_CALLS {
            return Err(self.too_much(format!("more than {MAX_CALLS} tool calls in one answer")));
        }
        let own = self.aliases.iter().find(|(_, known)| **known == *name).map(|(own, _)| Arc::clone(own));
        let (index, id, name) = (self.calls, self.ids.next(id), own.unwrap_or_else(|| name.into()));
        self.calls += 1;
        self.tell(|| ChatEvent::ToolCallBegin { index, id: id.clone(), name: Arc::clone(&name) });
        Ok(self.add(Piece::Call { index, id, name, arguments: Arguments::default(), open: true }))
    }

    /// All of a call's arguments have come.
    pub(super) fn end_call(&mut self, place: Place) {
        if let Some(Piece::Call { index, open, arguments, .. }) = self.parts.get_mut(place)
            && std::mem::take(open)
        {
            let (index, rest) = (*index, arguments.rest().filter(|_| self.events.is_some()));
            if let Some(delta) = rest.map(str::to_owned) {
                self.tell(|| ChatEvent::ToolCallDelta { index, delta });
            }
            self.tell(|| ChatEvent::ToolCallEnd { index });
        }
    }

    /// A part that only its provider understands, as JSON text.
    pub(super) fn add_native(&mut self, json: &str) -> Place {
        self.add(Piece::Native(json.into()))
    }

    /// A source of the text before it; `native` is the provider's own JSON.
    pub(super) fn add_citation(&mut self, title: &str, url: &str, quote: &str, native: &str) {
        let citation = Citation {
            provider: Arc::clone(&self.provider),
            title: title.into(),
            url: url.into(),
            quote: quote.into(),
            native: native.into(),
        };
        self.add(Piece::Citation(citation));
    }

    pub(super) fn replace_native(&mut self, place: Place, json: Arc<str>) {
        if let Some(piece) = self.parts.get_mut(place) {
            *piece = Piece::Native(json);
        }
    }

    /// Appends to text, reasoning or a call's arguments.
    pub(super) fn extend(&mut self, place: Place, delta: &str) -> Result<(), ProviderError> {
        if delta.is_empty() {
            return Ok(());
        }
        let (owned, is_streamed) = (|| delta.to_owned(), self.events.is_some());
        match self.parts.get_mut(place) {
            Some(Piece::Text(text)) => {
                text.push_str(delta);
                self.tell(|| ChatEvent::Text { delta: owned() });
            }
            Some(Piece::Reasoning { text, .. }) => {
                text.push_str(delta);
                self.tell(|| ChatEvent::Reasoning { delta: owned() });
            }
            Some(Piece::Call { index, arguments, .. }) => {
                let (index, length) = (*index, arguments.add(delta));
                if length > MAX_ARGUMENTS {
                    return Err(
                        self.too_much(format!("a tool call's arguments of more than {MAX_ARGUMENTS} bytes"))
                    );
                }
                if let Some(new) = is_streamed.then(|| arguments.untold()).flatten() {
                    let delta = new.to_owned();
                    self.tell(|| ChatEvent::ToolCallDelta { index, delta });
                }
            }
            Some(Piece::Citation(_) | Piece::Native(_)) | None => {}
        }
        Ok(())
    }

    /// The place of the last part if it is text.
    pub(super) fn last_text(&self) -> Option<Place> {
        matches!(self.parts.last(), Some(Piece::Text(_))).then(|| self.parts.len() - 1)
    }

    /// The place of the last part if it is reasoning without a seal.
    pub(super) fn last_unsealed(&self) -> Option<Place> {
        let unsealed = matches!(self.parts.last(), Some(Piece::Reasoning { opaque: None, .. }));
        unsealed.then(|| self.parts.len() - 1)
    }

    /// Whether a call has no arguments yet.
    pub(super) fn lacks_arguments(&self, place: Place) -> bool {
        matches!(self.parts.get(place), Some(Piece::Call { arguments, .. }) if arguments.as_str().is_empty())
    }

    /// Whether a call's arguments so far are JSON to their end.
    pub(super) fn is_whole(&self, place: Place) -> bool {
        let Some(Piece::Call { arguments, .. }) = self.parts.get(place) else { return false };
        serde_json::from_str::<IgnoredAny>(arguments.as_str()).is_ok()
    }

    /// What was told of a text, of reasoning or of a call's arguments.
    pub(super) fn told(&self, place: Place) -> &str {
        match self.parts.get(place) {
            Some(Piece::Text(told) | Piece::Reasoning { text: told, .. }) => told,
            Some(Piece::Call { arguments, .. }) => arguments.as_str(),
            _ => "",
        }
    }

    /// Adds what the pieces have not told of `whole`. Where they told otherwise, they have been passed on already and
    /// stand.
    pub(super) fn complete(&mut self, place: Place, whole: &str) -> Result<(), ProviderError> {
        match whole.strip_prefix(self.told(place)) {
            Some(rest) => self.extend(place, rest),
            None if self.awaits_arguments(place) => self.extend(place, whole),
            None => Ok(()),
        }
    }

    /// Whether what a call has of arguments may only stand for them.
    fn awaits_arguments(&self, place: Place) -> bool {
        matches!(self.parts.get(place), Some(Piece::Call { arguments, .. }) if arguments.is_stand_in())
    }

    pub(super) fn has_calls(&self) -> bool {
        self.calls > 0
    }

    /// Reasoning first, then text, then calls: for dialects whose answers have members rather than an order.
    pub(super) fn order_by_kind(&mut self) {
        self.parts.sort_by_key(|piece| match piece {
            Piece::Reasoning { .. } => 0,
            Piece::Text(_) => 1,
            Piece::Citation(_) => 2,
            Piece::Call { .. } => 3,
            Piece::Native(_) => 4,
        });
    }

    /// The end of the answer: calls that are still open end, and the last events are told.
    pub(super) fn conclude(&mut self, finish: &FinishReason, usage: Usage) {
        for place in 0..self.parts.len() {
            self.end_call(place);
        }
        if usage != Usage::default() {
            self.tell(|| ChatEvent::Usage(usage));
        }
        self.tell(|| ChatEvent::Finish(finish.clone()));
    }

    pub(super) fn into_response(self, finish: FinishReason, usage: Usage) -> ChatResponse {
        let provider = self.provider;
        let parts = self.parts.into_iter().filter_map(|piece| piece.into_part(&provider)).collect();
        ChatResponse {
            message: AssistantMessage::new(parts),
            finish,
            finish_message: self.finish_message,
            usage,
            model: self.model,
            id: self.id,
            logprobs: self.logprobs,
            rate_limits: RateLimits::default(),
            lossiness: self.losses.into_vec(),
        }
    }

    fn add(&mut self, piece: Piece) -> Place {
        self.parts.push(piece);
        self.parts.len() - 1
    }

    fn tell(&mut self, event: impl FnOnce() -> ChatEvent) {
        if let Some(events) = &mut self.events {
            events.push_back(event());
        }
    }

    fn too_much(&self, what: String) -> ProviderError {
        ProviderError::new(ErrorKind::MalformedOutput, Arc::clone(&self.provider), what)
    }
}
