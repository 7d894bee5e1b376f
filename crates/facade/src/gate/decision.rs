//! What the gate decided about one call, in words for people, for the model and for the record.

use toolgate_audit_log::{Decision as Record, Digest, Verdict};
use toolgate_jwt_verify::VerifiedToken;
use toolgate_tool_types::ToolCall;

/// What the gate decided about one call.
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
    /// Why the call was denied; `None` when it was allowed.
    pub denial: Option<Denial>,
    token_id: Option<String>,
    client: Option<String>,
}

/// Why a call was denied. The text is what the model is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denial {
    /// No server has such a tool.
    #[error("Denied: there is no tool {tool:?}. The tools are: {}", known.join(", "))]
    UnknownTool {
        /// The name that the model wrote.
        tool: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// The policy says nothing about the tool.
    #[error("Denied: the policy has no rule for the tool {tool:?}, and tools without a rule are not run.")]
    NoRule {
        /// The tool.
        tool: String,
    },
    /// There is no verified token.
    #[error("Denied: this client has no verified access token, so no tool can be run now.")]
    NoToken {
        /// Why not; for the record, not for the model.
        reason: String,
    },
    /// The token lacks scopes.
    #[error("Denied: rule {rule:?} asks for the scope {}, which this client's token does not hold.", missing.join(" "))]
    MissingScope {
        /// The rule.
        rule: String,
        /// The scopes that are missing: the shortest grant that would allow the call.
        missing: Vec<String>,
    },
    /// The arguments do not fit the tool.
    #[error("Denied: {reason}")]
    Arguments {
        /// What does not fit, and where.
        reason: String,
    },
}

impl Denial {
    /// A stable short name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownTool { .. } => "unknown_tool",
            Self::NoRule { .. } => "no_rule",
            Self::NoToken { .. } => "no_token",
            Self::MissingScope { .. } => "missing_scope",
            Self::Arguments { .. } => "arguments",
        }
    }

    /// The cause for the record: what the model is told, or more where that hides it.
    fn cause(&self) -> String {
        match self {
            Self::NoToken { reason } => reason.clone(),
            other => other.to_string(),
        }
    }
}

impl Decision {
    /// An open decision about `call`.
    pub(crate) fn about(call: &ToolCall) -> Self {
        Self {
            tool: call.name.to_string(),
            server: None,
            rule: String::new(),
            scopes_needed: Vec::new(),
            scopes_held: Vec::new(),
            denial: None,
            token_id: None,
            client: None,
        }
    }

    /// Whether the call may go on.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.denial.is_none()
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
        record
    }
}
