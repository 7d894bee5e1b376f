//! Writes a messages request.

use std::borrow::Cow;

use serde_json::value::RawValue;
use toolgate_tool_types::Tool;

use super::turns::{self, Said};
use super::{settings, wire};
use crate::dialect::{Context, binding, tools};
use crate::lossiness::Losses;
use crate::{ChatRequest, ProviderError, ToolChoice};

/// The API demands a limit. This is the highest that every Claude model accepts; a cut answer says so.
pub(in crate::dialect) const DEFAULT_MAX_TOKENS: u32 = 4096;

/// Writes a request. A cloud that hosts the models has the model in the URL and its own `version` in the body.
pub(crate) fn encode(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
    version: Option<&'static str>,
) -> Result<Vec<u8>, ProviderError> {
    let options = &request.options;
    let Said { system, messages } = turns::said(context, &request.messages, version.is_some(), losses)?;
    if messages.is_empty() {
        return Err(context.unsayable("messages", "expected at least one with content besides instructions"));
    }
    settings::report(context, options, losses);
    settings::check_choice(context, request)?;
    let tools = context.tools.json();
    let thinking = settings::thinking(context, request, losses)?;
    context.write(&wire::Request {
        anthropic_version: version,
        anthropic_beta: binding::beta(context, request),
        model: if version.is_some() { "" } else { context.model },
        max_tokens: options.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS + thinking.budget()),
        stream: context.stream,
        system,
        messages,
        tools,
        tool_choice: tools.and_then(|_| encode_choice(request)),
        temperature: options.temperature,
        top_p: options.top_p,
        stop_sequences: stop_sequences(request, losses),
        top_k: options.top_k,
        output_config: settings::output_config(context, options, &thinking)?,
        thinking: thinking.wire(context, request),
        metadata: options.metadata.get("user_id").map(|user_id| wire::Metadata { user_id }),
    })
}

pub(crate) fn render_tools(tools: &[Tool]) -> Option<Box<RawValue>> {
    let rendered: Vec<wire::Tool<'_>> = tools
        .iter()
        .map(|tool| wire::Tool {
            name: tool.name.as_str(),
            description: &tool.description,
            input_schema: match tools::object_schema(&tool.input_schema) {
                Some(completed) => Cow::Owned(completed),
                None => Cow::Borrowed(tool.input_schema.as_raw()),
            },
        })
        .collect();
    serde_json::value::to_raw_value(&rendered).ok()
}

fn encode_choice(request: &ChatRequest) -> Option<wire::ToolChoice<'_>> {
    let one_at_a_time = request.options.parallel_tool_calls == Some(false);
    let (kind, name) = match &request.tool_choice {
        Some(ToolChoice::Auto) => ("auto", None),
        Some(ToolChoice::Required) => ("any", None),
        Some(ToolChoice::None) => ("none", None),
        Some(ToolChoice::Tool(name)) => ("tool", Some(name.as_str())),
        None if one_at_a_time => ("auto", None),
        None => return None,
    };
    let disable_parallel_tool_use = one_at_a_time && kind != "none";
    Some(wire::ToolChoice { r#type: kind, name, disable_parallel_tool_use })
}

fn stop_sequences<'a>(request: &'a ChatRequest, losses: &mut Losses) -> Vec<&'a str> {
    let mut kept = Vec::with_capacity(request.options.stop.len());
    for (index, stop) in request.options.stop.iter().enumerate() {
        match stop.trim().is_empty() {
            true => losses.report(format_args!("options.stop[{index}]"), "blank stop texts are not accepted"),
            false => kept.push(&**stop),
        }
    }
    kept
}
