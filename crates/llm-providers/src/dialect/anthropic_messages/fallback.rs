//! Answers that one model began and another goes on with, because the first declined ("Refusals and fallback"). A `fallback` block
//! stands between what either wrote.
//!
//! The text before it stays, and so do the provider's own tools with their results. What the first model thought is not read by the
//! other, and the calls that it made are not to be run: neither goes back to the API, which would refuse them ("Continuing the
//! conversation"). The block itself says nothing to a model, and is refused where the beta is not asked for.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::dialect::draft::Draft;
use crate::dialect::lenient::Text;

/// The type of the block.
pub(super) const FALLBACK: &str = "fallback";

/// What a provider's own tool was asked, or answered.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Block<'a> {
    #[serde(borrow)]
    r#type: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    tool_use_id: Text<'a>,
}

/// Takes back what the model that declined thought and asked for.
pub(super) fn take_back(draft: &mut Draft) {
    let answered: BTreeSet<String> = draft.natives().map(|json| read(json).tool_use_id.to_string()).collect();
    let is_unanswered = |json: &str| {
        let block = read(json);
        &*block.r#type == "server_tool_use" && !answered.contains(&*block.id)
    };
    if draft.take_back(is_unanswered) {
        let what = "what a model thought and called before it declined left out: another went on";
        draft.losses.report_once("content", what);
    }
}

fn read(json: &str) -> Block<'_> {
    serde_json::from_str(json).unwrap_or_default()
}
