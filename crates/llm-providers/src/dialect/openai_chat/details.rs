//! `reasoning_details`, gathered from the pieces that a stream cuts them into (OpenRouter, "Preserving reasoning").
//!
//! Pieces of one detail follow each other with the same `type` and `index`. Their texts are joined, and what only a
//! later piece has, such as the signature, is added: signed reasoning goes back as if it had come whole. MiniMax's pieces
//! may each repeat the text so far (MiniMax API, "Compatible OpenAI API"); those of some of its models do not.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::dialect::extra::object;
use crate::dialect::lenient::{Members, Text};

/// The members that are cut; all others come whole.
const CUT: [&str; 3] = ["text", "summary", "data"];

/// The `format` of details whose pieces may repeat what came before.
const REPEATS: &str = "\"MiniMax-response-v1\"";

/// Details so far: members in their order, values as JSON text.
#[derive(Default)]
pub(super) struct Details(Vec<Vec<(String, String)>>);

impl Details {
    /// Adds the array of one chunk; what is no array of objects has nothing to keep.
    pub(super) fn add(&mut self, raw: &RawValue) {
        for Members(piece) in serde_json::from_str::<Vec<Members<'_>>>(raw.get()).unwrap_or_default() {
            let piece: Vec<(Cow<'_, str>, &str)> =
                piece.into_iter().map(|(name, value)| (name, value.get())).collect();
            match self.0.last_mut() {
                Some(last) if continues(last, &piece) => piece.iter().for_each(|(n, v)| merge(last, n, v)),
                _ => self.0.push(
                    piece.into_iter().map(|(name, value)| (name.into_owned(), value.to_owned())).collect(),
                ),
            }
        }
    }

    /// The details as a JSON array, if there are any.
    pub(super) fn take(&mut self) -> Option<String> {
        let details = std::mem::take(&mut self.0);
        let objects: Vec<String> = details.iter().map(|members| object(members)).collect();
        (!objects.is_empty()).then(|| format!("[{}]", objects.join(",")))
    }
}

/// Whether `piece` goes on with `last`. Without an index, each piece is whole.
fn continues(last: &[(String, String)], piece: &[(Cow<'_, str>, &str)]) -> bool {
    let same = |wanted: &str| {
        let before = last.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let now = piece.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
        before.is_some() && before == now
    };
    same("type") && same("index")
}

fn merge(last: &mut Vec<(String, String)>, name: &str, value: &str) {
    let may_repeat = last.iter().any(|(name, value)| name == "format" && value == REPEATS);
    match last.iter_mut().find(|(known, _)| known == name) {
        None => last.push((name.to_owned(), value.to_owned())),
        Some((_, before)) if CUT.contains(&name) => {
            let text = |json: &str| {
                serde_json::from_str::<Text<'_>>(json).map(|text| text.to_string()).unwrap_or_default()
            };
            let (so_far, piece) = (text(before), text(value));
            let both = if may_repeat && piece.starts_with(&so_far) { piece } else { so_far + &piece };
            *before = serde_json::to_string(&both).unwrap_or_default();
        }
        Some((_, before)) if value != "null" => value.clone_into(before),
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_the_details_that_they_were_cut_from() {
        let mut details = Details::default();
        for piece in [
            r#"[{"type":"reasoning.text","text":"a ","format":"f","index":0}]"#,
            r#"[{"type":"reasoning.text","text":"\"b\"","format":"f","index":0}]"#,
            r#"[{"type":"reasoning.text","signature":"s","index":0}]"#,
            r#"[{"type":"reasoning.encrypted","data":"x","index":1}]"#,
            r#"[{"type":"reasoning.summary","summary":"whole"},{"type":"reasoning.summary","summary":"whole"}]"#,
            "[]",
            "null",
        ] {
            details.add(serde_json::from_str(piece).unwrap());
        }
        assert_eq!(
            details.take().unwrap(),
            r#"[{"type":"reasoning.text","text":"a \"b\"","format":"f","index":0,"signature":"s"},{"type":"reasoning.encrypted","data":"x","index":1},{"type":"reasoning.summary","summary":"whole"},{"type":"reasoning.summary","summary":"whole"}]"#
        );
        assert_eq!(details.take(), None);
    }
}
