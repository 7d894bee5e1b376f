//! What is recorded: a decision before a tool runs, and the outcome after.
//!
//! There is no field for a token, a secret or a model provider's name, so none can be recorded by mistake.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// One thing that happened.
///
/// ```
/// # use std::time::Duration;
/// # use toolgate_audit_log::{AuditLog, Decision, Digest, Entry, Outcome, OutcomeKind, Verdict};
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let log = AuditLog::open(folder.path().join("decisions.audit.jsonl"))?;
/// let arguments = Digest::of(br#"{"customer_id":"JOHNDOE123"}"#);
/// let decision = Decision::new("request-1", "get_customer_info", Verdict::Allowed, "get_*", arguments);
/// log.append(Entry::Decision(decision)).await?; // before the call,
/// let took = Duration::from_millis(12);
/// let outcome = Outcome::new("request-1", "get_customer_info", OutcomeKind::Succeeded, took);
/// let receipt = log.append(Entry::Outcome(outcome)).await?; // and after it
/// assert_eq!(receipt.seq, 2);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// A tool call was allowed or denied.
    Decision(Decision),
    /// An allowed tool call ended.
    Outcome(Outcome),
    /// The log was signed up to here.
    Checkpoint(Checkpoint),
}

/// A signature over the number and the hash of the record before it.
///
/// See the example of [`CheckpointKey`](crate::CheckpointKey::from_file).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The number of the last record that is signed.
    pub signed_seq: u64,
    /// A short name of the key.
    pub key: String,
    /// The Ed25519 signature, in hexadecimal digits.
    pub signature: String,
}

/// Whether a tool call may go on.
///
/// See the example of [`Decision`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may.
    Allowed,
    /// It may not, and nothing was sent.
    Denied,
}

/// Whoever asks a server that makes tool calls for others, such as `toolgate serve`, as its verified token names it.
///
/// ```
/// # use toolgate_audit_log::Caller;
/// let caller = Caller { subject: Some("alice".into()), client: Some("crm-web".into()) };
/// assert_eq!(caller.to_string(), "alice by crm-web");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The token's `sub`: a person, or the client itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The token's `client_id`: the program that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.subject, &self.client) {
            (Some(subject), Some(client)) if subject != client => write!(f, "{subject} by {client}"),
            (Some(name), _) | (None, Some(name)) => f.write_str(name),
            (None, None) => f.write_str("somebody without a name"),
        }
    }
}

/// The decision about one tool call.
///
/// ```
/// # use toolgate_audit_log::{Decision, Digest, Verdict};
/// let arguments = Digest::of(br#"{"customer_id":"JOHNDOE123"}"#); // they may be private: kept is their hash
/// let mut decision = Decision::new("request-1", "delete_customer", Verdict::Denied, "delete_*", arguments);
/// decision.scopes_needed = vec!["customer:delete".into()];
/// decision.scopes_held = vec!["customer:read".into()];
/// decision.reason = Some("the token does not hold customer:delete".into());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// Ties decision and outcome of one call together.
    pub request: String,
    /// The tool as the model named it.
    pub tool: String,
    /// The MCP server that has the tool, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Allowed or denied.
    pub verdict: Verdict,
    /// The policy rule that decided.
    pub rule: String,
    /// Why it was denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Scopes that the rule asks for.
    #[serde(default)]
    pub scopes_needed: Vec<String>,
    /// Scopes that the verified token holds.
    #[serde(default)]
    pub scopes_held: Vec<String>,
    /// The token's `jti`, where it has one; never the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// The client that the token was issued to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// For whom the call was asked for, where that is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// The hash of the tool's definition as the model saw it (MB-29).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// What the tool was asked to do.
    pub arguments: Digest,
    /// The arguments themselves: only where the operator asked for them, for they may be private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments_content: Option<String>,
}

impl Decision {
    /// A decision with its required fields; the others are set on the value.
    #[must_use]
    pub fn new(
        request: impl Into<String>,
        tool: impl Into<String>,
        verdict: Verdict,
        rule: impl Into<String>,
        arguments: Digest,
    ) -> Self {
        Self {
            request: request.into(),
            tool: tool.into(),
            server: None,
            verdict,
            rule: rule.into(),
            reason: None,
            scopes_needed: Vec::new(),
            scopes_held: Vec::new(),
            token_id: None,
            client: None,
            caller: None,
            definition: None,
            arguments,
            arguments_content: None,
        }
    }
}

/// How an allowed call ended.
///
/// See the example of [`Outcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeKind {
    /// The tool answered.
    Succeeded,
    /// The tool answered that it failed (`isError`).
    ToolError,
    /// The call failed, and surely did nothing.
    Failed,
    /// The call failed after it was sent: it may have happened.
    Unknown,
}

/// The end of an allowed call.
///
/// ```
/// # use std::time::Duration;
/// # use toolgate_audit_log::{Digest, Outcome, OutcomeKind};
/// fn outcome(answer: Result<&str, &str>, took: Duration) -> Outcome {
///     let kind = if answer.is_ok() { OutcomeKind::Succeeded } else { OutcomeKind::Unknown };
///     let mut outcome = Outcome::new("request-1", "get_customer_info", kind, took);
///     outcome.result = answer.ok().map(|text| Digest::of(text.as_bytes()));
///     outcome.error_class = answer.err().map(str::to_owned);
///     outcome
/// }
/// let lost = outcome(Err("timeout"), Duration::from_secs(30));
/// assert_eq!((lost.outcome, lost.duration_us), (OutcomeKind::Unknown, 30_000_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// Ties decision and outcome of one call together.
    pub request: String,
    /// The tool as the model named it.
    pub tool: String,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// From the decision to the answer, in microseconds.
    pub duration_us: u64,
    /// What the tool answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Digest>,
    /// The answer itself: only where the operator asked for it, for it may be private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_content: Option<String>,
    /// The kind of failure, in one stable word such as `timeout`, to count by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_class: Option<String>,
    /// Why the call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Outcome {
    /// An outcome with its required fields; the others are set on the value.
    #[must_use]
    pub fn new(
        request: impl Into<String>,
        tool: impl Into<String>,
        outcome: OutcomeKind,
        duration: std::time::Duration,
    ) -> Self {
        let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self {
            request: request.into(),
            tool: tool.into(),
            outcome,
            duration_us,
            result: None,
            result_content: None,
            error_class: None,
            error: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_speaks_for_itself_is_named_once() {
        let named = |subject: Option<&str>, client: Option<&str>| {
            Caller { subject: subject.map(str::to_owned), client: client.map(str::to_owned) }.to_string()
        };
        assert_eq!(named(Some("crm"), Some("crm")), "crm");
        assert_eq!(named(Some("alice"), Some("crm")), "alice by crm");
        assert_eq!((named(Some("alice"), None), named(None, Some("crm"))), ("alice".into(), "crm".into()));
    }
}
