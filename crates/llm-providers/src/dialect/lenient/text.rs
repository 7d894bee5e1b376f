//! Text that may be null, a number, or something else altogether.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::dialect::surrogates;

/// Text, or a number or boolean as text; anything else is empty. Borrows where the JSON has no escapes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    pub(crate) fn into_cow(self) -> Cow<'a, str> {
        self.0
    }

    /// Reads what was checked to be JSON before, with U+FFFD for half a character; what is no text is empty.
    pub(crate) fn of(raw: &'a RawValue) -> Self {
        Self::whole(raw).unwrap_or_else(|| Self::mended(raw.get()))
    }

    /// The same, or nothing for a text with half a character in it.
    pub(crate) fn whole(raw: &'a RawValue) -> Option<Self> {
        let inside = raw.get().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match inside.and_then(unescaped) {
            Some(text) => Some(Self(text)),
            None => serde_json::from_str(raw.get()).ok(),
        }
    }

    #[cold]
    fn mended(json: &str) -> Self {
        let text: String = serde_json::from_str(&surrogates::mended(json)).unwrap_or_default();
        Self(Cow::Owned(text))
    }

    /// The text as it stands in the JSON, if it needed no copy.
    pub(crate) fn borrowed(&self) -> Option<&'a str> {
        match self.0 {
            Cow::Borrowed(text) => Some(text),
            Cow::Owned(_) => None,
        }
    }
}

/// What stands between the quotes of a JSON text, its escapes undone unless there is one by number (RFC 8259 section 7).
/// serde_json would grow the text from one escape to the next, and then copy it.
fn unescaped(inside: &str) -> Option<Cow<'_, str>> {
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    let (mut text, mut rest) = (String::with_capacity(inside.len()), inside);
    while let Some((before, after)) = rest.split_once('\\') {
        let mut characters = after.chars();
        text.push_str(before);
        text.push(match characters.next()? {
            same @ ('"' | '\\' | '/') => same,
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            _ => return None,
        });
        rest = characters.as_str();
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsText;
        impl<'de> Visitor<'de> for AsText {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(if truth { "true" } else { "false" })))
            }

            fn visit_unit<E>(self) -> Result<Text<'de>, E> {
                Ok(Text::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text<'de>, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Text::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Text<'de>, A::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(AsText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_empty_and_what_needs_no_copy_is_borrowed() {
        let read = |json: &'static str| serde_json::from_str::<Text<'_>>(json).unwrap();
        assert!(matches!(read("\"plain\"").0, Cow::Borrowed("plain")));
        assert_eq!(&*read("\"a\\nb\""), "a\nb");
        for (json, text) in
            [("null", ""), ("429", "429"), ("-1", "-1"), ("true", "true"), ("[1]", ""), ("{\"a\":1}", "")]
        {
            assert_eq!(&*read(json), text, "{json}");
        }
    }

    #[test]
    fn what_was_checked_before_is_read_the_same() {
        for json in [
            r#""""#,
            r#""plain ü""#,
            r#""{\"a\": \"b\\\\c\"}""#,
            r#""\\""#,
            r#""\b\f\n\r\t\/""#,
            r#""\u00fc\n""#,
            r#""\n\ud83d\ude00""#,
            "7",
            "null",
            "[1]",
            "{}",
        ] {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            assert_eq!(Text::of(raw), serde_json::from_str(json).unwrap_or_default(), "{json}");
        }
        let raw: &RawValue = serde_json::from_str("\"plain\"").unwrap();
        assert_eq!(Text::of(raw).borrowed(), Some("plain"));
        let half: &RawValue = serde_json::from_str(r#""a\n\ud83d""#).unwrap();
        assert_eq!((&*Text::of(half), Text::whole(half)), ("a\n\u{fffd}", None));
    }
}
