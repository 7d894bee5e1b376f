//! The arguments of a call that come in pieces, each with the JSON path of a value and the value, or more of a text.
//!
//! Vertex AI sends them where they are asked for (`streamFunctionCallArguments`; `FunctionCall.partialArgs`). The paths are
//! made of names and indices (RFC 9535 section 2.3). What is no next value of one JSON object is refused: arguments are
//! never guessed.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::wire::{Called, PartialArg};
use crate::dialect::Context;
use crate::dialect::draft::{Draft, Place};
use crate::{ErrorKind, ProviderError};

/// As deep as serde_json reads.
const MAX_DEPTH: usize = 127;

/// A call whose arguments may still come.
pub(super) struct Pieces {
    place: Place,
    arguments: Value,
    /// The paths of texts that go on.
    open: HashSet<String>,
}

enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl Pieces {
    pub(super) fn new(place: Place) -> Self {
        Self { place, arguments: Value::Object(Map::new()), open: HashSet::new() }
    }

    /// Reads the pieces that one part has.
    pub(super) fn add(&mut self, context: &Context<'_>, called: &Called<'_>) -> Result<(), ProviderError> {
        let refuse = |found: &RawValue| {
            let what = format!("expected the next value of a call's arguments, found {}", found.get());
            Err(context.provider.error(ErrorKind::MalformedOutput, what))
        };
        if let Some(args) = called.args.filter(|args| args.get() != "{}") {
            return refuse(args);
        }
        let Some(list) = called.partial_args else { return Ok(()) };
        let Some(pieces) = read::<Vec<&RawValue>>(list) else { return refuse(list) };
        for raw in pieces {
            if read(raw).and_then(|piece| self.piece(&piece)).is_none() {
                return refuse(raw);
            }
        }
        Ok(())
    }

    fn piece(&mut self, piece: &PartialArg<'_>) -> Option<()> {
        let value = match (&piece.string_value, piece.number_value.or(piece.bool_value)) {
            (Some(text), _) => Value::from(&**text),
            (None, Some(value)) => read(value)?,
            (None, None) if piece.null_value => Value::Null,
            // It is announced, and comes later.
            (None, None) => return Some(()),
        };
        let mut place = &mut self.arguments;
        for step in steps(&piece.json_path)? {
            place = child(place, step)?;
        }
        match (place, value, self.open.remove(&*piece.json_path)) {
            (Value::String(text), Value::String(more), true) => text.push_str(&more),
            (place @ Value::Null, value, false) => *place = value,
            _ => return None,
        }
        if piece.will_continue == Some(true) {
            self.open.insert(piece.json_path.to_string());
        }
        Some(())
    }

    /// Nothing more is to come. What was cut off must not look whole, and is left without its end.
    pub(super) fn end(self, draft: &mut Draft, is_whole: bool) -> Result<(), ProviderError> {
        let mut json = self.arguments.to_string();
        if !is_whole || !self.open.is_empty() {
            json.pop();
        }
        draft.extend(self.place, &json)?;
        draft.end_call(self.place);
        Ok(())
    }
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// A member or an item; a new one is null, and stands behind the others.
fn child<'a>(parent: &'a mut Value, step: Step<'_>) -> Option<&'a mut Value> {
    match (&*parent, &step) {
        (Value::Null, Step::Name(_)) => *parent = Value::Object(Map::new()),
        (Value::Null, Step::Index(_)) => *parent = Value::Array(Vec::new()),
        _ => {}
    }
    match (parent, step) {
        (Value::Object(members), Step::Name(name)) => Some(members.entry(name).or_insert(Value::Null)),
        (Value::Array(items), Step::Index(at)) => {
            if at == items.len() {
                items.push(Value::Null);
            }
            items.get_mut(at)
        }
        _ => None,
    }
}

/// The steps of a path such as `$.rooms[0]['first name']`; names with escapes are not known to come.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let (mut rest, mut steps) = (path.strip_prefix('$')?, Vec::new());
    while !rest.is_empty() {
        let (step, behind) = if let Some(after) = rest.strip_prefix('.') {
            let (name, behind) = after.split_at(after.find(['.', '[']).unwrap_or(after.len()));
            (Step::Name(name), behind)
        } else if let Some(after) = rest.strip_prefix("['") {
            let (name, behind) = after.split_once("']")?;
            (Step::Name(Some(name).filter(|name| !name.contains('\\'))?), behind)
        } else {
            let (index, behind) = rest.strip_prefix('[')?.split_once(']')?;
            (Step::Index(index.parse().ok()?), behind)
        };
        rest = behind;
        steps.push(step);
    }
    (1..MAX_DEPTH).contains(&steps.len()).then_some(steps)
}
