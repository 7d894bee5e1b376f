//! Calls that are forced, and models that think: some do not take both, and say so.
//!
//! DeepSeek: "Thinking mode does not support this tool_choice". Moonshot: "tool_choice 'required' is incompatible with thinking
//! enabled"; from Kimi K3 on it takes this one, but none by its name ("Tool Choice"). Alibaba: "The tool_choice parameter does not
//! support being set to required or object in thinking mode".

use super::families::{always_thinks_at_alibaba, is_thinking_deepseek, moonshot_name};
use crate::{Provider, Quirk, ReasoningEffort, ToolChoice};

/// Whether a model refuses this choice, because it thinks when asked for this effort, or for none.
pub(super) fn is_refused(
    provider: &Provider,
    model: &str,
    effort: Option<ReasoningEffort>,
    choice: &ToolChoice,
) -> bool {
    match choice {
        ToolChoice::Auto | ToolChoice::None => false,
        ToolChoice::Required if moonshot_name(model).starts_with("kimi-k3") => false,
        ToolChoice::Required | ToolChoice::Tool(_) => thinks(provider, model, effort),
    }
}

/// Whether a model that thinks unasked can be told not to ("Use thinking models", "Thinking Mode", "Deep thinking").
pub(super) fn rests(provider: &Provider, model: &str) -> bool {
    let is = |known: &str| model.starts_with(known);
    if provider.has(Quirk::EnableThinking) {
        return is_musing_qwen(model) && !always_thinks_at_alibaba(model);
    }
    provider.has(Quirk::ThinkingSwitch) && (is("kimi-k2.5") || is("kimi-k2.6") || is("deepseek-"))
}

pub(super) fn thinks(provider: &Provider, model: &str, effort: Option<ReasoningEffort>) -> bool {
    let is = |known: &str| moonshot_name(model).starts_with(known);
    if provider.has(Quirk::EnableThinking) {
        return match effort {
            None => is_musing_qwen(model),
            Some(effort) => effort != ReasoningEffort::None || always_thinks_at_alibaba(model),
        };
    }
    if !provider.has(Quirk::ThinkingSwitch) {
        return false;
    }
    let is_told_not_to = effort == Some(ReasoningEffort::None) && rests(provider, model);
    ((is("kimi-k2.") || is("kimi-k3")) && !is_told_not_to) || is_thinking_deepseek(model, effort)
}

/// Whether it is a Qwen that thinks unasked, and can be told not to: from 3.5 on, and before that those whose weights are open,
/// which have their size in their names. Those that always think, or never, have that in their names.
pub(super) fn is_musing_qwen(model: &str) -> bool {
    let is_single = ["thinking", "instruct", "coder"].iter().any(|kind| model.contains(kind));
    let kind = model.strip_prefix("qwen3").unwrap_or_default();
    let is_open = kind.strip_prefix('-').is_some_and(|size| size.starts_with(|c: char| c.is_ascii_digit()));
    (kind.starts_with('.') || is_open) && !is_single
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_thinks_is_not_forced() {
        let (named, required) = (ToolChoice::Tool("t".parse().unwrap()), ToolChoice::Required);
        let (none, low) = (Some(ReasoningEffort::None), Some(ReasoningEffort::Low));
        let catalogue = crate::Catalogue::builtin();
        for (id, model, effort, by_name, at_all) in [
            ("moonshot", "kimi-k3", None, true, false),
            ("moonshot", "kimi-k3", none, true, false),
            ("moonshot", "kimi-k2.6", None, true, true),
            ("moonshot_cn", "kimi-k2.6", none, false, false),
            ("moonshot", "kimi-k2.7-code", none, true, true),
            ("kimi_coding", "kimi-for-coding", None, true, true),
            ("kimi_coding", "k3", None, true, false),
            ("moonshot", "moonshot-v1-8k", None, false, false),
            ("moonshot", "kimi-latest", None, false, false),
            ("deepseek", "deepseek-v4-pro", None, true, true),
            ("deepseek", "deepseek-v4-pro", none, false, false),
            ("deepseek", "deepseek-chat", None, false, false),
            ("deepinfra", "deepseek-v4-pro", low, false, false),
            ("qwencloud", "qwen3.8-max", None, true, true),
            ("qwencloud", "qwen3.8-max", none, false, false),
            ("qwencloud", "qwen3.8-max-preview", none, true, true),
            ("dashscope", "qwen-plus", None, false, false),
            ("dashscope", "qwen-plus", low, true, true),
            ("dashscope", "qwen3-max", None, false, false),
            ("dashscope", "qwen3-max", low, true, true),
            ("dashscope", "qwen3-235b-a22b", None, true, true),
            ("dashscope", "qwen3-30b-a3b-instruct-2507", None, false, false),
            ("dashscope", "qwen3-coder-plus", None, false, false),
            ("zai", "glm-4.6", None, false, false),
        ] {
            let provider = catalogue.provider(id).unwrap();
            let found = |choice| is_refused(provider, model, effort, choice);
            assert_eq!((found(&named), found(&required)), (by_name, at_all), "{id}/{model} {effort:?}");
            assert!(!found(&ToolChoice::Auto) && !found(&ToolChoice::None), "{model}");
        }
    }
}
