//! Whether to think, in the words of single hosts: clients choose them by a model's name, whoever serves it (Cherry Studio, LobeChat,
//! Dify). Read as the effort that they come to where none is named.

use serde::Deserialize;
use serde::de::IgnoredAny;
use toolgate_llm_providers::ReasoningEffort;

#[derive(Deserialize, Default)]
pub(super) struct Thinking {
    /// Anthropic's, DeepSeek's, Zhipu's and others'.
    #[serde(default)]
    thinking: Option<Switch>,
    /// Alibaba's.
    #[serde(default)]
    enable_thinking: Option<bool>,
    /// How many tokens, which an effort says in its own way.
    #[serde(default, rename = "thinking_budget")]
    _budget: Option<IgnoredAny>,
    /// vLLM's and SGLang's.
    #[serde(default)]
    chat_template_kwargs: Option<Template>,
}

#[derive(Deserialize)]
struct Switch {
    r#type: Kind,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Enabled,
    Adaptive,
    Auto,
    Disabled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    #[serde(default)]
    enable_thinking: Option<bool>,
    #[serde(default)]
    thinking: Option<bool>,
}

impl Thinking {
    /// The effort that is meant; what a model does by itself is none of anybody's saying.
    pub(super) fn effort(&self) -> Option<ReasoningEffort> {
        let switch = self.thinking.as_ref().and_then(|switch| match switch.r#type {
            Kind::Enabled => Some(true),
            Kind::Disabled => Some(false),
            Kind::Adaptive | Kind::Auto => None,
        });
        let template = self.chat_template_kwargs.as_ref();
        let template = template.and_then(|template| template.enable_thinking.or(template.thinking));
        let is_on = switch.or(self.enable_thinking).or(template)?;
        Some(if is_on { ReasoningEffort::Medium } else { ReasoningEffort::None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hosts_word_is_an_effort() {
        let effort =
            |json: &str| serde_json::from_str::<Thinking>(json).map(|thinking| thinking.effort()).ok();
        let (on, off) = (Some(Some(ReasoningEffort::Medium)), Some(Some(ReasoningEffort::None)));
        for (json, expected) in [
            (r#"{"thinking": {"type": "enabled", "budget_tokens": 9}}"#, on),
            (r#"{"thinking": {"type": "disabled", "budget_tokens": 0}}"#, off),
            (r#"{"thinking": {"type": "adaptive"}}"#, Some(None)),
            (r#"{"enable_thinking": false}"#, off),
            (r#"{"enable_thinking": true, "thinking_budget": 4096}"#, on),
            (r#"{"chat_template_kwargs": {"enable_thinking": false}}"#, off),
            (r#"{"chat_template_kwargs": {"thinking": true}}"#, on),
            (r#"{"thinking": null, "enable_thinking": null}"#, Some(None)),
            ("{}", Some(None)),
            // What would be lost is refused.
            (r#"{"chat_template_kwargs": {"documents": []}}"#, None),
            (r#"{"thinking": {"type": "deep"}}"#, None),
        ] {
            assert_eq!(effort(json), expected, "{json}");
        }
    }
}
