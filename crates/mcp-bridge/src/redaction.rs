//! Our own secrets, taken out of what a server says before a model or a log sees it. Exact matches only: a server that
//! reflects a token, not one that encodes it.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// What stands in a secret's place.
const MARKER: &str = "[redacted]";

/// What stands where foreign text was cut short.
const CUT: char = '…';
/// The shortest beginning of a secret that is taken for one, in bytes.
const SHORTEST_BEGINNING: usize = 8;

/// How much of a secret is looked for first, in bytes.
const SHORT: usize = 16;

type Visit = dyn Fn(&mut dyn FnMut(&str)) + Send + Sync;

/// Names the secrets of this moment; tokens change.
#[derive(Clone, Default)]
pub(crate) struct Redaction(Option<Arc<Visit>>);

impl Redaction {
    pub(crate) fn new(secrets: impl Fn(&mut dyn FnMut(&str)) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(secrets)))
    }

    /// `text` without secrets.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut clean = Cow::Borrowed(text);
        if let Some(secrets) = &self.0 {
            secrets(&mut |secret| {
                if !secret.is_empty() && holds(&clean, secret) {
                    clean = Cow::Owned(clean.replace(secret, MARKER));
                }
            });
        }
        clean
    }

    /// Takes secrets out of a message, and the beginning of one where foreign text in it was cut short.
    pub(crate) fn message(&self, message: &mut String) {
        if let Cow::Owned(clean) = self.text(message) {
            *message = clean;
        }
        let Some(secrets) = &self.0 else { return };
        secrets(&mut |secret| {
            let ends: Vec<usize> = message.match_indices(CUT).map(|(at, _)| at).collect();
            for end in ends.into_iter().rev() {
                let before = message.get(..end).unwrap_or_default();
                let beginnings =
                    (SHORTEST_BEGINNING..secret.len()).rev().filter_map(|length| secret.get(..length));
                let found = beginnings.filter(|beginning| before.ends_with(beginning)).map(str::len).next();
                if let Some(length) = found {
                    message.replace_range(end - length..end, MARKER);
                }
            }
        });
    }

    /// The JSON text `json` without secrets in any string, however the string is escaped. Untouched when it has none.
    pub(crate) fn json(&self, json: String) -> String {
        let Some(secrets) = &self.0 else { return json };
        // Letters may be written as their numbers, a solidus behind its reverse; the rest of what is seldom in secrets must be.
        let literal = !json.contains("\\u") && !json.contains("\\/");
        let text = LazyCell::new(|| unescaped(&json));
        let mut clear = true;
        secrets(&mut |secret| {
            let searched = if literal && is_literal(secret) { &json } else { &*text };
            clear &= secret.is_empty() || !holds(searched, secret);
        });
        if clear {
            return json;
        }
        let Ok(mut value) = serde_json::from_str::<Value>(&json) else {
            return self.text(&json).into_owned();
        };
        secrets(&mut |secret| {
            if !secret.is_empty() {
                clean(&mut value, secret);
            }
        });
        // Even where none was found in it: of several members with one name it holds the last alone.
        value.to_string()
    }
}

/// Whether `secret` is in `text`. A token is so long that to prepare the search for it takes longer than the search.
fn holds(text: &str, secret: &str) -> bool {
    secret.get(..SHORT).is_none_or(|start| text.contains(start)) && text.contains(secret)
}

/// Whether JSON that names no letter by its number can hold `secret` in one way only: as it is.
fn is_literal(secret: &str) -> bool {
    // All of them, rather than up to the first: many at a time are quicker.
    secret.bytes().fold(true, |literal, byte| literal & (byte >= b' ') & (byte != b'"') & (byte != b'\\'))
}

/// `json` with each escape as the letter that it stands for (RFC 8259 section 7), wherever it stands.
fn unescaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    // Letters beyond the first plane are two escapes.
    let mut units = Vec::new();
    let mut rest = json;
    while let Some((before, escape)) = rest.split_once('\\') {
        if !before.is_empty() {
            write_units(&mut units, &mut text);
            text.push_str(before);
        }
        let unit = escape.strip_prefix('u').and_then(|digits| digits.get(..4));
        if let Some(unit) = unit.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
            units.push(unit);
            rest = escape.get(5..).unwrap_or_default();
            continue;
        }
        write_units(&mut units, &mut text);
        let mut letters = escape.chars();
        text.extend(letters.next().map(|letter| match letter {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => other,
        }));
        rest = letters.as_str();
    }
    write_units(&mut units, &mut text);
    text.push_str(rest);
    text
}

fn write_units(units: &mut Vec<u16>, text: &mut String) {
    if units.is_empty() {
        return;
    }
    let letters = char::decode_utf16(units.drain(..));
    text.extend(letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// Takes `secret` out of every string in `value`.
fn clean(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) if text.contains(secret) => *text = text.replace(secret, MARKER),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, secret)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| clean(member, secret));
            let names: Vec<String> = members.keys().filter(|name| name.contains(secret)).cloned().collect();
            for name in &names {
                if let Some(member) = members.remove(name) {
                    members.insert(name.replace(secret, MARKER), member);
                }
            }
        }
        _ => {}
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redaction")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_from_values_and_names_however_they_are_written() {
        let redaction = Redaction::new(|redact| ["t0ken-\"1\"", "canary", ""].into_iter().for_each(redact));
        let clean =
            redaction.json(r#"{"a":["t0ken-\u0022\u0031\"","x canary"],"canary":{"b":1}}"#.to_owned());
        assert!(!clean.contains("canary") && !clean.contains("t0ken"), "{clean}");
        assert_eq!(clean.matches(MARKER).count(), 3, "{clean}");
        for untouched in [r#"{ "z": 1.0, "a": "x" }"#, r#"{ "z": 1.0, "a": "\n" }"#] {
            assert_eq!(redaction.json(untouched.to_owned()), untouched);
        }
        assert_eq!(redaction.json(r#"{"a": "x canary y"}"#.to_owned()), r#"{"a":"x [redacted] y"}"#);
        let twice = [r#"{"a":"x canary","a":"y"}"#, r#"{"a":"x c\u0061nary","\u0061":1,"a":"y"}"#];
        assert!(twice.iter().all(|twice| !redaction.json((*twice).to_owned()).contains("nary")));
        let plane = Redaction::new(|redact| redact("key😀"));
        assert!(plane.json(r#"["key\ud83d\ude00", "\\u0041\/"]"#.to_owned()).contains(MARKER));
        let untouched = r#"{"a": 18446744073709551616.0e1, "b": "\u00e9 \ud83d \\"}"#;
        assert_eq!(plane.json(untouched.to_owned()), untouched);
        let plain = Redaction::new(|redact| redact("can/ary"));
        for escaped in [r#"{"a":"\ncan/ary"}"#, r#"{"a":"\ncan\/ary"}"#, r#"{"a":"can/\u0061ry"}"#] {
            assert!(plain.json(escaped.to_owned()).contains(MARKER), "{escaped}");
        }
        assert!(redaction.json(r#"{"a":"t0ken-\"1\""}"#.to_owned()).contains(MARKER), "must be escaped");
        let long = Redaction::new(|redact| redact("0123456789abcde😀 and so on"));
        for held in ["0123456789abcde😀 and so on", "0123456789abcde\\ud83d\\ude00 and so on"] {
            assert_eq!(long.json(format!(r#"["x {held} y"]"#)), r#"["x [redacted] y"]"#);
        }
        let other = r#"["0123456789abcde😀 and so"]"#;
        assert_eq!(long.json(other.to_owned()), other);
        let token = Redaction::new(|redact| redact("eyJhbGciOiJSUzI1NiJ9.e30.c2ln"));
        assert_eq!(token.text("eyJhbGciOiJSUzI1NiJ9.e30"), "eyJhbGciOiJSUzI1NiJ9.e30");
        assert_eq!(token.text("(eyJhbGciOiJSUzI1NiJ9.e30.c2ln)"), "([redacted])");
        assert_eq!(redaction.text("a canary"), "a [redacted]", "an empty secret is none");
        assert_eq!(Redaction::default().text("canary"), "canary");
    }

    #[test]
    fn half_a_secret_is_too_much_of_it() {
        let redaction = Redaction::new(|redact| redact("0123456789abcdef"));
        let clean = |text: &str| {
            let mut text = text.to_owned();
            redaction.message(&mut text);
            text
        };
        assert_eq!(clean("found \"x 0123456789ab…\" with 1"), "found \"x [redacted]…\" with 1");
        assert_eq!(clean("found 0123456789abcdef"), "found [redacted]");
        assert_eq!(clean("found 0123…, 0123456789ab"), "found 0123…, 0123456789ab");
    }
}
