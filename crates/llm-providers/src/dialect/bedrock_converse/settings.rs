//! Settings: those that all models have, those that a family of models takes in fields of its own, and those that
//! nothing here has.

use std::collections::BTreeMap;

use serde::Serialize;

use super::family::Family;
use super::wire::{Inference, OutputConfig, Structure, TextFormat};
use crate::dialect::anthropic_messages::settings::{self as claude, Thinking};
use crate::dialect::anthropic_messages::wire as claude_wire;
use crate::dialect::{Context, binding};
use crate::lossiness::Losses;
use crate::{ChatOptions, ChatRequest, ProviderError, ReasoningEffort, ResponseFormat, ToolChoice};

/// Fields of one family of models (`additionalModelRequestFields`).
#[derive(Serialize, Default)]
pub(super) struct Additional<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    anthropic_beta: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<claude_wire::Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<claude_wire::OutputConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<claude_wire::ToolChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_config: Option<&'static str>,
    /// OpenAI's, as in its API of responses.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<GptReasoning>,
    #[serde(rename = "inferenceConfig", skip_serializing_if = "Option::is_none")]
    nova: Option<NovaInference>,
    #[serde(rename = "reasoningConfig", skip_serializing_if = "Option::is_none")]
    nova_reasoning: Option<NovaReasoning>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NovaInference {
    top_k: u32,
}

#[derive(Serialize)]
struct GptReasoning {
    effort: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NovaReasoning {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_reasoning_effort: Option<&'static str>,
}

/// The family's fields, if any, and the tokens of a budget for thinking.
pub(super) fn additional<'a>(
    context: &Context<'_>,
    request: &'a ChatRequest,
    losses: &mut Losses,
) -> Result<(Option<Additional<'a>>, u32), ProviderError> {
    let (options, family) = (&request.options, Family::of(context.model));
    let mut fields = Additional::default();
    let mut is_used = false;
    match (options.top_k, family) {
        (None, _) => {}
        (top_k, Family::Claude) => (fields.top_k, is_used) = (top_k, true),
        (Some(top_k), Family::Nova) => (fields.nova, is_used) = (Some(NovaInference { top_k }), true),
        (Some(_), _) => losses.report("options.top_k", "this model has no such setting here"),
    }
    if options.parallel_tool_calls == Some(false) {
        match (&request.tool_choice, family) {
            _ if request.tools.is_empty() => {}
            (None | Some(ToolChoice::Auto), Family::Claude) => {
                let one =
                    claude_wire::ToolChoice { r#type: "auto", name: None, disable_parallel_tool_use: true };
                (fields.tool_choice, is_used) = (Some(one), true);
            }
            _ => losses.report("options.parallel_tool_calls", "this model has no such setting here"),
        }
    }
    if family == Family::Claude {
        claude::check_choice(context, request)?;
    }
    let budget = reason(context, request, family, &mut fields, losses)?;
    if family == Family::Claude {
        fields.anthropic_beta = binding::beta(context, request);
        is_used |= fields.anthropic_beta.is_some();
    }
    let is_used = is_used || budget.is_some();
    Ok((is_used.then_some(fields), budget.unwrap_or_default()))
}

/// Writes how much to think; the budget in tokens, where anything was written.
fn reason(
    context: &Context<'_>,
    request: &ChatRequest,
    family: Family,
    fields: &mut Additional<'_>,
    losses: &mut Losses,
) -> Result<Option<u32>, ProviderError> {
    let Some(effort) = request.options.reasoning_effort else {
        if family == Family::Claude {
            fields.thinking = Thinking::Unsaid.wire(context, request);
        }
        return Ok(None);
    };
    let word = of_three(effort);
    let has_three = !matches!(family, Family::Claude | Family::Gpt);
    if has_three && word.is_some_and(|word| word != effort.word()) {
        losses
            .report("options.reasoning_effort", format!("{} sent as {}", effort.word(), word.unwrap_or("")));
    }
    match (family, word) {
        (Family::Claude, _) => {
            let thinking = claude::thinking(context, request, losses)?;
            if let Thinking::Effort(effort) = thinking {
                let effort = if effort == ReasoningEffort::Minimal {
                    losses.report("options.reasoning_effort", "minimal sent as low");
                    "low"
                } else {
                    effort.word()
                };
                fields.output_config = Some(claude_wire::OutputConfig { effort: Some(effort), format: None });
            }
            fields.thinking = thinking.wire(context, request);
            return Ok(Some(if let Thinking::Budget(tokens) = thinking { tokens } else { 0 }));
        }
        (Family::Gpt, _) => fields.reasoning = Some(GptReasoning { effort: effort.word() }),
        (Family::GptOss, Some(word)) => fields.reasoning_effort = Some(word),
        (Family::Qwen, Some(word)) => fields.reasoning_config = Some(word),
        // "Extended thinking" of Nova 2; those before it refuse the field.
        (Family::Nova, word) if context.model.contains("amazon.nova-2") => {
            let kind = if word.is_some() { "enabled" } else { "disabled" };
            fields.nova_reasoning = Some(NovaReasoning { r#type: kind, max_reasoning_effort: word });
        }
        _ => {
            losses.report("options.reasoning_effort", "this model has no such setting here");
            return Ok(None);
        }
    }
    Ok(Some(0))
}

/// The settings that all models have.
pub(super) fn inference<'a>(
    options: &'a ChatOptions,
    budget: u32,
    losses: &mut Losses,
) -> Option<Inference<'a>> {
    let mut stop_sequences = Vec::with_capacity(options.stop.len());
    for (index, stop) in options.stop.iter().enumerate() {
        match stop.trim().is_empty() {
            true => losses.report(format_args!("options.stop[{index}]"), "blank stop texts are not accepted"),
            false => stop_sequences.push(&**stop),
        }
    }
    // The budget is a part of the limit, and the limit that holds unsaid is below the larger budgets.
    let unsaid = (budget > 0).then_some(budget + 4096);
    let inference = Inference {
        max_tokens: options.max_tokens.or(unsaid),
        temperature: options.temperature,
        top_p: options.top_p,
        stop_sequences,
    };
    (inference != Inference::default()).then_some(inference)
}

pub(super) fn output<'a>(
    context: &Context<'_>,
    options: &'a ChatOptions,
) -> Result<Option<OutputConfig<'a>>, ProviderError> {
    match &options.response_format {
        None => Ok(None),
        Some(ResponseFormat::JsonSchema(wanted)) => {
            let structure = Structure::JsonSchema { name: &wanted.name, schema: wanted.schema.as_str() };
            Ok(Some(OutputConfig { text_format: TextFormat { r#type: "json_schema", structure } }))
        }
        Some(ResponseFormat::JsonObject) => {
            Err(context.unsayable("options.response_format", "this API wants a schema for JSON"))
        }
    }
}

/// The caller's labels that the API takes (`RequestMetadata`).
pub(super) fn metadata<'a>(options: &'a ChatOptions, losses: &mut Losses) -> BTreeMap<&'a str, &'a str> {
    let fits = |text: &str| {
        let is_known = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || ":_@$#=/+,-.".contains(c);
        text.chars().count() <= 256 && text.chars().all(is_known)
    };
    let mut labels = BTreeMap::new();
    for (name, value) in &options.metadata {
        match !name.is_empty() && fits(name) && fits(value) && labels.len() < 16 {
            true => _ = labels.insert(&**name, &**value),
            false => losses.report(
                format_args!("options.metadata.{name}"),
                "this API takes 16 labels of at most 256 characters out of A-Z a-z 0-9 :_@$#=/+,-.",
            ),
        }
    }
    labels
}

/// Reports what was asked for and cannot be said.
pub(super) fn report(options: &ChatOptions, losses: &mut Losses) {
    losses.absent([
        ("options.seed", options.seed.is_some()),
        ("options.presence_penalty", options.presence_penalty.is_some()),
        ("options.frequency_penalty", options.frequency_penalty.is_some()),
        ("options.top_logprobs", options.top_logprobs.is_some()),
    ]);
}

/// The word where there are three; none for not at all.
fn of_three(effort: ReasoningEffort) -> Option<&'static str> {
    match effort {
        ReasoningEffort::None => None,
        ReasoningEffort::Minimal | ReasoningEffort::Low => Some("low"),
        ReasoningEffort::Medium => Some("medium"),
        ReasoningEffort::High | ReasoningEffort::XHigh | ReasoningEffort::Max => Some("high"),
    }
}
