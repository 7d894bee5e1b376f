//! Counts that may be null, fractions or text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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
}
