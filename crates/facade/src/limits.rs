//! How far one conversation may go. Limits are checked before a step, so none is ever overrun.

use std::time::Duration;

use serde::Deserialize;

/// Bounds of one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// How often the model may be asked. Default 10: enough for real work, and an end for a model that loops.
    pub rounds: u32,
    /// How many tool calls may be made in all. Default 50.
    pub tool_calls: u32,
    /// How long the conversation may take, in seconds. Default 600.
    pub wall_time_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rounds: 10, tool_calls: 50, wall_time_seconds: 600 }
    }
}

impl Limits {
    /// How long the conversation may take.
    #[must_use]
    pub fn wall_time(&self) -> Duration {
        Duration::from_secs(self.wall_time_seconds)
    }
}

/// The limit that a conversation reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
}
