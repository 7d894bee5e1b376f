//! Ids for tool calls that came without one, or with one that stands twice.

use toolgate_tool_types::CallId;

/// Gives every call of one answer an id of its own.
///
/// Made ids count the messages before the answer and the calls within it: the same reply gives the same ids, and no
/// two turns of a conversation share one.
pub(super) struct CallIds {
    turn: usize,
    given: Vec<CallId>,
}

impl CallIds {
    pub(super) fn new(turn: usize) -> Self {
        Self { turn, given: Vec::new() }
    }

    /// The provider's own id where it is one, else a made one.
    pub(super) fn next(&mut self, own: &str) -> CallId {
        let mut id = CallId::new(own);
        let mut number = self.given.len();
        while id.as_str().is_empty() || self.given.contains(&id) {
            id = CallId::new(format!("call_{}_{number}", self.turn));
            number += 1;
        }
        self.given.push(id.clone());
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_ids_stay_and_others_are_made() {
        let mut ids = CallIds::new(4);
        let given: Vec<String> = ["", "x", "x", ""].map(|own| ids.next(own).to_string()).into();
        assert_eq!(given, ["call_4_0", "x", "call_4_2", "call_4_3"]);
    }
}
