//! Results of tools in a turn of their own, for models that take nothing else beside them, or no documents.
//!
//! Two turns of the user are one to Bedrock, so the model is made to say a word between them.

use std::borrow::Cow;

use super::family::Beside;
use super::wire::{Block, Role, Turn};
use crate::lossiness::Losses;

/// Parts the turns that the model would refuse.
pub(super) fn set(beside: Beside, turns: &mut Vec<Turn<'_>>, losses: &mut Losses) {
    if beside == Beside::Anything {
        return;
    }
    let mut place = 0;
    while let Some(turn) = turns.get_mut(place) {
        place += 1;
        if let Some(rest) = rest(beside, turn) {
            let said = Turn { role: Role::Assistant, content: vec![Block::Text(Cow::Borrowed("."))] };
            turns.splice(place..place, [said, Turn { role: Role::User, content: rest }]);
            place += 2;
            losses.report(
                "messages",
                "a full stop of the model's added: it takes results apart from what is said next",
            );
        }
    }
}

/// What stands behind the results of a turn and may not, taken out of it. Results come first: each call is answered at once.
fn rest<'a>(beside: Beside, turn: &mut Turn<'a>) -> Option<Vec<Block<'a>>> {
    let is_result = |block: &Block<'_>| matches!(block, Block::ToolResult { .. });
    let is_refused = |block: &Block<'_>| match beside {
        Beside::Nothing => !matches!(block, Block::ToolResult { .. } | Block::CachePoint { .. }),
        _ => matches!(block, Block::Document(_)),
    };
    let last = turn.content.iter().rposition(is_result)?;
    if turn.role != Role::User || !turn.content.iter().any(is_refused) {
        return None;
    }
    // The mark is of what stands before it.
    let marked = matches!(turn.content.get(last + 1), Some(Block::CachePoint { .. }));
    Some(turn.content.split_off(last + 1 + usize::from(marked)))
}
