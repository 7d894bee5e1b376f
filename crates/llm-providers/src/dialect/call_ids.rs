//! Ids for tool calls that came without one, or with one that stands twice, and ids as a provider's alphabet spells them.

use std::borrow::Cow;

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

/// The id where exactly nine letters and digits are accepted (Mistral).
pub(super) fn nine(id: &CallId) -> Cow<'_, str> {
    let text = id.as_str();
    if text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("c{:08x}", hash(text)))
}

/// FNV-1a, 32 bits: stable across versions, unlike the standard library's hasher.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The id in a provider's alphabet and length. Another provider's id is rewritten, with a hash so that no two become one.
pub(super) fn spelled(id: &CallId, fits: fn(char) -> bool, longest: usize) -> Cow<'_, str> {
    let text = id.as_str();
    if text.len() <= longest && text.chars().all(fits) {
        return Cow::Borrowed(text);
    }
    let room = longest.saturating_sub("_01234567".len());
    let plain: String = text.chars().take(room).map(|c| if fits(c) { c } else { '_' }).collect();
    Cow::Owned(format!("{plain}_{:08x}", hash(text)))
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

    #[test]
    fn nine_characters_stay_and_others_are_hashed() {
        let nine = |id: &str| nine(&CallId::new(id)).into_owned();
        assert_eq!(nine("rEJDoePqM"), "rEJDoePqM");
        assert_eq!(nine("call_a"), nine("call_a"));
        for id in ["", "call_a", "toolu_01ABCDEFGHIJKLMNOP", "rEJDo_PqM"] {
            assert!(nine(id).len() == 9 && nine(id).bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        }
        assert_ne!(nine("call_a"), nine("call_b"));
    }

    #[test]
    fn ids_fit_the_alphabet_and_the_length_and_differ() {
        let spelled =
            |id: &str| spelled(&CallId::new(id), |c| c.is_ascii_alphanumeric() || c == '_', 16).into_owned();
        assert_eq!(spelled("call_1"), "call_1");
        assert_eq!(spelled("a.b"), "a_b_108bf50c");
        assert_ne!(spelled("a.b"), spelled("a/b"));
        let (long, longer) = (spelled(&"x".repeat(17)), spelled(&"x".repeat(18)));
        assert_eq!(long.len(), 16);
        assert_ne!(long, longer);
    }
}
