//! Models that answer, or think, in streams alone ([`Quirk::OnlyStreams`]), and those that do not stream all.
//!
//! Alibaba: "parameter.enable_thinking must be set to false for non-streaming calls"; from Qwen 3.5 on whole answers are thought
//! about too. ModelScope, whose thinking nobody sets: "enable thinking can not be support when `stream=False`".

use super::bedrock_converse;
use super::forced::{is_musing_qwen, thinks};
use crate::{ChatRequest, Dialect, Provider, Quirk, ReasoningEffort};

impl Provider {
    /// Whether the answer comes whole alone, and is asked for so where it is wanted in pieces.
    pub(crate) fn is_whole(&self, model: &str, request: &ChatRequest) -> bool {
        self.dialect() == Dialect::BedrockConverse && !bedrock_converse::streams(model, request)
    }

    /// Whether a whole answer has to be asked for as a stream.
    pub(crate) fn is_streamed(&self, model: &str, request: &ChatRequest) -> bool {
        is_only(self, model, request.options.reasoning_effort)
    }
}

fn is_only(provider: &Provider, model: &str, effort: Option<ReasoningEffort>) -> bool {
    if !provider.has(Quirk::OnlyStreams) {
        return false;
    }
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let is = |known: &str| name.starts_with(known);
    if is("qwq") || is("qvq") || name.contains("-omni") || (is("qwen3-") && name.contains("-thinking")) {
        return true;
    }
    let thinks = match provider.has(Quirk::EnableThinking) {
        true => thinks(provider, &name, effort),
        false => is_musing_qwen(&name),
    };
    thinks && !is("qwen3.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_thinks_in_streams_only_is_asked_for_one() {
        let (none, low) = (Some(ReasoningEffort::None), Some(ReasoningEffort::Low));
        let catalogue = crate::Catalogue::builtin();
        for (id, model, effort, only) in [
            ("dashscope", "qwen3-32b", None, true),
            ("dashscope", "qwen3-32b", none, false),
            ("dashscope", "qwen3-235b-a22b-thinking-2507", None, true),
            ("dashscope", "qwen3-30b-a3b-instruct-2507", None, false),
            ("dashscope", "qwen-plus", None, false),
            ("dashscope", "qwen-plus", low, true),
            ("dashscope", "qwq-plus", None, true),
            ("dashscope_us", "qwen3-omni-flash", none, true),
            ("qwencloud", "qwen3.8-max", low, false),
            ("modelscope", "Qwen/Qwen3-8B", None, true),
            ("modelscope", "Qwen/Qwen3-8B", none, true),
            ("modelscope", "Qwen/QwQ-32B", None, true),
            ("modelscope", "deepseek-ai/DeepSeek-V3.2", low, false),
            ("siliconflow", "Qwen/Qwen3-8B", None, false),
        ] {
            let provider = catalogue.provider(id).unwrap();
            assert_eq!(is_only(provider, model, effort), only, "{id}/{model} {effort:?}");
        }
    }
}
