//! Forgiving readers for what providers send in place of what they document.
//!
//! Text may be null or a number, counts may be null, fractions or text. What cannot be read as the wanted type is
//! read as absent: an odd field costs itself and not the answer.

mod fitting;

use std::borrow::Cow;
use std::fmt;
use std::iter::Chain;
use std::marker::PhantomData;
use std::ops::Deref;
use std::{option, vec};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

pub(crate) use self::fitting::{fitting, several};

/// Text, or a number or boolean as text; anything else is empty. Borrows where the JSON has no escapes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    pub(crate) fn into_cow(self) -> Cow<'a, str> {
        self.0
    }

    /// Reads what was checked to be JSON before; what cannot be read is empty.
    pub(crate) fn of(raw: &'a RawValue) -> Self {
        let inside = raw.get().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match inside.and_then(unescaped) {
            Some(text) => Self(text),
            None => serde_json::from_str(raw.get()).unwrap_or_default(),
        }
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

/// A list that mostly has one item, and then needs no memory of its own.
pub(crate) struct Few<T> {
    first: Option<T>,
    others: Vec<T>,
}

impl<T> Few<T> {
    /// The item, if it is the only one.
    pub(crate) fn only(&self) -> Option<&T> {
        self.first.as_ref().filter(|_| self.others.is_empty())
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = Chain<option::IntoIter<T>, vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.others)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsList<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for AsList<T> {
            type Value = Few<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Few<T>, A::Error> {
                let mut few = Few { first: items.next_element()?, others: Vec::new() };
                while let Some(item) = items.next_element()? {
                    few.others.push(item);
                }
                Ok(few)
            }
        }
        deserializer.deserialize_seq(AsList(PhantomData))
    }
}

/// An object's members in their order, values unread.
#[derive(Default)]
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    members.push((name.into_cow(), value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
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

/// A count of tokens, where there is one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) Option<u64>);

impl Count {
    /// Takes over what a later count says, if it says anything: some servers write zero for what they counted before.
    pub(crate) fn update(&mut self, later: Self) {
        self.0 = later.0.filter(|count| *count > 0).or(self.0).or(later.0);
    }

    fn of(text: &str) -> Self {
        let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
        Self(whole.parse().ok())
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsCount;
        impl<'de> Visitor<'de> for AsCount {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Count, E> {
                Ok(Count(Some(number)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Count, E> {
                Ok(Count(number.try_into().ok()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Count, E> {
                Ok(Count::of(&number.to_string()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Count, E> {
                Ok(Count::of(text))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Count, E> {
                Ok(Count(None))
            }

            fn visit_unit<E>(self) -> Result<Count, E> {
                Ok(Count(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Count, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Count(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Count, A::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Count(None))
            }
        }
        deserializer.deserialize_any(AsCount)
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
            r#""\ud83d""#,
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
    }

    #[test]
    fn what_is_no_count_is_unknown() {
        for (json, count) in
            [("7", Some(7)), ("7.0", Some(7)), ("\"7\"", Some(7)), ("null", None), ("-1", None), ("{}", None)]
        {
            assert_eq!(serde_json::from_str::<Count>(json).unwrap().0, count, "{json}");
        }
    }

    #[test]
    fn a_count_is_not_undone() {
        for (before, later, after) in [
            (None, Some(0), Some(0)),
            (Some(0), Some(7), Some(7)),
            (Some(7), Some(9), Some(9)),
            (Some(7), Some(0), Some(7)),
            (Some(7), None, Some(7)),
        ] {
            let mut count = Count(before);
            count.update(Count(later));
            assert_eq!(count.0, after, "{before:?}, {later:?}");
        }
    }

    #[test]
    fn a_list_keeps_its_items_in_their_order() {
        for (json, items) in [("[]", vec![]), ("[1]", vec![1]), ("[1,2,3]", vec![1, 2, 3])] {
            let few: Few<u8> = serde_json::from_str(json).unwrap();
            assert_eq!(few.into_iter().collect::<Vec<_>>(), items, "{json}");
        }
        assert!(serde_json::from_str::<Few<u8>>("{}").is_err());
    }
}
