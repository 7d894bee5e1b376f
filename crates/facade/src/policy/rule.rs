//! What one tool needs.

use std::num::NonZeroU32;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{ArgumentCondition, Rate};

/// What one tool, or every tool that a pattern names, needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// Scopes that the verified token must hold, all of them. Always written down, if only as `[]`: a rule that asks
    /// for none should look like one.
    #[serde(deserialize_with = "scopes")]
    pub scopes: Vec<String>,
    /// Whether a person must say yes to each call. Default no.
    #[serde(default)]
    pub require_approval: bool,
    /// What the arguments must be, beyond what the tool itself asks. Default anything.
    #[serde(default)]
    pub arguments: Option<ArgumentCondition>,
    /// How many calls may be made in a time, by all conversations together: of the process, or of all processes that share a
    /// `[store]`. One that a person declines counts too, so that nobody is asked without end. Default no limit.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// How many calls may be under way at once, by all conversations of a process together, and of all processes that share a
    /// `[store]`. Default no limit.
    #[serde(default)]
    pub concurrent: Option<NonZeroU32>,
}

/// A space separates scopes in a token (RFC 6749 section 3.3): one that holds it, or nothing, is in none.
fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let scopes: Vec<String> = Vec::deserialize(deserializer)?;
    match scopes.iter().find(|scope| scope.is_empty() || scope.contains(char::is_whitespace)) {
        Some(bad) => Err(D::Error::custom(format_args!(
            "no token can hold the scope {bad:?}; write each scope on its own, as [\"a\", \"b\"]"
        ))),
        None => Ok(scopes),
    }
}

impl Rule {
    /// A rule that asks for all of `scopes`.
    ///
    /// ```
    /// use toolgate::{Policy, Rule};
    /// let rule = Rule::new(["ticket:create"]).with_approval().with_rate("10/min".parse()?);
    /// let policy = Policy::deny_all().with("create_*", rule);
    /// # Ok::<(), toolgate::RateError>(())
    /// ```
    #[must_use]
    pub fn new<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Asks a person before each call.
    #[must_use]
    pub fn with_approval(mut self) -> Self {
        self.require_approval = true;
        self
    }

    /// Asks that the arguments fit `condition`.
    #[must_use]
    pub fn with_arguments(mut self, condition: ArgumentCondition) -> Self {
        self.arguments = Some(condition);
        self
    }

    /// Bounds the calls in a time.
    #[must_use]
    pub fn with_rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Bounds the calls under way at once.
    #[must_use]
    pub fn with_concurrent(mut self, most: NonZeroU32) -> Self {
        self.concurrent = Some(most);
        self
    }
}
