//! Objects and lists that may be something else: an odd member costs itself. Each is read as it comes, as a look ahead
//! would read it twice.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// An object; what is none is absent.
pub(crate) fn fitting<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    struct Fitting<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Fits<'de> for Fitting<T> {
        type Fitting = T;

        fn object<A: MapAccess<'de>>(members: A) -> Result<Option<T>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members)).map(Some)
        }
    }
    deserializer.deserialize_any(Reader(PhantomData::<Fitting<T>>))
}

/// A list, or the one item that stands there without a list around it. What is neither is absent.
pub(crate) fn several<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    struct Several<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Fits<'de> for Several<T> {
        type Fitting = Vec<T>;

        fn object<A: MapAccess<'de>>(members: A) -> Result<Option<Vec<T>>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members)).map(|one| Some(vec![one]))
        }

        fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Vec<T>>, A::Error> {
            let mut all = Vec::new();
            while let Some(item) = items.next_element::<Option<T>>()? {
                // A null says nothing.
                all.extend(item);
            }
            Ok(Some(all))
        }
    }
    deserializer.deserialize_any(Reader(PhantomData::<Several<T>>))
}

/// What JSON must be to be read.
trait Fits<'de> {
    type Fitting;

    fn object<A: MapAccess<'de>>(members: A) -> Result<Option<Self::Fitting>, A::Error>;

    fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self::Fitting>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// Reads what fits, and passes over what does not.
struct Reader<F>(PhantomData<F>);

impl<'de, F: Fits<'de>> Visitor<'de> for Reader<F> {
    type Value = Option<F::Fitting>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        F::list(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        F::object(members)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_does_not_fit_is_absent() {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Odd {
            #[serde(deserialize_with = "fitting")]
            pair: Option<BTreeMap<String, u8>>,
            #[serde(deserialize_with = "several")]
            list: Option<Vec<BTreeMap<String, u8>>>,
        }
        let read = |json: &str| serde_json::from_str::<Odd>(json);
        assert!(read("{}").unwrap().pair.is_none());
        for odd in ["null", "\"\"", "true", "7", "-7", "0.5", "[]", "[{\"a\":1}]"] {
            assert!(read(&format!("{{\"pair\":{odd}}}")).unwrap().pair.is_none(), "{odd}");
        }
        assert_eq!(read("{\"pair\":{\"a\":1}}").unwrap().pair.unwrap()["a"], 1);
        for (json, length) in [
            ("null", None),
            ("\"\"", None),
            ("[]", Some(0)),
            ("{\"a\":1}", Some(1)),
            ("[{},{}]", Some(2)),
            ("[null,{}]", Some(1)),
        ] {
            let list = read(&format!("{{\"list\":{json}}}")).unwrap().list;
            assert_eq!(list.map(|list| list.len()), length, "{json}");
        }
        assert!(read("{\"list\":[7]}").is_err(), "an item is never lost in silence");
    }
}
