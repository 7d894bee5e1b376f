//! What the gate decided about one call, in words for people, for the model and for the record.

use toolgate_audit_log::{Decision as Record, Digest, Verdict};
use toolgate_jwt_verify::VerifiedToken;
use toolgate_mcp_bridge::ToolEntry;
use toolgate_tool_types::{JsonObject, ToolName};

use super::Denial;
use crate::lock;
use crate::policy::{Applies, Policy, Rule};

/// What the gate decided about one call.
///
/// ```
/// use toolgate::{Policy, ToolName};
///
/// let policy = Policy::deny_all().with_rule("get_*", ["customer:read"]);
/// let decision = policy.explain(&ToolName::new("get_customer_info")?, None, &[]);
/// assert_eq!(decision.rule, "get_*");
/// assert!(!decision.is_allowed() && decision.remedy().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// The tool as the model named it.
    pub tool: String,
    /// The MCP server that has the tool.
    pub server: Option<String>,
    /// The policy rule that decided; empty when none was reached.
    pub rule: String,
    /// Scopes that the rule asks for.
    pub scopes_needed: Vec<String>,
    /// Scopes that the verified token holds.
    pub scopes_held: Vec<String>,
    /// Whether the rule asks that a person says yes to each call.
    pub needs_approval: bool,
    /// Why the call was denied; `None` when it was allowed.
    pub denial: Option<Denial>,
    token_id: Option<String>,
    client: Option<String>,
    /// The hash of the tool's definition, as in the lockfile (MB-29).
    definition: Option<String>,
}

impl Decision {
    /// An open decision about a call of `tool`.
    pub(crate) fn of(tool: &str) -> Self {
        Self {
            tool: tool.to_owned(),
            server: None,
            rule: String::new(),
            scopes_needed: Vec::new(),
            scopes_held: Vec::new(),
            needs_approval: false,
            denial: None,
            token_id: None,
            client: None,
            definition: None,
        }
    }

    /// Keeps which tool it is about.
    pub(crate) fn about(&mut self, tool: &ToolEntry) {
        self.server = Some(tool.server().to_owned());
        self.definition = Some(lock::digest(tool).to_owned());
    }

    /// Whether the call may go on.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// What a person can do to have such a call allowed: the least that does it. For the model it is nothing.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        self.denial.as_ref()?.remedy(self.client.as_deref())
    }

    /// Finds the rule of `policy` that decides about the tool and keeps what it asks for; `None` where the tool is
    /// allowed without one.
    pub(crate) fn apply<'p>(
        &mut self,
        policy: &'p Policy,
        tool: &ToolName,
    ) -> Result<Option<&'p Rule>, Denial> {
        match policy.rule_for(tool) {
            Applies::Rule(name, rule) => {
                name.clone_into(&mut self.rule);
                rule.scopes.clone_into(&mut self.scopes_needed);
                self.needs_approval = rule.require_approval;
                Ok(Some(rule))
            }
            Applies::UnlistedAllowed => {
                "unlisted = \"allow\"".clone_into(&mut self.rule);
                Ok(None)
            }
            Applies::Nothing => Err(Denial::NoRule { tool: tool.to_string() }),
        }
    }

    /// Whether the rule allows these arguments.
    pub(crate) fn check_arguments(&self, rule: &Rule, arguments: &JsonObject) -> Result<(), Denial> {
        let Some(condition) = &rule.arguments else { return Ok(()) };
        condition.check(arguments).map_err(|reason| Denial::Condition { rule: self.rule.clone(), reason })
    }

    /// Whether every scope that is needed is held.
    pub(crate) fn check_scopes(&self) -> Result<(), Denial> {
        let missing: Vec<String> =
            self.scopes_needed.iter().filter(|scope| !self.scopes_held.contains(scope)).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Denial::MissingScope { rule: self.rule.clone(), missing })
    }

    /// Keeps what the record says about the token.
    pub(crate) fn note(&mut self, token: &VerifiedToken) {
        self.scopes_held = token.scopes().iter().map(str::to_owned).collect();
        self.token_id = token.jwt_id().map(str::to_owned);
        self.client = token.client_id().or(token.subject()).map(str::to_owned);
    }

    /// The record of this decision.
    pub(crate) fn record(&self, request: &str, arguments: Digest) -> Record {
        let verdict = if self.is_allowed() { Verdict::Allowed } else { Verdict::Denied };
        let rule = match &self.denial {
            Some(denial) if self.rule.is_empty() => denial.kind(),
            _ => &self.rule,
        };
        let mut record = Record::new(request, &self.tool, verdict, rule, arguments);
        record.server.clone_from(&self.server);
        record.reason = self.denial.as_ref().map(Denial::cause);
        record.scopes_needed.clone_from(&self.scopes_needed);
        record.scopes_held.clone_from(&self.scopes_held);
        record.token_id.clone_from(&self.token_id);
        record.client.clone_from(&self.client);
        record.definition.clone_from(&self.definition);
        record
    }
}
