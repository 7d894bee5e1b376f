//! Lists that mostly have one item.

use std::fmt;
use std::iter::Chain;
use std::marker::PhantomData;
use std::{option, vec};

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_items_in_their_order() {
        for (json, items) in [("[]", vec![]), ("[1]", vec![1]), ("[1,2,3]", vec![1, 2, 3])] {
            let few: Few<u8> = serde_json::from_str(json).unwrap();
            assert_eq!(few.into_iter().collect::<Vec<_>>(), items, "{json}");
        }
        assert!(serde_json::from_str::<Few<u8>>("{}").is_err());
    }
}
