//! `[[models]]`, `[failover]` and `[routing]`: which models may answer, in which order, and what happens when one fails.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;
use toolgate_llm_providers::ErrorKind;

use super::bounds;

/// `[[models]]`: one model that may answer.
///
/// ```
/// let config: toolgate::Config = toml::from_str(
///     r#"
///     [[models]]
///     model = "anthropic/claude-sonnet-4-5"
///
///     [[models]]
///     model = "openai/gpt-5"
///     order = 1
///     weight = 3
///     "#,
/// )?;
/// assert_eq!((config.models[0].order, config.models[1].order), (0, 1)); // the second stands in for the first
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TargetConfig {
    /// As `provider/model`.
    pub model: String,
    /// Lower ones are asked first. Default 0: all alike.
    #[serde(default)]
    pub order: u32,
    /// How often it is asked first among those of the same order, relative to theirs. Default 1.
    #[serde(default = "one")]
    pub weight: NonZeroU32,
    /// How far it is trusted: higher is more. Default not said.
    pub tier: Option<u32>,
    /// Where it runs, in any word of yours. Default not said.
    pub region: Option<String>,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl TargetConfig {
    /// A model that is like all others.
    #[must_use]
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), order: 0, weight: one(), tier: None, region: None }
    }
}

/// `[failover]`: what happens when a model fails.
///
/// ```
/// # use toolgate::{Config, ErrorKind, Reaction};
/// let config: Config = toml::from_str(
///     r#"
///     [failover]
///     attempts = 6
///     on = { rate_limited = "retry" }
///     "#,
/// )?;
/// assert_eq!(config.failover.reaction(ErrorKind::RateLimited), Reaction::Retry);
/// assert_eq!(config.failover.reaction(ErrorKind::Overloaded), Reaction::Next); // not named: the default
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FailoverConfig {
    /// How often models are asked for one answer, all together. Default 4.
    pub attempts: NonZeroU32,
    /// How long to wait, in seconds, when no model can be asked now but one can later: in all, until one is asked. Default 30;
    /// 0 never waits.
    #[serde(deserialize_with = "bounds::seconds_or_none")]
    pub patience_seconds: u64,
    /// How many failures in a row make a model cool down, over all conversations. Default 3.
    pub breaker_failures: NonZeroU32,
    /// How long it cools down, in seconds. Then one request finds out whether it is well again. Default 30.
    #[serde(deserialize_with = "bounds::seconds_or_none")]
    pub breaker_seconds: u64,
    /// Fail over although a part of the answer was shown already. Default off: people would read two halves.
    pub after_shown: bool,
    /// Fail over to another region than that of the model which was to answer. Default off.
    pub across_regions: bool,
    /// Fail over to a model of a lower tier than the one which was to answer. Default off.
    pub to_lower_tiers: bool,
    /// What happens by kind of error, such as `rate_limited = "retry"`. Default: [`Reaction::to`]. That of `content_policy` holds
    /// for answers too that a model declined or a filter stopped: with `"next"`, another model is asked before anything was
    /// shown, and where none answers, that answer is the answer.
    pub on: HashMap<ErrorName, Reaction>,
}

/// What happens when a model fails.
///
/// ```
/// # use toolgate::{ErrorKind, Reaction};
/// assert_eq!(Reaction::to(ErrorKind::Unavailable), Reaction::Next);
/// assert_eq!(Reaction::to(ErrorKind::ContentPolicy), Reaction::Fail); // not to be got around by asking elsewhere
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reaction {
    /// Ask the next model; where there is none, this one again later.
    Next,
    /// Ask the same model again, after the time that it asks for.
    Retry,
    /// End the conversation with this error.
    Fail,
}

/// A kind of error by its name in settings.
///
/// ```
/// # use toolgate::{ErrorName, FailoverConfig, Reaction};
/// let mut failover = FailoverConfig::default();
/// failover.on.insert(ErrorName::try_from("timeout".to_owned())?, Reaction::Retry);
/// assert!(ErrorName::try_from("too_slow".to_owned()).is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ErrorName(pub ErrorKind);

const NAMES: [(&str, ErrorKind); 16] = [
    ("authentication", ErrorKind::Authentication),
    ("permission", ErrorKind::Permission),
    ("not_found", ErrorKind::NotFound),
    ("rate_limited", ErrorKind::RateLimited),
    ("quota_exhausted", ErrorKind::QuotaExhausted),
    ("overloaded", ErrorKind::Overloaded),
    ("context_length", ErrorKind::ContextLength),
    ("content_policy", ErrorKind::ContentPolicy),
    ("invalid_request", ErrorKind::InvalidRequest),
    ("payload_too_large", ErrorKind::PayloadTooLarge),
    ("timeout", ErrorKind::Timeout),
    ("unavailable", ErrorKind::Unavailable),
    ("malformed_output", ErrorKind::MalformedOutput),
    ("truncated_stream", ErrorKind::TruncatedStream),
    ("transport", ErrorKind::Transport),
    ("configuration", ErrorKind::Configuration),
];

impl ErrorName {
    /// The name, for settings and traces.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, kind)| *kind == self.0).map_or("other", |(name, _)| name)
    }
}

impl TryFrom<String> for ErrorName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, kind)| Self(*kind)).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("expected a kind of error, found {name:?}; the kinds are {}", names.join(", "))
        })
    }
}

impl Reaction {
    /// The default. What another model would refuse too, or ought to, ends the conversation: a request that is wrong, a
    /// content policy. Everything else goes to the next model.
    #[must_use]
    pub fn to(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::ContentPolicy | ErrorKind::InvalidRequest | ErrorKind::Configuration => Self::Fail,
            _ => Self::Next,
        }
    }
}

impl Default for FailoverConfig {
    fn default() -> Self {
        Self {
            attempts: NonZeroU32::MIN.saturating_add(3),
            patience_seconds: 30,
            breaker_failures: NonZeroU32::MIN.saturating_add(2),
            breaker_seconds: 30,
            after_shown: false,
            across_regions: false,
            to_lower_tiers: false,
            on: HashMap::new(),
        }
    }
}

impl FailoverConfig {
    /// What happens on an error of `kind`.
    #[must_use]
    pub fn reaction(&self, kind: ErrorKind) -> Reaction {
        self.on.get(&ErrorName(kind)).copied().unwrap_or_else(|| Reaction::to(kind))
    }

    pub(crate) fn patience(&self) -> Duration {
        bounds::duration(self.patience_seconds)
    }

    pub(crate) fn cooldown(&self) -> Duration {
        bounds::duration(self.breaker_seconds)
    }
}

/// `[routing]`: which model begins.
///
/// ```
/// # use toolgate::{Config, ShortPromptsConfig};
/// let config: Config = toml::from_str(
///     r#"
///     [routing.short_prompts]
///     model = "mistral/mistral-small-latest"
///     characters = 400
///     "#,
/// )?;
/// let same = ShortPromptsConfig::new("mistral/mistral-small-latest", 400);
/// assert_eq!(config.routing.short_prompts, Some(same));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct RoutingConfig {
    /// A model for short prompts. Default none: the first of `[[models]]`.
    pub short_prompts: Option<ShortPromptsConfig>,
}

/// `[routing.short_prompts]`: a cheap model for what is quickly said.
///
/// See the example of [`RoutingConfig`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ShortPromptsConfig {
    /// One of `[[models]]`, as `provider/model`.
    pub model: String,
    /// The most characters that all texts of a short prompt have together.
    pub characters: usize,
}

impl ShortPromptsConfig {
    /// Prompts of at most so many characters go to `model`.
    #[must_use]
    pub fn new(model: impl Into<String>, characters: usize) -> Self {
        Self { model: model.into(), characters }
    }
}
