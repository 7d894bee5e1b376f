//! Answers that are JSON by its grammar (RFC 8259) and that a strict reader refuses: with half a character, which gateways in
//! JavaScript and Python write where they cut a text, or with a member twice in one object (seen of NVIDIA's thinking models).
//!
//! Looked for only where an answer could not be read, and read once more with U+FFFD for the half, and the last that was said under
//! a name. Arguments of a call are not touched: whoever runs it judges them as they came.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::lenient::Members;
use super::surrogates;

/// Members that hold a call's arguments.
const ARGUMENTS: [&str; 4] = ["args", "arguments", "input", "parameters"];

/// Answers have what is read of them within so many levels.
const DEEPEST: usize = 12;

/// `json` as a strict reader takes it; nothing where that changes nothing.
pub(super) fn mended(json: &[u8]) -> Option<Vec<u8>> {
    let json = std::str::from_utf8(json).ok()?.trim();
    let mut mended = String::with_capacity(json.len());
    let is_changed = mend(json, 0, &mut mended).ok()?;
    is_changed.then(|| mended.into_bytes())
}

/// Writes `json` with whole characters, and with one member of each name: the last that is not null, in the place of the first.
/// Whether that is a change.
fn mend(json: &str, depth: usize, out: &mut String) -> serde_json::Result<bool> {
    match json.as_bytes().first() {
        Some(b'{') if depth < DEEPEST => object(json, depth, out),
        Some(b'[') if depth < DEEPEST => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            let mut is_changed = false;
            out.push('[');
            for (place, item) in items.into_iter().enumerate() {
                out.push_str(if place > 0 { "," } else { "" });
                is_changed |= mend(item.get(), depth + 1, out)?;
            }
            out.push(']');
            Ok(is_changed)
        }
        _ => {
            let whole = surrogates::mended(json);
            out.push_str(&whole);
            Ok(matches!(whole, Cow::Owned(_)))
        }
    }
}

fn object(json: &str, depth: usize, out: &mut String) -> serde_json::Result<bool> {
    let Members(members) = serde_json::from_str(json)?;
    let mut kept: Vec<(Cow<'_, str>, &RawValue)> = Vec::with_capacity(members.len());
    let mut is_changed = false;
    for (name, value) in members {
        match kept.iter_mut().find(|(known, _)| *known == name) {
            None => kept.push((name, value)),
            Some((_, before)) => {
                is_changed = true;
                if value.get() != "null" {
                    *before = value;
                }
            }
        }
    }
    out.push('{');
    for (place, (name, value)) in kept.into_iter().enumerate() {
        out.push_str(if place > 0 { "," } else { "" });
        out.push_str(&serde_json::to_string(&name)?);
        out.push(':');
        if ARGUMENTS.contains(&&*name) {
            out.push_str(value.get());
        } else {
            is_changed |= mend(value.get(), depth + 1, out)?;
        }
    }
    out.push('}');
    Ok(is_changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Option<String> {
        mended(json.as_bytes()).map(|mended| String::from_utf8(mended).unwrap())
    }

    #[test]
    fn what_can_be_read_is_left_alone() {
        for json in
            [r#"{"a":[{"b":"c"},1.10,[],{}],"d":"\ud83d\ude00"}"#, "", "[", "text", r#"{"a":1}{"a":2}"#]
        {
            assert_eq!(of(json), None, "{json}");
        }
    }

    #[test]
    fn halves_are_replaced_and_of_equal_members_the_last_counts() {
        for (json, expected) in [
            (r#"{"text":"a\ud83d"}"#, r#"{"text":"a\ufffd"}"#),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"a":1,"\u0061":null}"#, r#"{"a":1}"#),
            (r#"[[],{"n":1.10,"x":[{"a":1,"a":2},{}]}]"#, r#"[[],{"n":1.10,"x":[{"a":2},{}]}]"#),
        ] {
            assert_eq!(of(json).as_deref(), Some(expected), "{json}");
        }
    }

    /// What is to be run is refused where it says two things.
    #[test]
    fn arguments_are_left_as_they_came() {
        let json = r#"{"a":1,"a":2,"functionCall":{"args":{"path":"/x","path":"/\ud83d"}}}"#;
        assert_eq!(of(json).unwrap(), r#"{"a":2,"functionCall":{"args":{"path":"/x","path":"/\ud83d"}}}"#);
    }
}
