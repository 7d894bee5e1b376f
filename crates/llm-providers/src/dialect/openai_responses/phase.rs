//! The phase of a message: whether it is said on the way to the answer, or is the answer.
//!
//! OpenAI wants it back with its message ("dropping it can degrade performance", `OutputMessage.phase`). Text has no place for it, so a
//! block of the provider's own behind the text keeps it.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// A message without its content: its text stands before it.
#[derive(Serialize, Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    phase: Cow<'a, str>,
    #[serde(skip_serializing)]
    content: Option<IgnoredAny>,
}

const MESSAGE: &str = "message";

/// The block that keeps the phase.
pub(super) fn block(phase: &str) -> String {
    let block = Block { r#type: MESSAGE.into(), phase: phase.into(), content: None };
    serde_json::to_string(&block).unwrap_or_default()
}

/// The phase that such a block keeps; none if it is another block.
pub(super) fn kept(block: &str) -> Option<Cow<'_, str>> {
    let block: Block<'_> = serde_json::from_str(block).ok()?;
    (block.r#type == MESSAGE && block.content.is_none()).then_some(block.phase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_kept_and_other_blocks_have_none() {
        assert_eq!(block("commentary"), r#"{"type":"message","phase":"commentary"}"#);
        for phase in ["commentary", "final_answer", "\"\\\n"] {
            assert_eq!(kept(&block(phase)).unwrap(), phase);
        }
        for other in [
            r#"{"type":"message","phase":"commentary","content":[]}"#,
            r#"{"type":"web_search_call","phase":"commentary"}"#,
            r#"{"type":"message"}"#,
            "[]",
        ] {
            assert_eq!(kept(other), None, "{other}");
        }
    }
}
