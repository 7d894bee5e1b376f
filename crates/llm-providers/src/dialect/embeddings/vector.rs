//! A vector on the wire: numbers, or their bytes as text.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use super::Reading;
use crate::dialect::lenient::Count;
use crate::{ProviderError, Quirk};

/// A vector as it came.
pub(super) enum Vector<'a> {
    /// A list of numbers.
    Numbers(Vec<f32>),
    /// Base64 (RFC 4648 section 4) of something.
    Text(Cow<'a, str>),
}

impl Vector<'_> {
    /// Its numbers. Text is read only as what was asked for: base64 of little-endian 32-bit floats. Elsewhere it may be of
    /// bytes or bits.
    pub(super) fn read(self, reading: &Reading<'_>) -> Result<Vec<f32>, ProviderError> {
        let text = match self {
            Self::Numbers(numbers) => return Ok(numbers),
            Self::Text(text) => text,
        };
        let bytes = STANDARD.decode(&*text).ok().filter(|_| reading.provider.has(Quirk::Base64Vectors));
        let floats = bytes.as_deref().map(<[u8]>::as_chunks::<4>);
        let Some((floats, [])) = floats else {
            return Err(reading.malformed("expected a vector of numbers, found text that is none"));
        };
        Ok(floats.iter().copied().map(f32::from_le_bytes).collect())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Vector<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumbersOrText;
        impl<'de> Visitor<'de> for NumbersOrText {
            type Value = Vector<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a vector")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Vector<'de>, E> {
                Ok(Vector::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Vector<'de>, E> {
                Ok(Vector::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vector<'de>, A::Error> {
                let mut numbers = Vec::new();
                while let Some(number) = items.next_element()? {
                    numbers.push(number);
                }
                Ok(Vector::Numbers(numbers))
            }
        }
        deserializer.deserialize_any(NumbersOrText)
    }
}

/// Vectors by their indexes, each of which stands there once; in the order they came where none has one.
pub(super) fn in_order(
    reading: &Reading<'_>,
    mut indexed: Vec<(Count, Vec<f32>)>,
) -> Result<Vec<Vec<f32>>, ProviderError> {
    if indexed.iter().any(|(index, _)| index.0.is_some()) {
        indexed.sort_by_key(|(index, _)| index.0);
        let is_its_place = |(place, (index, _)): (u64, &(Count, _))| index.0 == Some(place);
        if !(0..).zip(&indexed).all(is_its_place) {
            return Err(reading.malformed("expected each index once, from 0 on, found others"));
        }
    }
    Ok(indexed.into_iter().map(|(_, vector)| vector).collect())
}
