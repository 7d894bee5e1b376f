//! Writes a response's request: the settings. What was said before is in `input`.

use std::borrow::Cow;

use serde_json::value::RawValue;
use toolgate_tool_types::Tool;

use super::{input, wire};
use crate::dialect::families::OpenAi;
use crate::dialect::{Context, tools};
use crate::lossiness::Losses;
use crate::{ChatOptions, ChatRequest, ProviderError, ReasoningEffort, ResponseFormat, ToolChoice};

pub(super) fn encode(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
) -> Result<Vec<u8>, ProviderError> {
    let options = &request.options;
    report(options, losses);
    let input = input::encode(context, &request.messages, losses)?;
    let tools = context.tools.json();
    context.write(&wire::Request {
        model: context.model,
        input,
        // The conversation is the caller's: nothing of it is to stay with the provider.
        store: false,
        include: include(context.model, options),
        stream: context.stream,
        tools,
        // Both are refused without tools.
        tool_choice: tools.and(request.tool_choice.as_ref()).map(choice),
        parallel_tool_calls: tools.and(options.parallel_tool_calls),
        max_output_tokens: options.max_tokens,
        temperature: options.temperature,
        top_p: options.top_p,
        top_logprobs: options.top_logprobs.filter(|top| *top > 0),
        reasoning: options.reasoning_effort.map(|effort| wire::Reasoning { effort: effort.word() }),
        text: options.response_format.as_ref().map(|wanted| wire::TextSettings { format: format(wanted) }),
        metadata: &options.metadata,
    })
}

/// What is not stored there must come with the answer to be sent back.
fn include(model: &str, options: &ChatOptions) -> Vec<&'static str> {
    let reasons = options.reasoning_effort != Some(ReasoningEffort::None) && may_reason(model);
    let asked = [
        ("reasoning.encrypted_content", reasons),
        ("message.output_text.logprobs", options.top_logprobs.is_some()),
    ];
    asked.into_iter().filter(|(_, is_asked)| *is_asked).map(|(what, _)| what).collect()
}

/// Whether a model may reason: one that does not refuses to be asked for its reasoning, and to be given any.
pub(super) fn may_reason(model: &str) -> bool {
    OpenAi::of(model).is_none_or(OpenAi::is_thinker)
}

/// Reports what was asked for and cannot be said.
fn report(options: &ChatOptions, losses: &mut Losses) {
    losses.absent([
        ("options.top_k", options.top_k.is_some()),
        ("options.presence_penalty", options.presence_penalty.is_some()),
        ("options.frequency_penalty", options.frequency_penalty.is_some()),
        ("options.stop", !options.stop.is_empty()),
        ("options.seed", options.seed.is_some()),
    ]);
}

fn format(wanted: &ResponseFormat) -> wire::Format<'_> {
    match wanted {
        ResponseFormat::JsonObject => wire::Format::JsonObject,
        ResponseFormat::JsonSchema(wanted) => wire::Format::JsonSchema {
            name: &wanted.name,
            schema: wanted.schema.as_raw(),
            strict: wanted.strict,
        },
    }
}

fn choice(choice: &ToolChoice) -> wire::ToolChoice<'_> {
    match choice {
        ToolChoice::Auto => wire::ToolChoice::Mode("auto"),
        ToolChoice::None => wire::ToolChoice::Mode("none"),
        ToolChoice::Required => wire::ToolChoice::Mode("required"),
        ToolChoice::Tool(name) => wire::ToolChoice::Function { r#type: "function", name: name.as_str() },
    }
}

pub(super) fn render_tools(tools: &[Tool]) -> Option<Box<RawValue>> {
    let rendered: Vec<wire::Tool<'_>> = tools
        .iter()
        .map(|tool| wire::Tool {
            r#type: "function",
            name: tool.name.as_str(),
            description: &tool.description,
            parameters: match tools::object_schema(&tool.input_schema) {
                Some(completed) => Cow::Owned(completed),
                None => Cow::Borrowed(tool.input_schema.as_raw()),
            },
            // Left out, it means true here, and most schemas of MCP servers are none that it takes.
            strict: false,
        })
        .collect();
    serde_json::value::to_raw_value(&rendered).ok()
}
