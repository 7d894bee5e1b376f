//! The words of an error, however deep they stand.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::dialect::lenient::Text;

/// How deep words may stand: three levels are known, and JSON that is not parsed may be nested without end.
const DEPTH: u8 = 4;

/// Words that stand deeper than they should: FastAPI's list of what is wrong with a request, Mistral's with a message around it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told<'a> {
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    msg: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    /// What LiteLLM's proxy has in its `detail`.
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// The words of a text, of the first item of a list, or of what an object has of them.
pub(super) fn of(raw: &RawValue) -> String {
    within(raw, DEPTH)
}

fn within(raw: &RawValue, depth: u8) -> String {
    let inside = match raw.get().as_bytes().first() {
        Some(b'[') => read::<Vec<&RawValue>>(raw).and_then(|items| items.first().copied()),
        Some(b'{') => {
            read::<Told<'_>>(raw).and_then(|told| told.message.or(told.msg).or(told.detail).or(told.error))
        }
        _ => return Text::of(raw).to_string(),
    };
    inside.filter(|_| depth > 0).map(|inside| within(inside, depth - 1)).unwrap_or_default()
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}
