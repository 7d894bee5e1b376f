//! How far one conversation may go. Limits are checked before a step, so none is ever overrun.

use std::time::Duration;

use serde::Deserialize;

use crate::Money;
use crate::config::bounds;

/// `[limits]`: bounds of one conversation.
///
/// ```
/// let mut config = toolgate::Config::default();
/// config.limits.rounds = 3;
/// config.limits.wall_time_seconds = 60;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// How often the model may be asked. Default 10: enough for real work, and an end for a model that loops.
    #[serde(deserialize_with = "bounds::at_least_one")]
    pub rounds: u32,
    /// How many tool calls may be made in all. Default 50.
    pub tool_calls: u32,
    /// How long the conversation may take, in seconds. Default 600.
    #[serde(deserialize_with = "bounds::seconds")]
    pub wall_time_seconds: u64,
    /// How many bytes the transcript may have, as JSON. Default 32 MiB: what Anthropic takes as one request.
    #[serde(deserialize_with = "bounds::at_least_one")]
    pub bytes: u64,
    /// How many tokens may be read and written in all. Default: no limit.
    ///
    /// What a request will read is known only afterwards. Before, everything that the model has counted already counts
    /// as that, and everything else as one token for each byte, which is more than any of it can have.
    #[serde(deserialize_with = "bounds::some_at_least_one")]
    pub tokens: Option<u64>,
    /// What the conversation may cost, by the prices under `[prices]`. Default: no limit. A model without a price is
    /// then not asked.
    pub cost: Option<Money>,
    /// The most tokens of one answer where `tokens` or `cost` is limited and the caller names no number of its own.
    /// Default 4096, which every model accepts. What is left of the limits may be less, and is then what is asked for.
    #[serde(deserialize_with = "bounds::some_at_least_one")]
    pub answer_tokens: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rounds: 10,
            tool_calls: 50,
            wall_time_seconds: 600,
            bytes: 32 << 20,
            tokens: None,
            cost: None,
            answer_tokens: None,
        }
    }
}

impl Limits {
    /// The most tokens of one answer where nobody says so and something limits them.
    pub(crate) const ANSWER_TOKENS: u32 = 4096;

    /// How long the conversation may take.
    #[must_use]
    pub fn wall_time(&self) -> Duration {
        bounds::duration(self.wall_time_seconds)
    }
}

/// The limit that a conversation reached.
///
/// ```
/// # use std::time::Duration;
/// # use toolgate::LimitReached;
/// let reached = LimitReached::WallTime(Duration::from_secs(600));
/// match &reached {
///     LimitReached::Cost { used, .. } => println!("{used} is spent"),
///     // Each says which setting to change.
///     other => assert!(other.to_string().contains("limits.wall_time_seconds")),
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitReached {
    /// The model was asked as often as allowed and still wants tools.
    #[error("the model was asked {0} times and still wants tools; raise limits.rounds if that is wanted")]
    Rounds(u32),
    /// The next reply's tool calls would be more than allowed.
    #[error("the model wants more than {0} tool calls; raise limits.tool_calls if that is wanted")]
    ToolCalls(u32),
    /// Time is up.
    #[error("the conversation took longer than {0:?}; raise limits.wall_time_seconds if that is wanted")]
    WallTime(Duration),
    /// The transcript is too long to be sent.
    #[error("the transcript has {found} bytes of {limit}; raise limits.bytes if that is wanted")]
    Bytes {
        /// The limit.
        limit: u64,
        /// What the transcript has.
        found: u64,
    },
    /// The next request could need more tokens than are left.
    #[error(
        "{used} of {limit} tokens are used, and the next request may read {next}; raise limits.tokens if that is wanted"
    )]
    Tokens {
        /// The limit.
        limit: u64,
        /// Used so far.
        used: u64,
        /// The most that the next request can read.
        next: u64,
    },
    /// The next request could cost more than is left.
    #[error(
        "{used} of {limit} is spent, and the next request may cost {next}; raise limits.cost if that is wanted"
    )]
    Cost {
        /// The limit.
        limit: Money,
        /// Spent so far.
        used: Money,
        /// What the next request can cost before a word is written.
        next: Money,
    },
    /// A cost is limited, and nobody has said what the model costs.
    #[error(
        "limits.cost is set and the price of {model} is not known; add [prices.\"{model}\"] with input and output"
    )]
    NoPrice {
        /// The model, as `provider/model`.
        model: String,
    },
}
