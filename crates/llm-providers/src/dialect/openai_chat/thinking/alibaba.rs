//! Models at Alibaba: a switch for all that can rest, and how much is a number of tokens for its own and Kimi ("Deep thinking"), a
//! word for newer ones of others ("DeepSeek", "GLM"), and not told to the rest, for whom a number fails.

use super::{ALL, Losses, PATH, ReasoningEffort, Switched, THREE, Thinking, Words, budgeted, wire};
use crate::dialect::families::always_thinks_at_alibaba;

pub(super) fn told(model: &str, effort: ReasoningEffort, losses: &mut Losses) -> Thinking {
    let is_always = always_thinks_at_alibaba(model);
    if is_always && effort == ReasoningEffort::None {
        losses.report(PATH, "this model thinks always");
        return Thinking::default();
    }
    let Some(words) = words(model) else { return budgeted(effort, losses) };
    let said = Switched { is_switched: !is_always, rests: true, words }.told(effort, losses);
    // The same switch by another name.
    let enable = said.switch.as_ref().map(|switch| !matches!(switch, wire::Switch::Disabled));
    Thinking { switch: None, enable, ..said }
}

/// The words of a model that is told in words, or in none; `None` for those that are told a number.
fn words(model: &str) -> Option<Words> {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let is = |known: &str| name.starts_with(known);
    match () {
        () if is("deepseek-v4") || is("glm-5.3") || is("kimi-k3") => Some(THREE),
        () if is("glm-5.2") => Some(ALL),
        () if is("deepseek-") || is("minimax-") => Some(&[]),
        () => None,
    }
}
