//! What a provider takes back of an answer.

use std::sync::Arc;

use super::Draft;
use super::piece::Piece;

impl Draft {
    /// Takes reasoning and calls back, and what only its provider understands as far as `is_void` says so; whether there was any.
    /// What was told of them is void.
    pub(in crate::dialect) fn take_back(&mut self, is_void: impl Fn(&str) -> bool) -> bool {
        let mut was_any = false;
        for place in 0..self.parts.len() {
            self.end_call(place);
            let Some(piece) = self.parts.get_mut(place) else { continue };
            let is_void = match piece {
                Piece::Reasoning { .. } | Piece::Call { .. } => true,
                Piece::Native(json) => is_void(json),
                Piece::Text(_) | Piece::Citation(_) => false,
            };
            if is_void {
                // Nothing, in its place.
                *piece = Piece::Text(String::new());
                was_any = true;
            }
        }
        was_any
    }

    /// The parts that only their provider understands.
    pub(in crate::dialect) fn natives(&self) -> impl Iterator<Item = &Arc<str>> {
        self.parts.iter().filter_map(|piece| match piece {
            Piece::Native(json) => Some(json),
            _ => None,
        })
    }
}
