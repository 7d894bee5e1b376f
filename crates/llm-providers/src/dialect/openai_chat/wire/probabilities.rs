//! How probabilities are asked for: OpenAI wants a yes and a number beside it, Together the number alone.

use serde::Serialize;

/// The value of `logprobs`.
#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum Probabilities {
    Wanted(bool),
    /// Of how many tokens, up to 20.
    Count(u8),
}
