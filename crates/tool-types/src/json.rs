//! A JSON object kept as its text.
//!
//! Schemas and arguments pass through this system unread: cloning them into a `serde_json::Value` costs
//! 7 to 25 times what keeping the text does, so the text is checked once and shared.

mod unique;

use std::fmt;
use std::sync::Arc;

use serde::de::{self, DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON object as text, checked to be one. Cheap to clone; equal when the text is equal.
#[derive(Clone)]
pub struct JsonObject(Arc<RawValue>);

/// Why a text is no [`JsonObject`].
///
/// ```
/// # use toolgate_tool_types::{JsonError, JsonObject};
/// match JsonObject::parse("[1, 2]") {
///     Err(JsonError::NotAnObject(found)) => assert_eq!(found, "an array"),
///     other => panic!("{other:?}"),
/// }
/// // Two readers of one text must not see two meanings.
/// assert!(matches!(JsonObject::parse(r#"{"id": 1, "id": 2}"#), Err(JsonError::Malformed(_))));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Not JSON at all, or a member stands twice, at whatever depth.
    #[error("expected a JSON object: {0}")]
    Malformed(#[source] serde_json::Error),
    /// JSON, but an array, a string, a number, a boolean or null.
    #[error("expected a JSON object, found {0}")]
    NotAnObject(&'static str),
}

impl JsonObject {
    /// Checks that `text` is one JSON object, without repeated members at any depth, and keeps it.
    ///
    /// ```
    /// # use toolgate_tool_types::JsonObject;
    /// let object = JsonObject::parse(r#"{"limit": 3}"#)?;
    /// assert_eq!(object.as_str(), r#"{"limit": 3}"#);
    /// # Ok::<(), toolgate_tool_types::JsonError>(())
    /// ```
    ///
    /// # Errors
    /// [`JsonError`] when the text is not JSON, not an object, or repeats a member.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let raw: Box<RawValue> = serde_json::from_str(text).map_err(JsonError::Malformed)?;
        Self::from_raw(raw)
    }

    /// The same for text that has been read as a [`RawValue`].
    ///
    /// # Errors
    /// [`JsonError`] when it is not an object or repeats a member.
    pub fn from_raw(raw: Box<RawValue>) -> Result<Self, JsonError> {
        match raw.get().as_bytes().first() {
            Some(b'{') => {
                unique::members(raw.get()).map_err(JsonError::Malformed)?;
                Ok(Self(raw.into()))
            }
            Some(b'[') => Err(JsonError::NotAnObject("an array")),
            Some(b'"') => Err(JsonError::NotAnObject("a string")),
            Some(b't' | b'f') => Err(JsonError::NotAnObject("a boolean")),
            Some(b'n') => Err(JsonError::NotAnObject("null")),
            _ => Err(JsonError::NotAnObject("a number")),
        }
    }

    /// Renders any serialisable value.
    ///
    /// # Errors
    /// [`JsonError`] when the value does not serialise to an object.
    pub fn from_serialize(value: &impl Serialize) -> Result<Self, JsonError> {
        Self::from_raw(serde_json::value::to_raw_value(value).map_err(JsonError::Malformed)?)
    }

    /// `{}`
    #[must_use]
    pub fn empty() -> Self {
        // `RawValue` has no infallible constructor; an empty map always renders.
        Self(serde_json::value::to_raw_value(&serde_json::Map::new()).unwrap_or_default().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The text as raw JSON, for splicing into a larger document.
    #[must_use]
    pub fn as_raw(&self) -> &RawValue {
        &self.0
    }

    /// Reads the object into a type, or into a `serde_json::Value` where the members are not known.
    ///
    /// # Errors
    /// What `serde_json` says when the object does not fit the type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.0.get())
    }
}

/// Checks that no object in `json` holds a member twice, at whatever depth: two readers of one text must not see two meanings
/// (RFC 7493 section 2.3). [`JsonObject`] has this checked already; this is for other JSON, such as a structured result.
///
/// ```
/// # use serde_json::value::RawValue;
/// let raw = |text: &str| RawValue::from_string(text.to_owned());
/// assert!(toolgate_tool_types::unique_members(&raw(r#"[{"id": 1}, {"id": 2}]"#)?).is_ok());
/// assert!(toolgate_tool_types::unique_members(&raw(r#"[{"id": 1, "id": 2}]"#)?).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// The member that stands twice.
pub fn unique_members(json: &RawValue) -> Result<(), serde_json::Error> {
    unique::members(json.get())
}

impl PartialEq for JsonObject {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for JsonObject {}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_raw(Box::<RawValue>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_without_repeats() {
        assert_eq!(JsonObject::parse(" {\"a\":1} ").unwrap().as_str(), "{\"a\":1}");
        assert!(matches!(JsonObject::parse("[1]"), Err(JsonError::NotAnObject("an array"))));
        assert!(matches!(JsonObject::parse("-1"), Err(JsonError::NotAnObject("a number"))));
        assert!(matches!(JsonObject::parse("{\"a\":1,\"a\":2}"), Err(JsonError::Malformed(_))));
        assert!(matches!(JsonObject::parse("{\"a\":1"), Err(JsonError::Malformed(_))));
        // However far apart, and however spelled.
        assert!(matches!(
            JsonObject::parse(r#"{"b":1,"c":2,"a":3,"\u0062":4}"#),
            Err(JsonError::Malformed(_))
        ));
        assert!(JsonObject::parse(r#"{"b":{"b":1},"a":[{"a":1},{"a":2}],"":0}"#).is_ok());
        assert_eq!(JsonObject::empty().as_str(), "{}");
    }

    /// Who checks the one and who acts on the other must not be two readers, however deep it stands.
    #[test]
    fn no_member_stands_twice_at_any_depth() {
        for twice in [
            r#"{"a":{"x":1,"x":2}}"#,
            r#"{"a":[0,[{"x":1,"y":{},"x":2}]]}"#,
            r#"{"a":{"x":{"x":1}},"b":{"x":1,"\u0078":2}}"#,
        ] {
            let error = JsonObject::parse(twice).unwrap_err();
            assert!(error.to_string().contains("stands twice"), "{twice}: {error}");
        }
        let deep = format!("{}1{}", "{\"x\":[".repeat(10_000), "]}".repeat(10_000));
        for once in [
            r#"{"a":"}{,:\"b\":\\","b":["a",{"a":":"},"a"],"c":{}}"#,
            // Half a character, which writers of UTF-16 let through: what a string says is not read here.
            r#"{"a":"\ud83d","b":"\ud83d"}"#,
            &deep,
        ] {
            assert!(JsonObject::parse(once).is_ok(), "{once}");
        }
    }
}
