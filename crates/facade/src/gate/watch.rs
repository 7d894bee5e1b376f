//! Who is told what becomes of a call while it passes the gate.

use toolgate_mcp_bridge::CheckedCall;

use super::Decision;

/// Hears of one call.
pub(crate) trait Watch: Sync {
    /// The decision, which is recorded.
    fn decided(&self, decision: &Decision);

    /// The call that runs now, listening to its progress if that is wanted.
    fn running(&self, call: CheckedCall) -> CheckedCall;
}
