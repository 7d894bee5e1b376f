//! Sampling, thinking and forms of answers (`GenerationConfig`).

use super::{answers, wire};
use crate::dialect::Context;
use crate::dialect::families::gemini_generation;
use crate::lossiness::Losses;
use crate::{ChatOptions, ReasoningEffort, ResponseFormat};

/// The settings, if there are any; what this API does not have is reported.
pub(super) fn generation_config<'a>(
    context: &Context<'_>,
    options: &'a ChatOptions,
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
        losses.report("options.seed", "a seed of more than 32 bits is not accepted and left out");
    }
    let thinking_config = options.reasoning_effort.and_then(|effort| thinking(context.model, effort, losses));
    let is_set = options.max_tokens.is_some()
        || options.temperature.is_some()
        || options.top_p.is_some()
        || options.top_k.is_some()
        || options.presence_penalty.is_some()
        || options.frequency_penalty.is_some()
        || !options.stop.is_empty()
        || seed.is_some()
        || thinking_config.is_some()
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
            Some(ResponseFormat::JsonSchema(wanted)) => Some(answers::schema(wanted.schema.as_raw(), losses)),
            _ => None,
        },
        thinking_config,
    })
}

/// The least that a model thinks which cannot be told not to ("Thinking", Gemini 2.5 Pro).
const LEAST_OF_PRO: u32 = 128;

/// Up to Gemini 2.5 thinking is counted in tokens, since then it has levels; before, there was none.
fn thinking(model: &str, effort: ReasoningEffort, losses: &mut Losses) -> Option<wire::ThinkingConfig> {
    let path = "options.reasoning_effort";
    let include_thoughts = effort != ReasoningEffort::None;
    if gemini_generation(model).is_some_and(|generation| generation >= 3) {
        let (thinking_level, is_exact) = level(model, effort);
        if !is_exact {
            losses.report(path, "sent as the nearest level that there is");
        }
        return Some(wire::ThinkingConfig { include_thoughts, thinking_budget: None, thinking_level });
    }
    // "Thinking is not enabled for this model", whatever is said of it.
    let unthinking = ["gemini-1", "gemini-2.0", "gemini-2.5-flash-image", "gemma-"];
    if unthinking.iter().any(|known| model.starts_with(known)) {
        if include_thoughts {
            losses.report(path, "this model does not think");
        }
        return None;
    }
    let mut budget = effort.budget();
    if effort == ReasoningEffort::Minimal {
        losses.report(path, "minimal sent as low");
    } else if budget == 0 && model.starts_with("gemini-2.5-pro") {
        losses.report(path, "this model thinks always: as little as it can");
        budget = LEAST_OF_PRO;
    }
    Some(wire::ThinkingConfig { include_thoughts, thinking_budget: Some(budget), thinking_level: None })
}

/// The nearest level, and whether it is the one that is asked for ("Thinking", levels by model). Models that draw have two
/// levels, or none.
fn level(model: &str, effort: ReasoningEffort) -> (Option<&'static str>, bool) {
    let is = |known: &str| model.starts_with(known);
    let has_minimal = ["gemini-3-flash", "gemini-3.1-flash-lite", "gemini-3.5-flash"].into_iter().any(is);
    if model.contains("-image") {
        let (level, nearest) = match effort > ReasoningEffort::Low {
            true => ("HIGH", ReasoningEffort::High),
            false => ("MINIMAL", ReasoningEffort::Minimal),
        };
        let has_levels = model.contains("flash");
        return (has_levels.then_some(level), has_levels && effort == nearest);
    }
    let (level, is_exact) = match effort {
        ReasoningEffort::Minimal if has_minimal => ("MINIMAL", true),
        ReasoningEffort::None if has_minimal => ("MINIMAL", false),
        ReasoningEffort::None | ReasoningEffort::Minimal => ("LOW", false),
        ReasoningEffort::Low => ("LOW", true),
        ReasoningEffort::Medium if is("gemini-3-pro") => ("HIGH", false),
        ReasoningEffort::Medium => ("MEDIUM", true),
        ReasoningEffort::High => ("HIGH", true),
        ReasoningEffort::XHigh | ReasoningEffort::Max => ("HIGH", false),
    };
    (Some(level), is_exact)
}
