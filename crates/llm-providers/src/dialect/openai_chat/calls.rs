//! The calls of a streamed answer, put together from pieces that say more or less plainly which call they belong to.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::wire;
use crate::ProviderError;
use crate::dialect::arguments;
use crate::dialect::draft::{Draft, Place};
use crate::dialect::lenient::Text;

/// Calls whose arguments may still come.
#[derive(Default)]
pub(super) struct Calls(Vec<Open>);

struct Open {
    index: Option<u64>,
    id: String,
    name: String,
    /// None until its name is whole: a call begins with it. What comes next, of its arguments or of another call, tells.
    place: Option<Place>,
    /// The arguments that came before that.
    early: String,
}

impl Calls {
    /// Reads a piece of a call.
    pub(super) fn add(
        &mut self,
        draft: &mut Draft,
        index: Option<u64>,
        id: &str,
        called: &wire::Called<'_>,
    ) -> Result<(), ProviderError> {
        let more = written(called);
        let at = match self.position(draft, index, id, &called.name, &more) {
            Some(at) => at,
            None => {
                self.begin_named(draft)?;
                self.0.push(Open {
                    index,
                    id: id.to_owned(),
                    name: String::new(),
                    place: None,
                    early: String::new(),
                });
                self.0.len() - 1
            }
        };
        let Some(open) = self.0.get_mut(at) else { return Ok(()) };
        if open.place.is_none() {
            if open.id.is_empty() {
                id.clone_into(&mut open.id);
            }
            open.name_on(&called.name);
            open.early.push_str(&more);
            let is_named = !open.name.is_empty() && !open.early.is_empty();
            return if is_named { open.begin(draft) } else { Ok(()) };
        }
        open.place.map_or(Ok(()), |place| draft.extend(place, &more))
    }

    /// The place of the call that a piece without id and name goes on with.
    pub(super) fn place(&self, index: Option<u64>) -> Option<Place> {
        self.0.iter().rfind(|call| call.index == index)?.place
    }

    /// Another call is to come: those before it have their names.
    fn begin_named(&mut self, draft: &mut Draft) -> Result<(), ProviderError> {
        let mut waiting = self.0.iter_mut().filter(|open| open.place.is_none() && !open.name.is_empty());
        waiting.try_for_each(|open| open.begin(draft))
    }

    /// Nothing more is to come: what has no name never got one.
    pub(super) fn end(&mut self, draft: &mut Draft) -> Result<(), ProviderError> {
        self.0.iter_mut().filter(|open| open.place.is_none()).try_for_each(|open| open.begin(draft))
    }

    /// The call that a piece belongs to: by its index, else by its id, else the last.
    ///
    /// Hosts that number every call 0 tell them apart by ids; where those are missing too, by names, and by arguments that
    /// begin again when they were whole. A name may come in pieces too, all of them before the arguments.
    fn position(&self, draft: &Draft, index: Option<u64>, id: &str, name: &str, more: &str) -> Option<usize> {
        let own = |call: &Open| call.index == index && call.id == id;
        let at = match index {
            Some(_) if !id.is_empty() && self.0.iter().any(own) => self.0.iter().rposition(own),
            Some(_) => {
                let numbered = self.0.iter().rposition(|call| call.index == index);
                numbered.or_else(|| if name.is_empty() { self.renumbered(id) } else { None })
            }
            None if !id.is_empty() => self.0.iter().position(|call| call.id == id),
            None if name.is_empty() => self.0.len().checked_sub(1),
            None => None,
        }?;
        let open = self.0.get(at)?;
        let is_another = match (id, name) {
            (_, "") => false,
            ("", name) => {
                let begins_again = !more.is_empty() && open.place.is_some_and(|place| draft.is_whole(place));
                !open.name.is_empty() && (begins_again || (open.name != name && !open.is_named_on(more)))
            }
            (id, name) => {
                let is_same = open.name.is_empty() || (open.place.is_none() && open.name == name);
                open.id != id && !(open.id.is_empty() && is_same)
            }
        };
        (!is_another).then_some(at)
    }
}

impl Calls {
    /// The call that a piece without a name goes on with, under a number that the call did not have: by its id, else the last if
    /// that has none.
    fn renumbered(&self, id: &str) -> Option<usize> {
        match self.0.last() {
            Some(last) if id.is_empty() => last.index.is_none().then(|| self.0.len() - 1),
            _ => self.0.iter().rposition(|call| call.id == id),
        }
    }
}

impl Open {
    /// Whether a piece with another name and without an id, and these arguments, goes on with the name: none of the call's
    /// arguments have come, and the host marks calls by ids, or the piece is no whole call.
    fn is_named_on(&self, more: &str) -> bool {
        let is_whole = || serde_json::from_str::<IgnoredAny>(more).is_ok();
        self.place.is_none() && (!self.id.is_empty() || !is_whole())
    }

    /// More of the name: a piece of it (Gemini), or all of it again (MiniMax).
    fn name_on(&mut self, more: &str) {
        if more.starts_with(&*self.name) {
            self.name.clear();
        }
        self.name.push_str(more);
    }

    fn begin(&mut self, draft: &mut Draft) -> Result<(), ProviderError> {
        let place = draft.add_call(&self.id, &self.name)?;
        self.place = Some(place);
        draft.extend(place, &std::mem::take(&mut self.early))
    }
}

/// The arguments of a call; the free text of a custom tool.
pub(super) fn written<'a>(called: &wire::Called<'a>) -> Text<'a> {
    let raw: Option<&'a RawValue> = called.arguments.or(called.input);
    arguments::written(raw)
}
