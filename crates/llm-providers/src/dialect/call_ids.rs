//! Ids for tool calls that came without one, or with one that stands twice, and ids as a provider's alphabet spells them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

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

/// Ids as they go where each may stand once in a conversation ("`tool_use` ids must be unique"): hosts that count the calls of
/// every answer from nought give the same again.
pub(super) struct Distinct<'a> {
    spell: fn(&CallId) -> Cow<'_, str>,
    sent: HashSet<Cow<'a, str>>,
    /// How often each id of the conversation's own has stood, and how it went last.
    last: HashMap<&'a str, (u32, Cow<'a, str>)>,
}

impl<'a> Distinct<'a> {
    pub(super) fn new(spell: fn(&CallId) -> Cow<'_, str>) -> Self {
        Self { spell, sent: HashSet::new(), last: HashMap::new() }
    }

    /// The id of a call.
    pub(super) fn call(&mut self, id: &'a CallId) -> Cow<'a, str> {
        let spell = self.spell;
        let numbered = |times: u32| spell(&CallId::new(format!("{id}_{times}"))).into_owned().into();
        let mut times = self.last.get(id.as_str()).map_or(1, |(times, _)| times + 1);
        let mut said: Cow<'a, str> = if times == 1 { spell(id) } else { numbered(times) };
        while !self.sent.insert(said.clone()) {
            times += 1;
            said = numbered(times);
        }
        self.last.insert(id.as_str(), (times, said.clone()));
        said
    }

    /// The same for its result.
    pub(super) fn result(&self, id: &'a CallId) -> Cow<'a, str> {
        self.last.get(id.as_str()).map_or_else(|| (self.spell)(id), |(_, said)| said.clone())
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

    #[test]
    fn an_id_that_stands_again_is_another() {
        let given = ["call_0", "call_1", "call_0", "call_0_2", "call_0", "a.b", "a.b"].map(CallId::new);
        let mut ids = Distinct::new(|id| spelled(id, |c| c.is_ascii_alphanumeric() || c == '_', 64));
        let sent: Vec<(String, String)> =
            given.iter().map(|id| (ids.call(id).into_owned(), ids.result(id).into_owned())).collect();
        assert!(sent.iter().all(|(call, result)| call == result));
        let calls: Vec<&str> = sent.iter().map(|(call, _)| &**call).collect();
        assert_eq!(calls[..3], ["call_0", "call_1", "call_0_2"]);
        assert_eq!(calls.iter().collect::<HashSet<_>>().len(), calls.len(), "{calls:?}");
        // One that nothing was called with.
        assert_eq!(ids.result(&CallId::new("other")), "other");
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
