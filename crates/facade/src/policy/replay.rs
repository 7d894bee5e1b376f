//! Recorded decisions, judged again by two policies: what a change of the policy would have changed.
//!
//! A record holds the scopes, and the arguments only where that was asked for (`contents` under `[audit]`): without them, a
//! condition on arguments is told as a condition.

use std::collections::BTreeMap;

use serde::Serialize;
use toolgate_audit_log::{Decision as Record, Verdict};
use toolgate_tool_types::{JsonObject, ToolName};

use super::{Applies, Policy, Rule};
use crate::Denial;

/// What would be different under another policy.
///
/// ```
/// # use toolgate::audit::{Decision, Digest, Verdict};
/// # use toolgate::{Policy, Replay};
/// # let mut recorded = Decision::new("request-1", "get_order", Verdict::Allowed, "get_*", Digest::of(b"{}"));
/// # recorded.scopes_held = vec!["order:read".into()];
/// let old = Policy::deny_all().with_rule("get_*", ["order:read"]);
/// let new = Policy::deny_all().with_rule("get_*", ["order:read", "customer:read"]);
/// let replay = Replay::of(&old, &new, [recorded]); // decisions as the audit file has them
/// for change in &replay.changes {
///     println!("{} × {}: {} → {}", change.decisions, change.tool, change.before, change.after);
/// }
/// assert_eq!(replay.changes[0].after, "denied: customer:read is not held");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Replay {
    /// How many recorded decisions were judged.
    pub decisions: u64,
    /// What would be different, by tool and scopes held.
    pub changes: Vec<Change>,
}

/// Decisions that would be different, alike in tool, scopes and what the policies say.
///
/// See the example of [`Replay`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
        let mut decisions = 0;
        let mut alike: BTreeMap<Change, u64> = BTreeMap::new();
        for record in records {
            decisions += 1;
            // A name that no tool can have is denied by every policy.
            let Ok(name) = ToolName::new(&*record.tool) else { continue };
            // A call that was denied without scopes was denied before the token was looked at.
            let known = record.verdict == Verdict::Allowed || !record.scopes_held.is_empty();
            let (tool, scopes_held) = (record.tool, known.then_some(record.scopes_held));
            let arguments = record.arguments_content.and_then(|text| JsonObject::parse(&text).ok());
            let by = |policy| verdict(policy, &name, arguments.as_ref(), scopes_held.as_deref());
            let (before, after) = (by(old), by(new));
            if before != after {
                *alike.entry(Change { tool, scopes_held, decisions: 0, before, after }).or_default() += 1;
            }
        }
        let changes = alike.into_iter().map(|(change, decisions)| Change { decisions, ..change });
        Self { decisions, changes: changes.collect() }
    }
}

/// What `policy` says to a call of `tool`, in words that are equal when the meaning is.
fn verdict(
    policy: &Policy,
    tool: &ToolName,
    arguments: Option<&JsonObject>,
    held: Option<&[String]>,
) -> String {
    let Applies::Rule(_, rule) = policy.rule_for(tool) else {
        return if policy.explain(tool, None, &[]).is_allowed() { "allowed" } else { "denied: no rule" }
            .into();
    };
    let decision = policy.explain(tool, arguments, held.unwrap_or(&rule.scopes));
    match &decision.denial {
        Some(Denial::MissingScope { missing, .. }) => {
            return format!("denied: {} is not held", missing.join(" "));
        }
        // By which limit is not what a decision turns on.
        Some(Denial::Condition { .. }) => return "denied: the arguments do not fit".to_owned(),
        _ => {}
    }
    let mut conditions = conditions(rule, arguments.is_some());
    if held.is_none() && !rule.scopes.is_empty() {
        conditions.insert(0, format!("{} is held", rule.scopes.join(" ")));
    }
    if conditions.is_empty() { "allowed".into() } else { format!("allowed if {}", conditions.join(" and ")) }
}

/// What the rule asks for that a record does not tell; `arguments` where it tells those.
fn conditions(rule: &Rule, arguments: bool) -> Vec<String> {
    let mut conditions = Vec::new();
    if let Some(condition) = rule.arguments.as_ref().filter(|_| !arguments) {
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

    /// Where a log keeps contents, a condition is no longer an "if".
    #[test]
    fn recorded_arguments_are_judged() {
        let condition = |most: u32| {
            let schema = format!(r#"{{"properties": {{"n": {{"maximum": {most}}}}}}}"#);
            let mut rule = Rule::new(["write"]);
            rule.arguments = Some(serde_json::from_str(&schema).unwrap());
            Policy::deny_all().with("put", rule)
        };
        let mut records = Vec::new();
        for n in [1, 7, 8, 20] {
            let mut record = record("put", Verdict::Allowed, &["write"]);
            record.arguments_content = Some(format!(r#"{{"n": {n}}}"#));
            records.push(record);
        }
        let replay = Replay::of(&condition(10), &condition(5), records);
        let [change] = &replay.changes[..] else { panic!("{replay:?}") };
        assert_eq!((replay.decisions, change.decisions, &*change.before), (4, 2, "allowed"));
        assert_eq!(change.after, "denied: the arguments do not fit", "20 is too much for both");
        let unknown = [record("put", Verdict::Allowed, &["write"])];
        let replay = Replay::of(&condition(10), &condition(5), unknown);
        assert!(replay.changes[0].before.starts_with("allowed if the arguments fit"), "{replay:?}");
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
            record("drop", Verdict::Denied, &["read"]),
            record("no name!", Verdict::Denied, &[]),
        ];
        let replay = Replay::of(&old, &new, records);
        assert_eq!(replay.decisions, 7);
        let told: Vec<_> = replay
            .changes
            .iter()
            .map(|change| (&*change.tool, change.decisions, &*change.before, &*change.after))
            .collect();
        assert_eq!(
            told,
            [
                ("drop", 1, "denied: no rule", "allowed if admin is held"),
                ("drop", 2, "denied: no rule", "denied: admin is not held"),
                ("put", 2, "allowed", "allowed if a person says yes"),
            ]
        );
    }
}
