//! Strict reading of a JSON object that a server sent: no duplicate member at any depth (RFC 8259 section 4 leaves
//! their meaning open, so two readers may disagree), a bounded depth, nothing after the object.

use std::fmt;

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::foreign;

/// Deeper than any honest token response or metadata document.
const MAX_DEPTH: u8 = 64;

/// The object in `body`, or what is wrong with it.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value =
        Strict { depth: MAX_DEPTH }.deserialize(&mut reader).map_err(|error| foreign(&error.to_string()))?;
    reader.end().map_err(|error| foreign(&error.to_string()))?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err("expected a JSON object".to_owned()),
    }
}

/// Whether there is exactly one `Content-Type`, and it is JSON (`application/json` or a `+json` type).
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = only.to_str() else { return false };
    let media_type = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// The content type for an error message.
pub(crate) fn content_type(headers: &HeaderMap) -> String {
    match headers.get(CONTENT_TYPE) {
        Some(found) => foreign(&String::from_utf8_lossy(found.as_bytes())),
        None => "no content type".to_owned(),
    }
}

struct Strict {
    depth: u8,
}

impl Strict {
    fn deeper<E: Error>(&self) -> Result<u8, E> {
        self.depth.checked_sub(1).ok_or_else(|| E::custom(format!("nested deeper than {MAX_DEPTH}")))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict { depth })? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict { depth })?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("the member {} comes twice", foreign(&name))));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_clean_object_is_taken() {
        assert!(object(br#"{"a": [1, {"b": null}], "c": 1.5}"#).is_ok());
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{} {}"#,
            "[]",
            "",
            "\u{feff}{}",
            r#"{"a":1e400}"#,
        ] {
            assert!(object(bad.as_bytes()).is_err(), "{bad}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
        assert!(object(deep.as_bytes()).unwrap_err().contains("nested"));
    }

    #[test]
    fn json_content_types() {
        let with = |value: &str| HeaderMap::from_iter([(CONTENT_TYPE, value.parse().unwrap())]);
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/jwk-set+json"] {
            assert!(is_json(&with(good)), "{good}");
        }
        for bad in ["text/html", "application/jsonp", "text/plain", "application/x-www-form-urlencoded"] {
            assert!(!is_json(&with(bad)), "{bad}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
