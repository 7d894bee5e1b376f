//! A call that is under way. If nobody waits for its end any more (a limit, a cancelled turn), that is recorded too:
//! every allowed call has an outcome in the file.

use std::time::Instant;

use futures_util::FutureExt;
use toolgate_audit_log::{AuditLog, Entry, Outcome, OutcomeKind};

use crate::metrics::Metrics;

/// Records, when dropped before it [`ended`](Self::ended), that the call was given up.
pub(crate) struct UnderWay<'a> {
    audit: &'a AuditLog,
    metrics: &'a Metrics,
    server: &'a str,
    request: String,
    tool: &'a str,
    started: Instant,
    ended: bool,
}

impl<'a> UnderWay<'a> {
    pub(crate) fn new(
        audit: &'a AuditLog,
        metrics: &'a Metrics,
        server: &'a str,
        request: String,
        tool: &'a str,
        started: Instant,
    ) -> Self {
        Self { audit, metrics, server, request, tool, started, ended: false }
    }

    /// The outcome of a call that ended as `kind`.
    pub(crate) fn ended(mut self, kind: OutcomeKind) -> Outcome {
        self.ended = true;
        self.outcome(kind)
    }

    fn outcome(&mut self, kind: OutcomeKind) -> Outcome {
        let took = self.started.elapsed();
        self.metrics.called(self.server, kind, took);
        Outcome::new(std::mem::take(&mut self.request), self.tool, kind, took)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let mut outcome = self.outcome(OutcomeKind::Unknown);
            outcome.error = Some("given up before the tool answered".to_owned());
            // The first poll hands the record to the writer; there is nobody left to wait for the disk.
            let _ = self.audit.append(Entry::Outcome(outcome)).now_or_never();
        }
    }
}
