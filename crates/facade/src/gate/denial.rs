//! Why a call was denied, and what a person can do about it.

/// How many names of tools a model is told that asked for one that is none: it has seen them all.
const TOLD: usize = 50;

/// Why a call was denied. The text is what the model is told.
///
/// ```
/// # use toolgate::{Denial, Policy, ToolName};
/// let policy = Policy::deny_all().with_rule("get_*", ["customer:read"]);
/// let held = ["order:read".to_owned()];
/// match policy.explain(&ToolName::new("get_customer_info")?, None, &held).denial {
///     Some(Denial::MissingScope { missing, .. }) => assert_eq!(missing, ["customer:read"]),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denial {
    /// No server has such a tool.
    #[error("Denied: there is no tool {tool:?}. The tools are: {}", told(known))]
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
    /// The rule does not allow these arguments.
    #[error("Denied: rule {rule:?} does not allow these arguments: {reason}")]
    Condition {
        /// The rule.
        rule: String,
        /// What it does not allow, and where.
        reason: String,
    },
    /// The rule's limit is reached.
    #[error("Denied: rule {rule:?} allows {limit}, and that is used up for now.")]
    Limit {
        /// The rule.
        rule: String,
        /// The limit, such as `10/min`.
        limit: String,
    },
    /// The conversation may not make so many calls.
    #[error("Denied: this conversation may make {limit} tool calls in all, and the reply asks for more.")]
    Conversation {
        /// The limit, `tool_calls` under `[limits]`.
        limit: u32,
    },
    /// Nobody said yes.
    #[error("Denied: rule {rule:?} asks that a person approves each call, and nobody approved this one.")]
    NotApproved {
        /// The rule.
        rule: String,
    },
    /// The tool's definition is not one that the operator approved.
    #[error("Denied: the tool {tool:?} is withheld until its operator approves it.")]
    Withheld {
        /// The tool.
        tool: String,
        /// What is wrong with it; for the record, not for the model.
        reason: String,
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
            Self::Condition { .. } => "condition",
            Self::Limit { .. } => "limit",
            Self::Conversation { .. } => "conversation_limit",
            Self::NotApproved { .. } => "not_approved",
            Self::Withheld { .. } => "withheld",
            Self::Arguments { .. } => "arguments",
        }
    }

    /// The cause for the record: what the model is told, or more where that hides it.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::NoToken { reason } | Self::Withheld { reason, .. } => reason.clone(),
            other => other.to_string(),
        }
    }

    /// What would have such a call allowed, for the person who can do it. Nothing where the model must ask better.
    pub(crate) fn remedy(&self, client: Option<&str>) -> Option<String> {
        Some(match self {
            Self::UnknownTool { .. } | Self::Arguments { .. } => return None,
            Self::NoRule { tool } => {
                let section = section(tool);
                format!(
                    "add {section} with scopes = [\"…\"] to toolgate.toml, naming the scopes that it needs"
                )
            }
            Self::NoToken { .. } => {
                "run `toolgate doctor`: it says which step fails and what mends it".to_owned()
            }
            Self::MissingScope { missing, .. } => {
                let (client, missing) = (client.unwrap_or("in use"), missing.join(" "));
                format!(
                    "grant the client {client} the scope {missing}, and have it among scopes under [oauth]"
                )
            }
            Self::Condition { rule, .. } => format!("widen arguments under {}", section(rule)),
            Self::Limit { rule, limit } if limit.ends_with("at once") => {
                format!("wait for a call to end, or raise concurrent under {}", section(rule))
            }
            Self::Limit { rule, .. } => format!("wait, or raise rate under {}", section(rule)),
            Self::Conversation { .. } => "raise tool_calls under [limits]".to_owned(),
            Self::NotApproved { rule } => {
                format!("say yes when asked, or remove require_approval under {}", section(rule))
            }
            Self::Withheld { .. } => {
                "look at it with `toolgate tools diff` and approve it with `toolgate tools lock`".to_owned()
            }
        })
    }
}

/// The first names, and how many more there are.
fn told(known: &[String]) -> String {
    let (first, rest) = known.split_at(known.len().min(TOLD));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    format!("{}{more}", first.join(", "))
}

/// The head of a rule's section in `toolgate.toml`.
fn section(rule: &str) -> String {
    let bare = rule.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { format!("[policy.tools.{rule}]") } else { format!("[policy.tools.{rule:?}]") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_none_is_not_answered_with_a_thousand() {
        let denied = |tools: usize| {
            let known = (0..tools).map(|tool| format!("t{tool}")).collect();
            Denial::UnknownTool { tool: "x".into(), known }.to_string()
        };
        assert!(denied(2).ends_with("The tools are: t0, t1"), "{}", denied(2));
        assert!(denied(1000).ends_with("t48, t49 and 950 more"), "{}", denied(1000));
    }

    #[test]
    fn a_remedy_is_the_least_that_would_do() {
        let missing = Denial::MissingScope { rule: "get_*".into(), missing: vec!["customer:audit".into()] };
        assert_eq!(
            missing.remedy(Some("crm")).unwrap(),
            "grant the client crm the scope customer:audit, and have it among scopes under [oauth]"
        );
        let unlisted = Denial::NoRule { tool: "drop_all".into() };
        assert!(unlisted.remedy(None).unwrap().starts_with("add [policy.tools.drop_all] with scopes"));
        let condition = Denial::Condition { rule: "get_*".into(), reason: String::new() };
        assert_eq!(condition.remedy(None).unwrap(), "widen arguments under [policy.tools.\"get_*\"]");
        let limit =
            |limit: &str| Denial::Limit { rule: "put".into(), limit: limit.into() }.remedy(None).unwrap();
        assert_eq!(
            limit("2 at once"),
            "wait for a call to end, or raise concurrent under [policy.tools.put]"
        );
        assert_eq!(limit("2/min"), "wait, or raise rate under [policy.tools.put]");
        assert_eq!(Denial::Arguments { reason: String::new() }.remedy(None), None, "the model must mend it");
    }
}
