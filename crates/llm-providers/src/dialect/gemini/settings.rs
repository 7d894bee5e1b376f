//! Sampling, thinking and forms of answers (`GenerationConfig`).

use super::wire;
use crate::lossiness::Losses;
use crate::{ChatOptions, ReasoningEffort, ResponseFormat};

/// The settings, if there are any; what this API does not have is reported.
pub(super) fn generation_config<'a>(
    options: &'a ChatOptions,
    is_gemini_3: bool,
    losses: &mut Losses,
) -> Option<wire::GenerationConfig<'a>> {
    if options.parallel_tool_calls == Some(false) {
        losses.report("options.parallel_tool_calls", "this API cannot ask for one call at a time");
    }
    if options.top_logprobs.is_some() {
        losses.report("options.top_logprobs", "probabilities are not read from this API");
    }
    if !options.metadata.is_empty() {
        losses.report("options.metadata", "this API takes no labels");
    }
    let seed = options.seed.and_then(|seed| i32::try_from(seed).ok());
    if seed.is_none() && options.seed.is_some() {
        losses.report("options.seed", "a seed over 2147483647 is not accepted and left out");
    }
    let is_set = options.max_tokens.is_some()
        || options.temperature.is_some()
        || options.top_p.is_some()
        || options.top_k.is_some()
        || options.presence_penalty.is_some()
        || options.frequency_penalty.is_some()
        || !options.stop.is_empty()
        || seed.is_some()
        || options.reasoning_effort.is_some()
        || options.response_format.is_some();
    is_set.then(|| wire::GenerationConfig {
        max_output_tokens: options.max_tokens,
        temperature: options.temperature,
        top_p: options.top_p,
        stop_sequences: options.stop.iter().map(|stop| &**stop).collect(),
        seed,
        top_k: options.top_k,
        presence_penalty: options.presence_penalty,
        frequency_penalty: options.frequency_penalty,
        response_mime_type: options.response_format.as_ref().map(|_| "application/json"),
        response_json_schema: match &options.response_format {
            Some(ResponseFormat::JsonSchema(wanted)) => Some(wanted.schema.as_raw()),
            _ => None,
        },
        thinking_config: options.reasoning_effort.map(|effort| thinking(effort, is_gemini_3, losses)),
    })
}

/// Up to Gemini 2.5 thinking is counted in tokens, since then it has levels.
fn thinking(effort: ReasoningEffort, is_gemini_3: bool, losses: &mut Losses) -> wire::ThinkingConfig {
    let include_thoughts = effort != ReasoningEffort::None;
    if !is_gemini_3 {
        if effort == ReasoningEffort::Minimal {
            losses.report("options.reasoning_effort", "minimal sent as low");
        }
        let thinking_budget = Some(effort.budget());
        return wire::ThinkingConfig { include_thoughts, thinking_budget, thinking_level: None };
    }
    let level = match effort {
        ReasoningEffort::None | ReasoningEffort::Minimal => "MINIMAL",
        ReasoningEffort::Low => "LOW",
        ReasoningEffort::Medium => "MEDIUM",
        ReasoningEffort::High | ReasoningEffort::XHigh => "HIGH",
    };
    if matches!(effort, ReasoningEffort::None | ReasoningEffort::XHigh) {
        losses.report("options.reasoning_effort", "sent as the nearest level that there is");
    }
    wire::ThinkingConfig { include_thoughts, thinking_budget: None, thinking_level: Some(level) }
}
