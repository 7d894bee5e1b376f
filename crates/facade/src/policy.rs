//! Which tool needs what: a table that is read from top to bottom by people and exactly by the gate.

mod condition;
mod rate;
mod replay;
mod rule;

pub use condition::{ArgumentCondition, ConditionError};
pub(crate) use rate::Window;
pub use rate::{Rate, RateError};
pub use replay::{Change, Replay};
pub use rule::Rule;

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toolgate_tool_types::{JsonObject, ToolName};

use crate::Decision;

/// The rules by tool name or pattern. A tool without a rule is denied unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Policy {
    /// What happens to a tool without a rule.
    pub unlisted: Unlisted,
    /// Rules by tool name; a name may hold `*` for any run of characters. The exact name wins, then the longest
    /// pattern, then the first in alphabetical order.
    #[serde(deserialize_with = "rules")]
    pub tools: BTreeMap<String, Rule>,
}

/// What happens to a tool without a rule.
///
/// See the example of [`Applies`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlisted {
    /// It is denied.
    #[default]
    Deny,
    /// It is allowed with a verified token and no particular scope.
    Allow,
}

/// The rule that decides about a tool.
///
/// ```
/// # use toolgate::{Applies, Policy, ToolName, Unlisted};
/// let policy = Policy::deny_all().with_rule("get_*", ["customer:read"]);
/// let (listed, other) = (ToolName::new("get_order")?, ToolName::new("delete_order")?);
/// assert!(matches!(policy.rule_for(&listed), Applies::Rule("get_*", rule) if rule.scopes == ["customer:read"]));
/// assert_eq!(policy.rule_for(&other), Applies::Nothing);
/// let open = policy.with_unlisted(Unlisted::Allow);
/// assert_eq!(open.rule_for(&other), Applies::UnlistedAllowed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies<'p> {
    /// A rule of the table, with the name or pattern that it stands under.
    Rule(&'p str, &'p Rule),
    /// No rule, and `unlisted = "allow"`.
    UnlistedAllowed,
    /// No rule: denied.
    Nothing,
}

/// A rule for a name that no tool can have would never apply, and nobody would notice.
fn rules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Rule>, D::Error> {
    let rules: BTreeMap<String, Rule> = BTreeMap::deserialize(deserializer)?;
    let possible = |name: &str| !name.is_empty() && name.chars().all(|c| c == '*' || ToolName::may_hold(c));
    match rules.keys().find(|name| !possible(name)) {
        Some(bad) => Err(D::Error::custom(format_args!(
            "no tool has such a name as {bad:?}: expected letters, digits, _ and -, and * for any of them; `toolgate tools` lists \
             the names"
        ))),
        None => Ok(rules),
    }
}

impl Policy {
    /// A policy without rules: everything is denied.
    #[must_use]
    pub fn deny_all() -> Self {
        Self::default()
    }

    /// The rules for the tools of the local rig (`cargo xtask rig`).
    #[must_use]
    pub fn rig() -> Self {
        Self::deny_all()
            .with_rule("get_customer_info", ["customer:read"])
            .with_rule("get_recent_customers", ["customer:read"])
            .with_rule("create_support_ticket", ["ticket:create"])
            .with_rule("calculate_account_value", ["account:calculate"])
    }

    /// Adds a rule: the tools that `pattern` names need all of `scopes`.
    ///
    /// ```
    /// use toolgate::Policy;
    /// let policy = Policy::deny_all().with_rule("search_*", ["search:read"]);
    /// ```
    #[must_use]
    pub fn with_rule<S: Into<String>>(
        self,
        pattern: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.with(pattern, Rule::new(scopes))
    }

    /// Adds a rule that asks for more than scopes.
    #[must_use]
    pub fn with(mut self, pattern: impl Into<String>, rule: Rule) -> Self {
        self.tools.insert(pattern.into(), rule);
        self
    }

    /// Says what happens to tools without a rule.
    #[must_use]
    pub fn with_unlisted(mut self, unlisted: Unlisted) -> Self {
        self.unlisted = unlisted;
        self
    }

    /// The rule that decides about `tool`.
    #[must_use]
    pub fn rule_for(&self, tool: &ToolName) -> Applies<'_> {
        if let Some((name, rule)) = self.tools.get_key_value(tool.as_str()) {
            return Applies::Rule(name, rule);
        }
        let patterns = self.tools.iter().filter(|(pattern, _)| fits(pattern, tool.as_str()));
        // `max_by_key` keeps the last of equals; the order is reversed so that the alphabetically first stays.
        match patterns.rev().max_by_key(|(pattern, _)| pattern.len()) {
            Some((pattern, rule)) => Applies::Rule(pattern, rule),
            None if self.unlisted == Unlisted::Allow => Applies::UnlistedAllowed,
            None => Applies::Nothing,
        }
    }

    /// What this policy alone says to a call by a client that holds these scopes. Rates, and whether the tool exists,
    /// are not its affair; without `arguments`, conditions on them are not looked at.
    #[must_use]
    pub fn explain(&self, tool: &ToolName, arguments: Option<&JsonObject>, held: &[String]) -> Decision {
        let mut decision = Decision::of(tool.as_str());
        held.clone_into(&mut decision.scopes_held);
        let judged = decision.apply(self, tool).and_then(|rule| {
            let Some(rule) = rule else { return Ok(()) };
            arguments.map_or(Ok(()), |arguments| decision.check_arguments(rule, arguments))?;
            decision.check_scopes()
        });
        decision.denial = judged.err();
        decision
    }
}

/// Whether `name` is `pattern` with each `*` standing for any run of characters.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(start) else { return false };
    let Some((middle, end)) = rest.rsplit_once('*') else { return name.ends_with(rest) };
    let Some(mut name) = name.strip_suffix(end) else { return false };
    for piece in middle.split('*') {
        match name.split_once(piece) {
            Some((_, after)) => name = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decides<'p>(policy: &'p Policy, tool: &str) -> Applies<'p> {
        policy.rule_for(&ToolName::new(tool).unwrap())
    }

    #[test]
    fn exact_then_longest_pattern_then_the_default() {
        let policy = Policy::deny_all()
            .with_rule("get_*", ["read"])
            .with_rule("get_secret_*", ["admin"])
            .with_rule("get_secret_name", ["name"]);
        let rule = |tool| match decides(&policy, tool) {
            Applies::Rule(pattern, _) => pattern,
            _ => "none",
        };
        assert_eq!(rule("get_secret_name"), "get_secret_name");
        assert_eq!(rule("get_secret_key"), "get_secret_*");
        assert_eq!(rule("get_thing"), "get_*");
        assert_eq!(rule("drop_all_tables"), "none");
        assert_eq!(decides(&policy.clone().with_unlisted(Unlisted::Allow), "x"), Applies::UnlistedAllowed);
        assert_eq!(decides(&policy, "GET_thing"), Applies::Nothing, "names are compared exactly");
    }

    #[test]
    fn patterns_mean_what_they_look_like() {
        for (pattern, name, expected) in [
            ("*", "anything", true),
            ("a*", "b", false),
            ("*_b", "a_b", true),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("a**c", "ac", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
