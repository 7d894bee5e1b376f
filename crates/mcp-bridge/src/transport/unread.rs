//! Results that pass through rmcp as their text, wrapped in a result that rmcp does not know and so leaves alone.
//!
//! rmcp reads a result into one of twenty types, all or nothing; a single unknown content kind or malformed tool would cost
//! the whole answer, and schemas would lose their order. The text is read where each item can be judged alone.

use rmcp::model::{CustomResult, ServerResult};
use serde_json::Value;

const MEMBER: &str = "io.toolgate/unread";

/// `result` as a result of rmcp.
pub(crate) fn unread(result: &str) -> ServerResult {
    ServerResult::CustomResult(CustomResult(Value::Object(
        [(MEMBER.to_owned(), result.into())].into_iter().collect(),
    )))
}

/// The text that [`unread`] wrapped.
pub(crate) fn take_unread(mut result: Value) -> Option<String> {
    match result.get_mut(MEMBER)?.take() {
        Value::String(text) => Some(text),
        _ => None,
    }
}
