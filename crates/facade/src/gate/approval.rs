//! A person's word before a tool runs.

use async_trait::async_trait;
use toolgate_tool_types::JsonObject;

/// Exactly what is about to be sent.
///
/// See the example of [`Approve`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ApprovalRequest<'a> {
    /// The tool.
    pub tool: &'a str,
    /// The MCP server that has it.
    pub server: &'a str,
    /// The arguments, as they will be sent.
    pub arguments: &'a JsonObject,
    /// The rule that asks for approval.
    pub rule: &'a str,
}

/// Asks somebody whether a call may be made. Without one, a rule with `require_approval` denies.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use toolgate::{ApprovalRequest, Approve};
///
/// /// Says yes to the tools that somebody named beforehand. One that asks a person has the arguments to show.
/// struct Beforehand(BTreeSet<String>);
///
/// #[async_trait::async_trait]
/// impl Approve for Beforehand {
///     async fn approve(&self, request: ApprovalRequest<'_>) -> bool {
///         self.0.contains(request.tool)
///     }
/// }
/// ```
#[async_trait]
pub trait Approve: Send + Sync + 'static {
    /// Whether this call may be made. Everything but a clear yes is `false`.
    ///
    /// # Cancel safety
    /// When the conversation is dropped, so is the question, and the call is not made.
    async fn approve(&self, request: ApprovalRequest<'_>) -> bool;
}

/// Nobody to ask: the default, so that a rule which asks for a person is kept where there is none.
pub(crate) struct Nobody;

#[async_trait]
impl Approve for Nobody {
    async fn approve(&self, _: ApprovalRequest<'_>) -> bool {
        false
    }
}
