//! Writes a chat request.

use super::wire;
use crate::dialect::{Context, arguments, call_names, tool_result};
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, Message, Part, ProviderError, ReasoningEffort,
    ResponseFormat, ToolChoice,
};

pub(crate) fn encode(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
) -> Result<Vec<u8>, ProviderError> {
    let options = &request.options;
    report(options, losses);
    let mut messages = Vec::with_capacity(request.messages.len());
    for (index, message) in request.messages.iter().enumerate() {
        messages.extend(encode_message(context, index, message, losses)?);
    }
    let tools = context.tools.json();
    if tools.is_some() && options.response_format.is_some() {
        let what = "this API takes no form while tools are offered";
        return Err(context.unsayable("options.response_format", what));
    }
    context.write(&wire::Request {
        model: context.model,
        messages,
        stream: context.stream,
        tools,
        tool_choice: match &request.tool_choice {
            Some(ToolChoice::Required) => Some("REQUIRED"),
            Some(ToolChoice::None) if tools.is_some() => Some("NONE"),
            Some(ToolChoice::Tool(_)) if request.tools.len() == 1 => Some("REQUIRED"),
            Some(ToolChoice::Tool(_)) => {
                return Err(
                    context.unsayable("tool_choice", "this API cannot force one tool; offer it alone")
                );
            }
            _ => None,
        },
        max_tokens: options.max_tokens,
        temperature: options.temperature,
        p: options.top_p,
        k: options.top_k,
        presence_penalty: options.presence_penalty,
        frequency_penalty: options.frequency_penalty,
        stop_sequences: &options.stop,
        seed: options.seed,
        response_format: options.response_format.as_ref().map(|format| wire::ResponseFormat {
            r#type: "json_object",
            schema: match format {
                ResponseFormat::JsonSchema(wanted) => Some(wanted.schema.as_raw()),
                ResponseFormat::JsonObject => None,
            },
        }),
        thinking: options.reasoning_effort.map(|effort| match effort {
            ReasoningEffort::None => wire::Thinking::Disabled,
            effort => wire::Thinking::Enabled { token_budget: effort.budget() },
        }),
    })
}

/// Reports what was asked for and cannot be said.
fn report(options: &ChatOptions, losses: &mut Losses) {
    losses.absent([
        ("options.parallel_tool_calls", options.parallel_tool_calls == Some(false)),
        ("options.top_logprobs", options.top_logprobs.is_some()),
        ("options.metadata", !options.metadata.is_empty()),
    ]);
    if options.reasoning_effort == Some(ReasoningEffort::Minimal) {
        losses.report("options.reasoning_effort", "minimal sent as low");
    }
}

fn encode_message<'a>(
    context: &Context<'_>,
    index: usize,
    message: &'a Message,
    losses: &mut Losses,
) -> Result<Option<wire::MessageOut<'a>>, ProviderError> {
    Ok(Some(match message {
        Message::CachePoint => return Ok(None),
        Message::System { text } => wire::MessageOut::System { content: text },
        Message::User { content } => {
            let mut parts = Vec::with_capacity(content.len());
            for (place, part) in content.iter().enumerate() {
                parts.push(match part {
                    Part::Text { text } => wire::Part::Text { text },
                    Part::Image { media } => {
                        wire::Part::ImageUrl { image_url: wire::ImageUrl { url: media.into() } }
                    }
                    Part::Audio { .. } | Part::File { .. } => {
                        let path = format_args!("messages[{index}].content[{place}]");
                        return Err(context.unsayable(path, "this API takes text and images only"));
                    }
                });
            }
            wire::MessageOut::User { content: parts }
        }
        Message::Assistant(message) => encode_assistant(context, index, message, losses),
        Message::Tool(message) => {
            let text = tool_result::text(message, format_args!("messages[{index}]"), losses);
            // The tool role has no error mark: the model is told in words.
            let content = if message.result.is_error { format!("Error: {text}").into() } else { text };
            wire::MessageOut::Tool { tool_call_id: message.call_id.as_str(), content }
        }
    }))
}

fn encode_assistant<'a>(
    context: &Context<'_>,
    index: usize,
    message: &'a AssistantMessage,
    losses: &mut Losses,
) -> wire::MessageOut<'a> {
    // What was thought before a call is its plan here.
    let has_calls = message.tool_calls().next().is_some();
    let (mut content, mut tool_plan, mut tool_calls) = (Vec::new(), None::<String>, Vec::new());
    for (place, part) in message.parts.iter().enumerate() {
        let path = format_args!("messages[{index}].parts[{place}]");
        match part {
            AssistantPart::Text { text } => content.push(wire::Part::Text { text }),
            AssistantPart::Reasoning(reasoning) if &*reasoning.provider != context.provider.id() => {
                losses.report(path, "another provider's reasoning left out");
            }
            AssistantPart::Reasoning(reasoning) if has_calls => {
                tool_plan.get_or_insert_default().push_str(&reasoning.text);
            }
            AssistantPart::Reasoning(reasoning) => {
                content.push(wire::Part::Thinking { thinking: &reasoning.text });
            }
            AssistantPart::ToolCall(call) => tool_calls.push(wire::CallOut {
                id: call.id.as_str(),
                r#type: "function",
                function: wire::FunctionOut {
                    name: call_names::spelled(&call.name, path, losses),
                    arguments: arguments::text(call, path, losses),
                },
            }),
            AssistantPart::Citation(_) => losses.report(path, "citations are not sent back here"),
            AssistantPart::Native(_) => losses.report(path, "another provider's own block left out"),
        }
    }
    if content.is_empty() && tool_calls.is_empty() {
        content.push(wire::Part::Text { text: "" });
    }
    wire::MessageOut::Assistant { content, tool_plan, tool_calls }
}
