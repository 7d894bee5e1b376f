//! The one gate that every tool call passes, whichever model asked for it.
//!
//! known tool → policy → verified token → scopes → arguments → recorded → call → recorded. Everything up to the first
//! record happens without a byte to the MCP server; a call that cannot be recorded is not made.

mod decision;
mod under_way;

pub use decision::{Decision, Denial};

use std::sync::Arc;
use std::time::{Duration, Instant};

use toolgate_audit_log::{AuditError, AuditLog, Digest, Entry, OutcomeKind};
use toolgate_mcp_bridge::{Bridge, BridgeError, CheckedCall};
use toolgate_tool_types::{ToolCall, ToolResult};

use crate::Policy;
use crate::policy::Applies;
use crate::verified::VerifiedTokens;
use under_way::UnderWay;

/// Policy, tokens, tools and record in one place.
pub(crate) struct Gate {
    pub(crate) policy: Policy,
    pub(crate) tokens: Arc<VerifiedTokens>,
    pub(crate) bridge: Bridge,
    pub(crate) audit: AuditLog,
}

/// One tool call that went through the gate, or was stopped by it.
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

impl Gate {
    /// Decides about `call`, records the decision, runs the tool if it is allowed and records the outcome.
    ///
    /// A denial or a failed tool is a [`Passage`]; only a record that cannot be written is an error.
    pub(crate) async fn pass(&self, request: String, call: ToolCall) -> Result<Passage, AuditError> {
        let started = Instant::now();
        let mut decision = Decision::about(&call);
        let admitted = self.admit(&call, &mut decision).await;
        let digest = Digest::of(call.raw_arguments.as_bytes());
        self.audit.append(Entry::Decision(decision.record(&request, digest))).await?;
        let (result, failure) = match admitted {
            Err(denial) => (ToolResult::error(denial.to_string()), None),
            Ok(checked) => self.run(request, &call, checked, started).await?,
        };
        Ok(Passage { call, decision, result, failure, duration: started.elapsed() })
    }

    /// Whether `call` may go on. Sends nothing to an MCP server.
    async fn admit(&self, call: &ToolCall, decision: &mut Decision) -> Result<CheckedCall, Denial> {
        let admitted = self.judge(call, decision).await;
        if let Err(denial) = &admitted {
            decision.denial = Some(denial.clone());
        }
        admitted
    }

    async fn judge(&self, call: &ToolCall, decision: &mut Decision) -> Result<CheckedCall, Denial> {
        let tool = self
            .bridge
            .lookup(&call.name)
            .ok_or_else(|| Denial::UnknownTool { tool: call.name.to_string(), known: self.bridge.names() })?;
        decision.server = Some(tool.server().to_owned());
        let needed = match self.policy.rule_for(tool.name()) {
            Applies::Rule(name, rule) => {
                name.clone_into(&mut decision.rule);
                rule.scopes.clone()
            }
            Applies::UnlistedAllowed => {
                "unlisted = \"allow\"".clone_into(&mut decision.rule);
                Vec::new()
            }
            Applies::Nothing => return Err(Denial::NoRule { tool: call.name.to_string() }),
        };
        decision.scopes_needed = needed;
        let (_, token) =
            self.tokens.verified().await.map_err(|error| Denial::NoToken { reason: error.to_string() })?;
        decision.note(&token);
        let missing = token.scopes().missing(&decision.scopes_needed);
        if !missing.is_empty() {
            let missing = missing.into_iter().map(str::to_owned).collect();
            return Err(Denial::MissingScope { rule: decision.rule.clone(), missing });
        }
        let arguments = call.arguments().map_err(|error| Denial::Arguments { reason: error.to_string() })?;
        self.bridge
            .check(tool.name(), arguments)
            .map_err(|error| Denial::Arguments { reason: error.to_string() })
    }

    async fn run(
        &self,
        request: String,
        call: &ToolCall,
        checked: CheckedCall,
        started: Instant,
    ) -> Result<(ToolResult, Option<BridgeError>), AuditError> {
        let under_way = UnderWay::new(&self.audit, request, &call.name, started);
        let answered = self.bridge.call(checked).await;
        let mut outcome = under_way.ended(match &answered {
            Ok(result) if result.is_error => OutcomeKind::ToolError,
            Ok(_) => OutcomeKind::Succeeded,
            Err(error) if error.may_have_happened() => OutcomeKind::Unknown,
            Err(_) => OutcomeKind::Failed,
        });
        let passed = match answered {
            Ok(result) => {
                outcome.result = Some(Digest::of(result.to_text(&call.name).as_bytes()));
                (result, None)
            }
            Err(error) => {
                outcome.error = Some(error.to_string());
                (ToolResult::error(told_to_model(&call.name, &error)), Some(error))
            }
        };
        self.audit.append(Entry::Outcome(outcome)).await?;
        Ok(passed)
    }
}

/// A failure in words that help the model and name no host, no path and no cause inside.
fn told_to_model(tool: &str, error: &BridgeError) -> String {
    if error.may_have_happened() {
        format!("Tool {tool} did not answer in time. It may or may not have run; do not assume either.")
    } else {
        format!("Tool {tool} could not be reached. It did not run.")
    }
}
