//! What became of one call at the gate.

use std::time::Duration;

use toolgate_mcp_bridge::BridgeError;
use toolgate_tool_types::{ToolCall, ToolResult};

use super::{Decision, mark};

/// One tool call that went through the gate, or was stopped by it.
///
/// ```
/// # use toolgate::{Answer, Passage};
/// /// Calls that may have changed something although nobody was told that they worked.
/// fn in_doubt(answer: &Answer) -> impl Iterator<Item = &Passage> {
///     answer.passages.iter().filter(|passage| {
///         passage.failure.as_ref().is_some_and(|failure| failure.may_have_run())
///     })
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Passage {
    /// What the model asked for.
    pub call: ToolCall,
    /// What the gate decided and why.
    pub decision: Decision,
    /// What the tool answered; for a denied or failed call, what the model was told instead.
    pub result: ToolResult,
    /// Why an allowed call failed.
    pub failure: Option<BridgeError>,
    /// From the request to the result.
    pub duration: Duration,
}

impl Passage {
    /// Whether the tool ran, or may have.
    pub(crate) fn may_have_run(&self) -> bool {
        self.decision.is_allowed() && self.failure.as_ref().is_none_or(BridgeError::may_have_run)
    }

    /// The result as the model is told it: what a tool said is marked as that, where `mark` is set.
    pub(crate) fn told(&self, mark: bool) -> ToolResult {
        let said_by_tool = self.decision.is_allowed() && self.failure.is_none();
        if mark && said_by_tool { mark::marked(&self.call.name, &self.result) } else { self.result.clone() }
    }
}
