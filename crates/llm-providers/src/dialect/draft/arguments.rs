//! The arguments of a call, out of the pieces that they come in.
//!
//! By the book the pieces are joined. Some hosts begin with an object that has nothing in it, and then send the arguments (Bedrock
//! and Gemini behind gateways of chat completions); some send all of them again in each piece, or at the end (Qianfan). What
//! joined can be no JSON, and is JSON without what came before, is read as that.

use serde::de::IgnoredAny;

/// What may stand for arguments that are still to come.
const STAND_IN: &str = "{}";

/// Arguments so far.
#[derive(Default)]
pub(super) struct Arguments {
    text: String,
    /// How much of them was told.
    told: usize,
    /// Whether the pieces have all of them so far.
    repeats: bool,
}

impl Arguments {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Takes a piece; how many bytes there are then.
    pub(super) fn add(&mut self, piece: &str) -> usize {
        if self.is_stand_in() && piece.trim_ascii_start().starts_with('{') {
            self.text.clear();
        }
        self.repeats = self.repeats || self.is_again(piece);
        let again = if self.repeats { piece.strip_prefix(&*self.text) } else { None };
        self.text.push_str(again.unwrap_or(piece));
        self.text.len()
    }

    /// What has not been told yet. What may be a stand-in waits for what comes.
    pub(super) fn untold(&mut self) -> Option<&str> {
        if self.is_stand_in() { None } else { self.rest() }
    }

    /// The same where nothing more is to come.
    pub(super) fn rest(&mut self) -> Option<&str> {
        let from = std::mem::replace(&mut self.told, self.text.len());
        self.text.get(from..).filter(|rest| !rest.is_empty())
    }

    /// Whether they may only stand for what is to come.
    pub(super) fn is_stand_in(&self) -> bool {
        self.told == 0 && self.text == STAND_IN
    }

    /// Whether a piece has all that came before, and more: an object does not go on with its own beginning, but where a value is
    /// to come.
    fn is_again(&self, piece: &str) -> bool {
        let begins_alike = self.text.starts_with('{') && piece.starts_with(&*self.text);
        begins_alike && !begins_json(&format!("{}{piece}", self.text)) && begins_json(piece)
    }
}

/// Whether this is JSON, or the beginning of some.
fn begins_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).map_or_else(|error| error.is_eof(), |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of the pieces, and all of them at the end.
    fn read(pieces: &[&str]) -> (Vec<String>, String) {
        let (mut arguments, mut told) = (Arguments::default(), Vec::new());
        for piece in pieces {
            let length = arguments.add(piece);
            assert_eq!(length, arguments.as_str().len());
            told.extend(arguments.untold().map(str::to_owned));
        }
        told.extend(arguments.rest().map(str::to_owned));
        (told, arguments.into_text())
    }

    #[test]
    fn what_is_told_is_what_there_is_at_the_end() {
        let all = r#"{"a":"{\"a\":"}"#;
        for (pieces, expected) in [
            (&[r#"{"a":"#, "1", "}"] as &[&str], r#"{"a":1}"#),
            (&["{}"], "{}"),
            (&["{}", "{}"], "{}"),
            (&["{}", " "], "{} "),
            (&["{}", r#"{"a":"#, "1}"], r#"{"a":1}"#),
            (&["{}", r#" {"a":1}"#], r#" {"a":1}"#),
            (&["{", "}"], "{}"),
            // All so far in each piece, and all again at the end.
            (&["{", r#"{"a"#, r#"{"a":"#, r#"{"a":1"#, r#"{"a":1}"#, r#"{"a":1}"#], r#"{"a":1}"#),
            (&[r#"{"a":"x"#, r#"{"a":"x y"}"#], r#"{"a":"x y"}"#),
            (&[r#"{"a":"#, "1}", r#"{"a":1}"#], r#"{"a":1}"#),
            // An object in an object, a text that has the beginning in it, and what is malformed.
            (&[r#"{"a":"#, r#"{"a":"#, "1}}"], r#"{"a":{"a":1}}"#),
            (&[r#"{"a":""#, r#"{\"a\":"#, r#""}"#], all),
            (&["[1,", "[1,", "2]]"], "[1,[1,2]]"),
            (&[r#"{"a":1}"#, r#"{"b":2}"#], r#"{"a":1}{"b":2}"#),
            (&["{a", "{a}"], "{a{a}"),
            (&["x", "xy"], "xxy"),
        ] {
            let (told, text) = read(pieces);
            assert_eq!((told.concat(), text), (expected.to_owned(), expected.to_owned()), "{pieces:?}");
        }
        assert_eq!(read(&["{", "{\"a\":1", "}"]).0, ["{", "\"a\":1", "}"]);
    }
}
