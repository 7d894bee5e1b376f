//! Recorded decisions, judged again by two policies: what a change of the policy would have changed.
//!
//! A record holds the scopes and not the arguments, so a condition on arguments is told as a condition.

use std::collections::BTreeMap;

use serde::Serialize;
use toolgate_audit_log::{Decision as Record, Verdict};
use toolgate_tool_types::ToolName;

use super::{Applies, Policy, Rule};
use crate::Denial;

/// What would be different under another policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Replay {
    /// How many recorded decisions were judged.
    pub decisions: u64,
    /// What would be different, by tool and scopes held.
    pub changes: Vec<Change>,
}

/// Decisions that would be different, alike in tool and scopes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The tool.
    pub tool: String,
    /// The scopes that the token held; `None` where the call was denied before that was looked at.
    pub scopes_held: Option<Vec<String>>,
    /// How many decisions.
    pub decisions: u64,
    /// What the old policy says.
    pub before: String,
    /// What the new policy says.
    pub after: String,
}

impl Replay {
    /// Judges `records` by both policies.
    #[must_use]
    pub fn of(old: &Policy, new: &Policy, records: impl IntoIterator<Item = Record>) -> Self {
        let mut alike: BTreeMap<(String, Option<Vec<String>>), u64> = BTreeMap::new();
        for record in records {
            // A call that was denied without scopes was denied before the token was looked at.
            let known = record.verdict == Verdict::Allowed || !record.scopes_held.is_empty();
            *alike.entry((record.tool, known.then_some(record.scopes_held))).or_default() += 1;
        }
        let decisions = alike.values().sum();
        let changes = alike.into_iter().filter_map(|((tool, scopes_held), decisions)| {
            // A name that no tool can have is denied by every policy.
            let name = ToolName::new(&*tool).ok()?;
            let before = verdict(old, &name, scopes_held.as_deref());
            let after = verdict(new, &name, scopes_held.as_deref());
            (before != after).then_some(Change { tool, scopes_held, decisions, before, after })
        });
        Self { decisions, changes: changes.collect() }
    }
}

/// What `policy` says to a call of `tool`, in words that are equal when the meaning is.
fn verdict(policy: &Policy, tool: &ToolName, held: Option<&[String]>) -> String {
    let Applies::Rule(_, rule) = policy.rule_for(tool) else {
        return if policy.explain(tool, None, &[]).is_allowed() { "allowed" } else { "denied: no rule" }
            .into();
    };
    let decision = policy.explain(tool, None, held.unwrap_or(&rule.scopes));
    if let Some(Denial::MissingScope { missing, .. }) = &decision.denial {
        return format!("denied: {} is not held", missing.join(" "));
    }
    let mut conditions = conditions(rule);
    if held.is_none() && !rule.scopes.is_empty() {
        conditions.insert(0, format!("{} is held", rule.scopes.join(" ")));
    }
    if conditions.is_empty() { "allowed".into() } else { format!("allowed if {}", conditions.join(" and ")) }
}

fn conditions(rule: &Rule) -> Vec<String> {
    let mut conditions = Vec::new();
    if let Some(condition) = &rule.arguments {
        conditions.push(format!("the arguments fit {}", condition.schema()));
    }
    if let Some(rate) = rule.rate {
        conditions.push(format!("there are no more than {rate}"));
    }
    if let Some(most) = rule.concurrent {
        conditions.push(format!("there are no more than {most} at once"));
    }
    if rule.require_approval {
        conditions.push("a person says yes".to_owned());
    }
    conditions
}

#[cfg(test)]
mod tests {
    use toolgate_audit_log::Digest;

    use super::*;

    fn record(tool: &str, verdict: Verdict, held: &[&str]) -> Record {
        let mut record = Record::new("r", tool, verdict, "rule", Digest::of(b"{}"));
        record.scopes_held = held.iter().map(|scope| (*scope).to_owned()).collect();
        record
    }

    #[test]
    fn only_what_would_be_decided_otherwise_is_told() {
        let old = Policy::deny_all().with_rule("get", ["read"]).with_rule("put", ["write"]);
        let new = Policy::deny_all()
            .with_rule("g*", ["read"])
            .with("put", Rule::new(["write"]).with_approval())
            .with_rule("drop", ["admin"]);
        let records = [
            record("get", Verdict::Allowed, &["read"]),
            record("put", Verdict::Allowed, &["write"]),
            record("put", Verdict::Allowed, &["write"]),
            record("drop", Verdict::Denied, &[]),
            record("drop", Verdict::Denied, &["read"]),
            record("no name!", Verdict::Denied, &[]),
        ];
        let replay = Replay::of(&old, &new, records);
        assert_eq!(replay.decisions, 6);
        let told: Vec<_> = replay
            .changes
            .iter()
            .map(|change| (&*change.tool, change.decisions, &*change.before, &*change.after))
            .collect();
        assert_eq!(
            told,
            [
                ("drop", 1, "denied: no rule", "allowed if admin is held"),
                ("drop", 1, "denied: no rule", "denied: admin is not held"),
                ("put", 2, "allowed", "allowed if a person says yes"),
            ]
        );
    }
}
