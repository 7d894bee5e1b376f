//! A model's request to run a tool, kept exactly as the model wrote it.
//!
//! The name may be unknown and the arguments may be no JSON: both are judged where the call is admitted, and the
//! text must survive unchanged so that the conversation can be replayed to the model.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{JsonError, JsonObject};

/// The id that ties a result to its call within a conversation.
///
/// ```
/// # use toolgate_tool_types::{CallId, ToolCall};
/// let calls = [ToolCall::new(CallId::new("call_1"), "get_customer_info", r#"{"id": 7}"#)];
/// let answered = CallId::new("call_1");
/// let call = calls.iter().find(|call| call.id == answered);
/// assert_eq!(call.map(|call| &*call.name), Some("get_customer_info"));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(Arc<str>);

impl CallId {
    /// Keeps the id that the provider gave.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tool call as the model asked for it.
///
/// ```
/// # use toolgate_tool_types::{CallId, ToolCall};
/// #[derive(serde::Deserialize)]
/// struct Customer {
///     id: u32,
/// }
/// let call = ToolCall::new(CallId::new("call_1"), "get_customer_info", r#"{"id": 7}"#);
/// assert_eq!(call.arguments()?.read::<Customer>()?.id, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Ties the result to this call.
    pub id: CallId,
    /// The tool's name as the model wrote it: not yet known to exist.
    pub name: Arc<str>,
    /// The arguments as the model wrote them: not yet known to be JSON.
    #[serde(rename = "arguments")]
    pub raw_arguments: Arc<str>,
}

/// Arguments that are no JSON object. Such a call is never run and never repaired.
///
/// ```
/// # use toolgate_tool_types::{CallId, ToolCall, ToolResult};
/// let cut_short = ToolCall::new(CallId::new("call_1"), "get_customer_info", r#"{"id": "#);
/// // The model is told, so that it can call again; nothing is run.
/// let told = cut_short.arguments().map_err(|error| ToolResult::error(error.to_string()));
/// assert!(told.is_err_and(|result| result.is_error));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the arguments of this call are not usable: {0}")]
pub struct ArgumentsError(#[from] JsonError);

impl ToolCall {
    /// A call with its id, the tool's name and the arguments as text.
    #[must_use]
    pub fn new(id: CallId, name: impl Into<Arc<str>>, raw_arguments: impl Into<Arc<str>>) -> Self {
        Self { id, name: name.into(), raw_arguments: raw_arguments.into() }
    }

    /// The arguments as an object. Only the empty text means `{}`; anything else malformed is an error, because a
    /// repaired call is not the call that the model meant.
    ///
    /// # Errors
    /// [`ArgumentsError`] when the text is not exactly one JSON object without repeated members.
    pub fn arguments(&self) -> Result<JsonObject, ArgumentsError> {
        if self.raw_arguments.is_empty() {
            return Ok(JsonObject::empty());
        }
        Ok(JsonObject::parse(&self.raw_arguments)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Result<JsonObject, ArgumentsError> {
        ToolCall::new(CallId::new("c1"), "t", text).arguments()
    }

    #[test]
    fn only_the_empty_text_means_no_arguments() {
        assert_eq!(arguments("").unwrap().as_str(), "{}");
        for bad in ["{\"a\":", "{}{}", "[]", "\"x\"", "null", " "] {
            assert!(arguments(bad).is_err(), "{bad:?} was taken");
        }
    }
}
