//! The one gate that every tool call passes, whichever model asked for it.
//!
//! known tool → lockfile → policy → verified token → scopes → arguments → limits → approval → recorded → call → recorded.
//! Everything up to the first record happens without a byte to the MCP server; a call that cannot be recorded is not
//! made. A person is asked last (docs/adr/0002-a-person-is-asked-last.md).

mod approval;
mod decision;
mod denial;
mod fleet;
mod lockfile;
mod mark;
mod passage;
mod quota;
mod rules;
mod under_way;
mod watch;

pub(crate) use approval::Nobody;
pub use approval::{ApprovalRequest, Approve};
pub use decision::Decision;
pub use denial::Denial;
pub use passage::Passage;

use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use toolgate_audit_log::{AuditError, AuditLog, Caller, Digest, Entry, OutcomeKind};
use toolgate_mcp_bridge::{Bridge, BridgeError, CheckedCall, ToolEntry, ToolSet};
use toolgate_tool_types::{JsonObject, ToolCall, ToolName, ToolResult};
use tracing::Span;

use crate::metrics::Metrics;
use crate::record::AuditFile;
use crate::tokens::Tokens;
use crate::trace;
use crate::verified::{CallScopes, CallSpan};
pub(crate) use lockfile::Offered;
use quota::Place;
pub(crate) use rules::Rules;
use under_way::{Undecided, UnderWay};
pub(crate) use watch::Watch;

/// Policy, tokens, tools and record in one place.
pub(crate) struct Gate {
    /// Those in force: asked anew for each call, also by a conversation that began under others.
    pub(crate) rules: Arc<ArcSwap<Rules>>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) bridge: Bridge,
    pub(crate) audit: Arc<AuditFile>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Gate {
    /// All tools, those that no model is shown included.
    pub(crate) async fn tool_set(&self) -> Result<Arc<ToolSet>, BridgeError> {
        self.rules.load_full().lockfile.tool_set(&self.bridge).await
    }

    /// The tools that a model is shown.
    pub(crate) async fn offered(&self) -> Result<Offered, BridgeError> {
        let set = self.tool_set().await?;
        Ok(self.rules.load().lockfile.offered(&set))
    }

    /// Decides about `call`, records the decision, runs the tool if it is allowed and records the outcome; tells each step
    /// to `watch`. `caller` is who asked, where that is not this client itself.
    ///
    /// A denial or a failed tool is a [`Passage`]; only a record that cannot be written is an error.
    pub(crate) async fn pass(
        &self,
        request: String,
        call: ToolCall,
        caller: Option<&Caller>,
        approval: &dyn Approve,
        watch: &dyn Watch,
    ) -> Result<Passage, AuditError> {
        let started = Instant::now();
        let audit = self.audit.open().await.inspect_err(|_| self.metrics.unrecorded())?;
        let mut decision = Decision::of(&call.name);
        let undecided = Undecided::new(audit, &request, &call, caller);
        let admitted = self.admit(&call, &mut decision, approval).await;
        undecided.decided();
        decision.denial = admitted.as_ref().err().cloned();
        let (result, failure) = match admitted {
            // The place is given back when the call has ended.
            Ok((checked, _place)) => {
                let server = decision.server.as_deref().unwrap_or_default();
                // From the first moment on at which the record may be in the file.
                let under_way = UnderWay::new(audit, &self.metrics, server, &request, &call.name, started);
                if let Err(error) = self.record_decision(audit, &decision, &request, &call, caller).await {
                    under_way.forget();
                    return Err(error);
                }
                watch.decided(&decision);
                self.run(audit, &call, watch.running(checked), under_way).await?
            }
            Err(denial) => {
                self.record_decision(audit, &decision, &request, &call, caller).await?;
                watch.decided(&decision);
                (ToolResult::error(denial.to_string()), None)
            }
        };
        Ok(Passage { call, decision, result, failure, duration: started.elapsed() })
    }

    /// Records that `call` is denied by a limit of its conversation, whatever the rules say of it.
    pub(crate) async fn refuse(
        &self,
        request: String,
        call: &ToolCall,
        caller: Option<&Caller>,
        limit: u32,
    ) -> Result<(), AuditError> {
        let audit = self.audit.open().await.inspect_err(|_| self.metrics.unrecorded())?;
        let mut decision = Decision::of(&call.name);
        decision.denial = Some(Denial::Conversation { limit });
        self.record_decision(audit, &decision, &request, call, caller).await
    }

    /// What would be decided about `call` now. Counts, asks and records nothing.
    pub(crate) async fn explain(&self, call: &ToolCall) -> Decision {
        let mut decision = Decision::of(&call.name);
        decision.denial = self.judge(call, &mut decision).await.map(drop).err();
        decision
    }

    /// Whether `call` may go on. Sends nothing to an MCP server.
    async fn admit(
        &self,
        call: &ToolCall,
        decision: &mut Decision,
        approval: &dyn Approve,
    ) -> Result<(CheckedCall, Place), Denial> {
        let (checked, rules) = self.judge(call, decision).await?;
        let place = rules.quotas.take(&decision.rule, Instant::now()).await?;
        if !decision.needs_approval {
            return Ok((checked, place));
        }
        let asked = ApprovalRequest {
            tool: checked.name().as_str(),
            server: checked.entry().server(),
            arguments: checked.arguments(),
            rule: &decision.rule,
        };
        let denied = Denial::NotApproved { rule: decision.rule.clone() };
        if !approval.approve(asked).await {
            return Err(denied);
        }
        // While a person thinks, tokens end, tools change and rules too: what was approved must still be what is made.
        let (again, _) = self.judge(call, decision).await?;
        let same = again.arguments() == checked.arguments()
            && again.entry().definition() == checked.entry().definition();
        if same { Ok((again, place)) } else { Err(denied) }
    }

    /// Everything but limits and persons; and by which rules, whose limits are those that count.
    async fn judge(
        &self,
        call: &ToolCall,
        decision: &mut Decision,
    ) -> Result<(CheckedCall, Arc<Rules>), Denial> {
        let tool = self.known(call)?;
        decision.about(&tool);
        let rules = self.rules.load_full();
        rules.lockfile.check(&tool)?;
        let rule = decision.apply(&rules.policy, tool.name())?;
        let fitting = self.fitting(call, &tool);
        // Conditions hold for what is sent; what does not fit the tool is not sent at all.
        if let (Some(rule), Ok(checked)) = (rule, &fitting) {
            decision.check_arguments(rule, checked.arguments())?;
        }
        let token = self.tokens.deciding(tool.server(), &decision.scopes_needed).await;
        if let Some(token) = token.map_err(|error| Denial::NoToken { reason: error.to_string() })? {
            decision.note(&token);
        }
        decision.check_scopes()?;
        let scopes = CallScopes(decision.scopes_needed.as_slice().into());
        Ok((fitting?.with_extension(scopes), rules))
    }

    fn known(&self, call: &ToolCall) -> Result<Arc<ToolEntry>, Denial> {
        if let Some(tool) = self.bridge.lookup(&call.name) {
            return Ok(tool);
        }
        // The bridge says of a name that it does not offer whether there is such a tool.
        let name = ToolName::new(&*call.name).ok();
        match name.map(|name| self.bridge.check(&name, JsonObject::empty())) {
            Some(Err(BridgeError::Withheld { tool, reason })) => {
                Err(Denial::Withheld { tool: tool.to_string(), reason })
            }
            _ => Err(Denial::UnknownTool { tool: call.name.to_string(), known: self.bridge.names() }),
        }
    }

    fn fitting(&self, call: &ToolCall, tool: &ToolEntry) -> Result<CheckedCall, Denial> {
        let arguments = call.arguments().map_err(|error| Denial::Arguments { reason: error.to_string() })?;
        let checked = self.bridge.check(tool.name(), arguments);
        checked.map_err(|error| Denial::Arguments { reason: error.to_string() })
    }

    async fn run(
        &self,
        audit: &AuditLog,
        call: &ToolCall,
        checked: CheckedCall,
        mut under_way: UnderWay<'_>,
    ) -> Result<(ToolResult, Option<BridgeError>), AuditError> {
        under_way.sent();
        let answered = self.bridge.call(in_trace(checked)).await;
        let mut outcome = under_way.ended(match &answered {
            Ok(result) if result.is_error => OutcomeKind::ToolError,
            Ok(_) => OutcomeKind::Succeeded,
            Err(error) if error.may_have_run() => OutcomeKind::Unknown,
            Err(_) => OutcomeKind::Failed,
        });
        let passed = match answered {
            Ok(result) => {
                let text = result.to_text(&call.name);
                outcome.result = Some(Digest::of(text.as_bytes()));
                outcome.result_content = self.audit.content(&text);
                (result, None)
            }
            Err(error) => {
                outcome.error_class = Some(error.kind().to_owned());
                outcome.error = Some(error.to_string());
                (ToolResult::error(told_to_model(&call.name, &error)), Some(error))
            }
        };
        self.record(audit, Entry::Outcome(outcome)).await?;
        Ok(passed)
    }

    /// Records what was decided about `call`, and counts it.
    async fn record_decision(
        &self,
        audit: &AuditLog,
        decision: &Decision,
        request: &str,
        call: &ToolCall,
        caller: Option<&Caller>,
    ) -> Result<(), AuditError> {
        let mut record = decision.record(request, Digest::of(call.raw_arguments.as_bytes()));
        record.caller = caller.cloned();
        record.arguments_content = self.audit.content(&call.raw_arguments);
        self.record(audit, Entry::Decision(record)).await?;
        self.metrics.decided(decision);
        Ok(())
    }

    /// Writes a record, or counts that it could not be written. The first poll hands it to the writer.
    async fn record(&self, audit: &AuditLog, entry: Entry) -> Result<(), AuditError> {
        let written = audit.append(entry).await.map(drop);
        if written.is_err() {
            self.metrics.unrecorded();
        }
        written
    }
}

/// The call with the trace that it belongs to, for its server and for the request that carries it: that one is sent by
/// a task of the session's.
fn in_trace(checked: CheckedCall) -> CheckedCall {
    let span = Span::current();
    let told = trace::context_of(&span).into_iter();
    told.fold(checked, |checked, (name, value)| checked.with_meta(name, value)).with_extension(CallSpan(span))
}

/// A failure in words that help the model and name no host, no path and no cause inside.
fn told_to_model(tool: &str, error: &BridgeError) -> String {
    if error.may_have_run() {
        format!("Tool {tool} gave no usable answer. It may or may not have run; do not assume either.")
    } else {
        format!("Tool {tool} could not be reached. It did not run.")
    }
}
