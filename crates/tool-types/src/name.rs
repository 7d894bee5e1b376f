//! The name of a tool as model, policy, audit log and errors all spell it.
//!
//! Providers accept different alphabets; the intersection is 1 to 64 of `A-Z a-z 0-9 _ -`
//! (OpenAI function names, Anthropic tool names; Gemini also wants no leading digit, which its dialect maps).

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

/// A tool's name in the one namespace that a model sees: 1 to 64 of `[A-Za-z0-9_-]`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ToolName(Arc<str>);

/// Why a text is no [`ToolName`].
///
/// ```
/// # use toolgate_tool_types::{NameError, ToolName};
/// match ToolName::new("crm.lookup") {
///     Err(NameError::Character(found)) => assert_eq!(found, '.'), // MCP allows it, some providers do not
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name has no characters, or more than [`ToolName::MAX_LEN`].
    #[error("a tool name has 1 to 64 characters, this one has {0}")]
    Length(usize),
    /// A character outside `[A-Za-z0-9_-]`.
    #[error("a tool name is made of A-Z, a-z, 0-9, '_' and '-', this one holds {0:?}")]
    Character(char),
}

impl ToolName {
    /// The longest name that every provider accepts.
    pub const MAX_LEN: usize = 64;

    /// Checks `name` and keeps it.
    ///
    /// ```
    /// # use toolgate_tool_types::ToolName;
    /// assert!(ToolName::new("get_customer_info").is_ok());
    /// assert!(ToolName::new("rm -rf").is_err());
    /// ```
    ///
    /// # Errors
    /// [`NameError`] when the length or a character is outside what every provider accepts.
    pub fn new(name: impl AsRef<str>) -> Result<Self, NameError> {
        let name = name.as_ref();
        Self::check(name)?;
        Ok(Self(name.into()))
    }

    /// Checks `name` without keeping it: for names of calls, which a model may have made up.
    ///
    /// ```
    /// # use toolgate_tool_types::ToolName;
    /// assert!(ToolName::check("functions.get_time").is_err());
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn check(name: &str) -> Result<(), NameError> {
        if name.is_empty() || name.len() > Self::MAX_LEN {
            return Err(NameError::Length(name.chars().count()));
        }
        match name.chars().find(|c| !Self::may_hold(*c)) {
            Some(found) => Err(NameError::Character(found)),
            None => Ok(()),
        }
    }

    /// Whether a name may hold `c`: a letter or digit of ASCII, `_` or `-`.
    #[must_use]
    pub fn may_hold(c: char) -> bool {
        c.is_ascii_alphanumeric() || c == '_' || c == '-'
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl AsRef<str> for ToolName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ToolName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for ToolName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl<'de> Deserialize<'de> for ToolName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::new(name).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_some_provider_refuses_are_refused() {
        assert_eq!(ToolName::new(""), Err(NameError::Length(0)));
        assert_eq!(ToolName::new("a".repeat(65)), Err(NameError::Length(65)));
        assert_eq!(ToolName::new("a.b"), Err(NameError::Character('.')));
        assert_eq!(ToolName::new("naïve"), Err(NameError::Character('ï')));
        assert!(ToolName::new("a".repeat(64)).is_ok());
    }
}
