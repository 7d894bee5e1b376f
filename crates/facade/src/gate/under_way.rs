//! What becomes of a call that nobody waits for any more (a limit, a cancelled turn): that is recorded too, so that every
//! request of a model has a decision in the file, and every allowed call an outcome.

use std::time::Instant;

use futures_util::FutureExt;
use toolgate_audit_log::{AuditLog, Caller, Decision, Digest, Entry, Outcome, OutcomeKind, Verdict};
use toolgate_tool_types::ToolCall;

use crate::metrics::Metrics;

/// The rule in the record of a call that was given up before anything decided about it, and how one failed that was
/// given up later.
const GIVEN_UP: &str = "given_up";

/// Records, when dropped before anything is `decided`, that the call was given up: a person was being asked, or a token
/// or the tools were.
pub(crate) struct Undecided<'a> {
    audit: &'a AuditLog,
    request: &'a str,
    call: &'a ToolCall,
    caller: Option<&'a Caller>,
    decided: bool,
}

impl<'a> Undecided<'a> {
    pub(crate) fn new(
        audit: &'a AuditLog,
        request: &'a str,
        call: &'a ToolCall,
        caller: Option<&'a Caller>,
    ) -> Self {
        Self { audit, request, call, caller, decided: false }
    }

    /// There is a decision, and whoever made it records it.
    pub(crate) fn decided(mut self) {
        self.decided = true;
    }
}

impl Drop for Undecided<'_> {
    fn drop(&mut self) {
        if !self.decided {
            let digest = Digest::of(self.call.raw_arguments.as_bytes());
            let mut record = Decision::new(self.request, &*self.call.name, Verdict::Denied, GIVEN_UP, digest);
            record.caller = self.caller.cloned();
            record.reason = Some("given up before it was decided".to_owned());
            hand_over(self.audit, Entry::Decision(record));
        }
    }
}

/// Records, when dropped before it [`ended`](Self::ended), that an allowed call was given up.
pub(crate) struct UnderWay<'a> {
    audit: &'a AuditLog,
    metrics: &'a Metrics,
    server: &'a str,
    request: &'a str,
    tool: &'a str,
    started: Instant,
    stage: Stage,
}

/// How far a call has come.
#[derive(PartialEq, Eq)]
enum Stage {
    Allowed,
    Sent,
    Ended,
}

impl<'a> UnderWay<'a> {
    pub(crate) fn new(
        audit: &'a AuditLog,
        metrics: &'a Metrics,
        server: &'a str,
        request: &'a str,
        tool: &'a str,
        started: Instant,
    ) -> Self {
        Self { audit, metrics, server, request, tool, started, stage: Stage::Allowed }
    }

    /// From here on the call may have happened.
    pub(crate) fn sent(&mut self) {
        self.stage = Stage::Sent;
    }

    /// The outcome of a call that ended as `kind`.
    pub(crate) fn ended(mut self, kind: OutcomeKind) -> Outcome {
        self.stage = Stage::Ended;
        self.outcome(kind)
    }

    /// The decision could not be recorded: there is no call.
    pub(crate) fn forget(mut self) {
        self.stage = Stage::Ended;
    }

    fn outcome(&self, kind: OutcomeKind) -> Outcome {
        let took = self.started.elapsed();
        self.metrics.called(self.server, kind, took);
        Outcome::new(self.request, self.tool, kind, took)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let (kind, why) = match self.stage {
            Stage::Allowed => (OutcomeKind::Failed, "given up before it was sent"),
            Stage::Sent => (OutcomeKind::Unknown, "given up before the tool answered"),
            Stage::Ended => return,
        };
        let mut outcome = self.outcome(kind);
        outcome.error_class = Some(GIVEN_UP.to_owned());
        outcome.error = Some(why.to_owned());
        hand_over(self.audit, Entry::Outcome(outcome));
    }
}

/// The first poll hands the record to the writer; there is nobody left to wait for the disk.
fn hand_over(audit: &AuditLog, entry: Entry) {
    let _ = audit.append(entry).now_or_never();
}
