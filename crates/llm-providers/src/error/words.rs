//! The words of an error, however deep they stand.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::dialect::lenient::{Members, Text};

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

/// What the names of members with words have in them, whoever made them up.
const NAMES: [&str; 6] = ["message", "msg", "detail", "description", "reason", "error"];

/// The first words of an object that stand under a name as others have it, such as `errorMessage` and `error_description`.
pub(super) fn any(object: &str) -> Option<String> {
    let Members(members) = serde_json::from_str(object).ok()?;
    let named = |part: &str| {
        let mut fitting = members.iter().filter(|(name, _)| name.to_ascii_lowercase().contains(part));
        fitting.find_map(|(_, raw)| Some(of(raw)).filter(|words| !words.is_empty()))
    };
    NAMES.iter().find_map(|part| named(part))
}

/// The words of a body that is no JSON: a line of text, or the title of a page.
pub(super) fn plain(body: &str) -> &str {
    let body = body.trim();
    let title = || {
        let (_, rest) = body.split_once("<title>")?;
        Some(rest.split_once("</title>")?.0.trim())
    };
    match body.bytes().next() {
        Some(b'<') => title().unwrap_or_default(),
        Some(b'{' | b'[' | b'"') | None => "",
        Some(_) if serde_json::from_str::<IgnoredAny>(body).is_ok() => "",
        // The first line says what; what follows is for those who run the server.
        Some(_) => body.lines().next().filter(|line| line.contains(char::is_alphabetic)).unwrap_or_default(),
    }
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
