//! Names of calls in history, as providers accept them. A model may have made one up, which no provider takes back:
//! without this, the conversation could not go on.

use std::borrow::Cow;
use std::fmt::Display;

use toolgate_tool_types::ToolName;

use crate::lossiness::Losses;

/// The name in the alphabet and the length that every provider accepts; another spelling is reported.
pub(super) fn spelled<'a>(name: &'a str, path: impl Display, losses: &mut Losses) -> Cow<'a, str> {
    let plain = plain(name);
    if matches!(plain, Cow::Owned(_)) {
        losses.report(path, "the call's name is spelled otherwise: the API refuses it");
    }
    plain
}

/// The same in silence, where it has been told.
pub(super) fn plain(name: &str) -> Cow<'_, str> {
    if ToolName::check(name).is_ok() {
        return Cow::Borrowed(name);
    }
    let fitting = |c| if ToolName::may_hold(c) { c } else { '_' };
    let mut plain: String = name.chars().take(ToolName::MAX_LEN).map(fitting).collect();
    if plain.is_empty() {
        plain.push('_');
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_refused_is_spelled_otherwise() {
        let mut losses = Losses::default();
        assert_eq!(spelled("get-time", "p", &mut losses), "get-time");
        assert!(losses.into_vec().is_empty());
        let mut losses = Losses::default();
        assert_eq!(spelled("functions.get time", "p", &mut losses), "functions_get_time");
        assert_eq!(spelled("", "p", &mut losses), "_");
        assert_eq!(spelled(&"ü".repeat(90), "p", &mut losses).len(), 64);
        assert_eq!(losses.into_vec().len(), 3);
    }
}
