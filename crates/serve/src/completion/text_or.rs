//! What may be written as a text, or in a second way.
//!
//! No untagged enum: those try one way after the other, and tell of neither what is wrong with it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A text, or `T`, which is an array or an object.
#[derive(Debug)]
pub(super) enum TextOr<T> {
    Text(Arc<str>),
    Other(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EitherWay(PhantomData))
    }
}

struct EitherWay<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EitherWay<T> {
    type Value = TextOr<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string, or what the API has beside it")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TextOr::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(items)).map(TextOr::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(TextOr::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TextOr<Vec<u8>>, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn either_way_is_read_and_an_error_is_about_the_one_that_was_meant() {
        assert!(matches!(read(r#""a\n""#), Ok(TextOr::Text(text)) if &*text == "a\n"));
        assert!(matches!(read("[1, 2]"), Ok(TextOr::Other(bytes)) if bytes == [1, 2]));
        for (text, says) in [
            ("[1, true]", "boolean `true`, expected u8"),
            ("{}", "map, expected a sequence"),
            ("5", "integer `5`, expected a string, or"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
    }
}
