//! Settings that hosts of chat completions have in words of their own.

use super::wire;
use crate::dialect::families::OpenAi;
use crate::dialect::{Context, extra, forced};
use crate::lossiness::Losses;
use crate::{ChatOptions, ChatRequest, ProviderError, Quirk, ResponseFormat, ToolChoice};

/// The seed, and the same where it has another name.
pub(super) fn seeds(context: &Context<'_>, options: &ChatOptions) -> (Option<i64>, Option<i64>) {
    match context.provider.has(Quirk::RandomSeed) {
        true => (None, options.seed),
        false => (options.seed, None),
    }
}

/// Whether reasoning is to be kept apart from the text, where that is not so anyway; an extra may say otherwise.
pub(super) fn split(context: &Context<'_>) -> Option<bool> {
    let is_said = || context.extra.is_some_and(|extra| extra::says(extra.as_str(), "reasoning_split"));
    (context.provider.has(Quirk::ReasoningSplit) && !is_said()).then_some(true)
}

/// The same for a Qwen at Groq, which refuses it for models that do not think ("reasoning_format is not supported with this model").
pub(super) fn reasoning_format(context: &Context<'_>) -> Option<&'static str> {
    let says =
        |extra: &str| ["reasoning_format", "include_reasoning"].iter().any(|name| extra::says(extra, name));
    let is_said = context.extra.is_some_and(|extra| says(extra.as_str()));
    let thinks = context.provider.has(Quirk::QwenReasoningFormat) && context.model.contains("qwen3");
    (thinks && !is_said).then_some("parsed")
}

/// The limit of the answer's tokens by its newer name, or by the older one.
pub(super) fn limit(
    context: &Context<'_>,
    limit: Option<u32>,
    is_watsonx: bool,
) -> (Option<u32>, Option<u32>) {
    let has = |quirk| context.provider.has(quirk);
    let thinks = || OpenAi::of(context.model).is_some_and(OpenAi::is_thinker);
    let is_newer = is_watsonx
        || has(Quirk::MaxCompletionTokens)
        || (has(Quirk::ThinkersMaxCompletionTokens) && thinks());
    if is_newer { (limit, None) } else { (None, limit) }
}

/// Whether probabilities are wanted, and of how many other tokens.
pub(super) fn probabilities(
    context: &Context<'_>,
    options: &ChatOptions,
) -> (Option<wire::Probabilities>, Option<u8>) {
    match options.top_logprobs {
        None => (None, None),
        Some(top) if context.provider.has(Quirk::LogprobsIsCount) => {
            (Some(wire::Probabilities::Count(top.max(1))), None)
        }
        // Zero others is what is meant without a number.
        Some(top) => (Some(wire::Probabilities::Wanted(true)), Some(top).filter(|top| *top > 0)),
    }
}

/// Tells of options that watsonx has no member for.
pub(super) fn report_unknown(options: &ChatOptions, losses: &mut Losses) {
    if options.parallel_tool_calls.is_some() {
        losses.report("options.parallel_tool_calls", "watsonx has none; its models decide");
    }
    if !options.metadata.is_empty() {
        losses.report("options.metadata", "watsonx takes no labels");
    }
}

/// The form of the answer, if one is asked for.
pub(super) fn format<'a>(
    context: &Context<'_>,
    options: &'a ChatOptions,
    has_tools: bool,
) -> Result<Option<wire::ResponseFormat<'a>>, ProviderError> {
    let Some(format) = &options.response_format else { return Ok(None) };
    if has_tools && context.provider.has(Quirk::NoFormWithTools) {
        let what = "this API takes no form while tools are offered";
        return Err(context.unsayable("options.response_format", what));
    }
    Ok(Some(match format {
        ResponseFormat::JsonObject if context.provider.has(Quirk::JsonBySchema) => {
            return Err(context.unsayable("options.response_format", "this API wants a schema for JSON"));
        }
        ResponseFormat::JsonObject => wire::ResponseFormat::JsonObject,
        ResponseFormat::JsonSchema(_) if context.provider.has(Quirk::NoJsonSchema) => {
            let what = "this API takes no schema; ask for a JSON object, and describe it";
            return Err(context.unsayable("options.response_format", what));
        }
        ResponseFormat::JsonSchema(wanted) => wire::ResponseFormat::JsonSchema {
            json_schema: wire::JsonSchema {
                name: &wanted.name,
                schema: wanted.schema.as_raw(),
                strict: wanted.strict,
            },
        },
    }))
}

/// Whether a tool must be called. One that is offered alone is forced by forcing any, where none can be forced by its name.
pub(super) fn choice<'a>(
    context: &Context<'a>,
    choice: &'a ToolChoice,
    request: &ChatRequest,
) -> Result<wire::ToolChoice<'a>, ProviderError> {
    let effort = request.options.reasoning_effort;
    let forces = matches!(choice, ToolChoice::Required | ToolChoice::Tool(_));
    if forces && context.provider.has(Quirk::OnlyAutoTools) {
        return Err(context.unsayable("tool_choice", "this API cannot force a call"));
    }
    let is_refused = |choice| forced::is_refused(context.provider, context.model, effort, choice);
    let is_nameless = context.provider.has(Quirk::NoNamedTool) || is_refused(choice);
    let choice = match choice {
        ToolChoice::Tool(_) if is_nameless && request.tools.len() == 1 => &ToolChoice::Required,
        choice => choice,
    };
    if is_refused(choice) {
        let what = match choice {
            ToolChoice::Tool(_) if !is_refused(&ToolChoice::Required) => {
                "a model that thinks cannot be forced to call one tool; offer it alone"
            }
            _ => "a model that thinks cannot be forced to call a tool",
        };
        return Err(context.unsayable("tool_choice", what));
    }
    Ok(match choice {
        ToolChoice::Auto => wire::ToolChoice::Mode("auto"),
        ToolChoice::None => wire::ToolChoice::Mode("none"),
        ToolChoice::Required if context.provider.has(Quirk::RequiredIsAny) => wire::ToolChoice::Mode("any"),
        ToolChoice::Required => wire::ToolChoice::Mode("required"),
        ToolChoice::Tool(_) if context.provider.has(Quirk::NoNamedTool) => {
            return Err(context.unsayable("tool_choice", "this API cannot force one tool; offer it alone"));
        }
        ToolChoice::Tool(name) => {
            let name = context.tools.alias(name.as_str());
            wire::ToolChoice::Function { r#type: "function", function: wire::Named { name } }
        }
    })
}
