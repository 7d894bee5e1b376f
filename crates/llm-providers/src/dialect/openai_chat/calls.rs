//! The calls of a streamed answer, put together from pieces that say more or less plainly which call they belong to.

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
    /// None until its name has come: a call begins with it.
    place: Option<Place>,
    /// The arguments that came before the name.
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
            if called.name.is_empty() {
                open.early.push_str(&more);
                return Ok(());
            }
            (*called.name).clone_into(&mut open.name);
            open.begin(draft)?;
        }
        open.place.map_or(Ok(()), |place| draft.extend(place, &more))
    }

    /// The place of the call that a piece without id and name goes on with.
    pub(super) fn place(&self, index: Option<u64>) -> Option<Place> {
        self.0.iter().rfind(|call| call.index == index)?.place
    }

    /// Nothing more is to come: what has no name never got one.
    pub(super) fn end(&mut self, draft: &mut Draft) -> Result<(), ProviderError> {
        self.0.iter_mut().filter(|open| open.place.is_none()).try_for_each(|open| open.begin(draft))
    }

    /// The call that a piece belongs to: by its index, else by its id, else the last.
    ///
    /// Hosts that number every call 0 tell them apart by ids; where those are missing too, by names, and by arguments that
    /// begin again when they were whole.
    fn position(&self, draft: &Draft, index: Option<u64>, id: &str, name: &str, more: &str) -> Option<usize> {
        let at = match index {
            Some(_) => self.0.iter().rposition(|call| call.index == index),
            None if !id.is_empty() => self.0.iter().position(|call| call.id == id),
            None if name.is_empty() => self.0.len().checked_sub(1),
            None => None,
        }?;
        let open = self.0.get(at)?;
        let is_another = match (id, name) {
            (_, "") => false,
            ("", name) => {
                let begins_again = !more.is_empty() && open.place.is_some_and(|place| draft.is_whole(place));
                !open.name.is_empty() && (open.name != name || begins_again)
            }
            (id, _) => open.id != id && !(open.id.is_empty() && open.place.is_none()),
        };
        (!is_another).then_some(at)
    }
}

impl Open {
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
