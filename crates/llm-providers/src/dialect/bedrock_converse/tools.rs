//! Tools, and whether one must be called.

use std::borrow::Cow;

use serde_json::value::RawValue;
use toolgate_tool_types::Tool;

use super::family::{self, Family};
use super::wire::{self, ToolConfig, ToolSpec};
use crate::dialect::{Context, call_names, tools};
use crate::lossiness::Losses;
use crate::{ChatRequest, Message, ToolChoice};

pub(super) fn render(tools: &[Tool]) -> Option<Box<RawValue>> {
    let rendered: Vec<wire::Tool<'_>> = tools
        .iter()
        .map(|tool| {
            let json = match tools::object_schema(&tool.input_schema) {
                Some(completed) => Cow::Owned(completed),
                None => Cow::Borrowed(tool.input_schema.as_raw()),
            };
            spec(Cow::Borrowed(tool.name.as_str()), &tool.description, json)
        })
        .collect();
    serde_json::value::to_raw_value(&rendered).ok()
}

fn spec<'a>(name: Cow<'a, str>, description: &'a str, json: Cow<'a, RawValue>) -> wire::Tool<'a> {
    wire::Tool::ToolSpec(ToolSpec { name, description, input_schema: wire::Schema { json } })
}

/// The tools and the choice. The API has no word for "no call": the tools stay away then. But it demands tools while the
/// conversation holds calls of any.
pub(super) fn config<'a>(
    context: &'a Context<'_>,
    request: &'a ChatRequest,
    losses: &mut Losses,
) -> Option<ToolConfig<'a>> {
    let offered = context.tools.json().map(Cow::Borrowed);
    let tool_choice = match &request.tool_choice {
        Some(ToolChoice::None) if !has_calls(request) => return None,
        Some(ToolChoice::None) => {
            let what = "this API cannot forbid calls while the conversation holds some; the model may call";
            losses.report("tool_choice", what);
            None
        }
        _ if offered.is_none() => None,
        Some(ToolChoice::Auto) => Family::of(context.model).says_auto().then_some(wire::ToolChoice::Auto {}),
        Some(ToolChoice::Required) => Some(wire::ToolChoice::Any {}),
        Some(ToolChoice::Tool(name)) => Some(wire::ToolChoice::Tool { name: name.as_str() }),
        None => None,
    };
    let tools = offered.or_else(|| called(request, losses).map(Cow::Owned))?;
    Some(ToolConfig { tools, tool_choice })
}

/// Whether the model streams its answer to this.
pub(in crate::dialect) fn streams(model: &str, request: &ChatRequest) -> bool {
    let may_call = !request.tools.is_empty() && request.tool_choice != Some(ToolChoice::None);
    family::streams_calls(model) || !(may_call || has_calls(request))
}

fn has_calls(request: &ChatRequest) -> bool {
    request.messages.iter().any(|message| matches!(message, Message::Tool(_)))
}

/// The tools that were called, without their schemas, where none is offered any more.
fn called(request: &ChatRequest, losses: &mut Losses) -> Option<Box<RawValue>> {
    let mut names: Vec<Cow<'_, str>> = Vec::new();
    for message in &request.messages {
        let Message::Tool(message) = message else { continue };
        let name = call_names::plain(&message.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return None;
    }
    let what = "this API demands tools while the conversation holds calls: those called are offered again";
    losses.report("tools", what);
    let json = RawValue::from_string("{\"type\":\"object\"}".to_owned()).ok()?;
    let specs: Vec<_> = names.into_iter().map(|name| spec(name, "", Cow::Borrowed(&*json))).collect();
    serde_json::value::to_raw_value(&specs).ok()
}
