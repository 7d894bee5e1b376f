//! The items of an answer while it is read, and which of them an event is about.
//!
//! By the book an item is known by its index. Some servers give none and name it by its id (llama.cpp), some give several
//! items the same index (gateways that count messages and calls apart), and some another id in every event (GitHub Copilot).
//! So what counts is of what kind an item is, then its index, then its id, and else which one was begun last.

use std::collections::BTreeMap;

use super::item::BREAK;
use super::wire::Item;
use crate::dialect::Context;
use crate::dialect::draft::{Draft, Place};
use crate::{ErrorKind, ProviderError};

/// The most items in one answer: each is looked for among all others. Far above any honest one.
const MOST: usize = 2048;

/// What an item is, as far as its events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Message,
    Reasoning,
    Call,
    /// What the provider's own tools did, and kinds to come.
    Other,
}

impl Kind {
    pub(super) fn of(item: &Item<'_>) -> Self {
        match &*item.r#type {
            "message" => Self::Message,
            "reasoning" => Self::Reasoning,
            "function_call" | "custom_tool_call" => Self::Call,
            _ => Self::Other,
        }
    }
}

/// An item that has begun.
pub(super) struct Open {
    kind: Kind,
    index: Option<u64>,
    id: String,
    call_id: String,
    /// The places of its parts; a message has several, by the index of their content.
    pub(super) parts: Vec<(u64, Place)>,
    /// The piece of reasoning that came last: a summary has several, told apart by a blank line.
    section: Option<(bool, u64)>,
    /// Whether an event of its own said that it begins.
    is_added: bool,
    pub(super) is_done: bool,
}

/// All of them by their number, in the order in which they began.
#[derive(Default)]
pub(super) struct Items(BTreeMap<usize, Open>);

impl Items {
    /// The item that a piece belongs to; a new one if there is none.
    pub(super) fn of_piece(&mut self, kind: Kind, index: Option<u64>, id: &str) -> &mut Open {
        let known = self.known(kind, index, id).map(|(number, _)| number);
        self.begun(known, kind, index, [id, ""])
    }

    /// The place of a call whose arguments go on, if it has begun.
    pub(super) fn call(&self, index: Option<u64>, id: &str) -> Option<Place> {
        let (_, open) = self.known(Kind::Call, index, id)?;
        open.parts.first().map(|(_, place)| *place)
    }

    /// The item that an event says has begun: another one than those of which one has said so.
    pub(super) fn added(&mut self, index: Option<u64>, item: &Item<'_>) -> &mut Open {
        let known = self.known(Kind::of(item), index, item.named());
        let known = known.filter(|(_, open)| open.is(item) || !(open.is_added || open.is_done));
        let open =
            self.begun(known.map(|(number, _)| number), Kind::of(item), index, [&*item.id, &*item.call_id]);
        open.is_added = true;
        open
    }

    /// The item that an event says is done; none if one has said so before.
    pub(super) fn done(&mut self, index: Option<u64>, item: &Item<'_>) -> Option<&mut Open> {
        let known = self.known(Kind::of(item), index, item.named());
        let known = match known {
            Some((_, open)) if open.is_done && (open.is(item) || item.named().is_empty()) => return None,
            known => known.filter(|(_, open)| !open.is_done).map(|(number, _)| number),
        };
        Some(self.begun(known, Kind::of(item), index, [&*item.id, &*item.call_id]))
    }

    /// The item of this kind that began as the `nth` of them; a new one if there are not so many.
    pub(super) fn nth(&mut self, kind: Kind, nth: usize) -> &mut Open {
        let mut fitting = self.0.iter().filter(|(_, open)| open.kind == kind);
        let known = fitting.nth(nth).map(|(number, _)| *number);
        self.begun(known, kind, None, ["", ""])
    }

    pub(super) fn count(&self, kind: Kind) -> usize {
        self.0.values().filter(|open| open.kind == kind).count()
    }

    pub(super) fn is_any_done(&self) -> bool {
        self.0.values().any(|open| open.is_done)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses to go on where there are more items than anybody asks for.
    pub(super) fn check(&self, context: &Context<'_>) -> Result<(), ProviderError> {
        if self.0.len() <= MOST {
            return Ok(());
        }
        let what = format!("expected at most {MOST} items in one answer, found more");
        Err(context.provider.error(ErrorKind::MalformedOutput, what))
    }

    /// The item that goes by these: by its index or, where one of both has none, without it.
    fn known(&self, kind: Kind, index: Option<u64>, id: &str) -> Option<(usize, &Open)> {
        let same = self.last(id, |open| open.kind == kind && open.index == index);
        same.or_else(|| {
            let is_unnumbered = |open: &Open| index.is_none() || open.index.is_none();
            self.last(id, |open| open.kind == kind && is_unnumbered(open))
        })
    }

    /// Of those that fit the one with the id, else the last that is not done, else the last.
    fn last(&self, id: &str, fits: impl Fn(&Open) -> bool) -> Option<(usize, &Open)> {
        let (mut last, mut undone) = (None, None);
        for (number, open) in self.0.iter().rev().filter(|(_, open)| fits(open)) {
            let found = Some((*number, open));
            if !id.is_empty() && (open.id == id || open.call_id == id) {
                return found;
            }
            last = last.or(found);
            undone = undone.or(found.filter(|(_, open)| !open.is_done));
        }
        undone.or(last)
    }

    /// The item with this number, or a new one.
    fn begun(&mut self, known: Option<usize>, kind: Kind, index: Option<u64>, names: [&str; 2]) -> &mut Open {
        let [id, call_id] = names;
        let new = || Open {
            kind,
            index,
            id: id.to_owned(),
            call_id: call_id.to_owned(),
            parts: Vec::new(),
            section: None,
            is_added: false,
            is_done: false,
        };
        self.0.entry(known.unwrap_or(self.0.len())).or_insert_with(new)
    }
}

impl Open {
    /// Whether it was begun under the item's id.
    fn is(&self, item: &Item<'_>) -> bool {
        !item.named().is_empty() && [&*self.id, &*self.call_id].contains(&item.named())
    }

    /// The place of a message's part, by the index that its pieces have.
    pub(super) fn text(&mut self, draft: &mut Draft, index: u64) -> Place {
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

    /// The place of reasoning, ready for a piece of this section.
    pub(super) fn thought(
        &mut self,
        draft: &mut Draft,
        section: (bool, u64),
    ) -> Result<Place, ProviderError> {
        let place = self.reasoning(draft);
        if self.section.replace(section).is_some_and(|last| last != section) {
            draft.extend(place, BREAK)?;
        }
        Ok(place)
    }

    pub(super) fn reasoning(&mut self, draft: &mut Draft) -> Place {
        match self.parts.first() {
            Some((_, place)) => *place,
            None => self.add(0, draft.add_reasoning()),
        }
    }

    pub(super) fn add(&mut self, index: u64, place: Place) -> Place {
        self.parts.push((index, place));
        place
    }
}
