//! Writes a chat request.

use std::borrow::Cow;
use std::fmt::Display;

use super::wire::{self, MessageOut};
use crate::dialect::tool_result::Item;
use crate::dialect::{Context, arguments, tool_result};
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, Media, Message, Part, ProviderError,
    ReasoningEffort, ResponseFormat, ToolChoice, ToolMessage,
};

/// What its server reads of a tool's pictures.
const PICTURES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

pub(super) fn encode(
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
    context.write(&wire::Request {
        model: context.model,
        messages,
        stream: context.stream,
        tools: match &request.tool_choice {
            None | Some(ToolChoice::Auto) => context.tools.json(),
            Some(ToolChoice::None) => None,
            Some(ToolChoice::Required | ToolChoice::Tool(_)) => {
                return Err(context.unsayable("tool_choice", "this API cannot force a call"));
            }
        },
        think: options.reasoning_effort.map(|effort| think(context.model, effort, losses)),
        format: options.response_format.as_ref().map(|wanted| match wanted {
            ResponseFormat::JsonObject => wire::Format::Word("json"),
            ResponseFormat::JsonSchema(wanted) => wire::Format::Schema(wanted.schema.as_raw()),
        }),
        options: wire::Options {
            num_predict: options.max_tokens,
            temperature: options.temperature,
            top_p: options.top_p,
            top_k: options.top_k,
            presence_penalty: options.presence_penalty,
            frequency_penalty: options.frequency_penalty,
            stop: &options.stop,
            seed: options.seed,
        },
        logprobs: options.top_logprobs.is_some(),
        top_logprobs: options.top_logprobs.filter(|top| *top > 0),
    })
}

/// Most models take a yes or no alone, gpt-oss takes a level alone, and some take either, up to `max` ("Thinking", levels).
fn think(model: &str, effort: ReasoningEffort, losses: &mut Losses) -> wire::Think {
    let path = "options.reasoning_effort";
    if effort == ReasoningEffort::None {
        return wire::Think::Whether(false);
    }
    let takes_max = ["deepseek-v4", "qwen3.8"].iter().any(|known| model.contains(known));
    if !takes_max && !model.contains("gpt-oss") {
        losses.report(path, "this model takes no level: told to think");
        return wire::Think::Whether(true);
    }
    let level = match effort {
        ReasoningEffort::Minimal => "low",
        ReasoningEffort::XHigh | ReasoningEffort::Max if takes_max => "max",
        ReasoningEffort::XHigh | ReasoningEffort::Max => "high",
        effort => effort.word(),
    };
    if level != effort.word() {
        losses.report(path, format!("{} sent as {level}", effort.word()));
    }
    wire::Think::Level(level)
}

/// Reports what was asked for and cannot be said.
fn report(options: &ChatOptions, losses: &mut Losses) {
    losses.absent([
        ("options.parallel_tool_calls", options.parallel_tool_calls == Some(false)),
        ("options.metadata", !options.metadata.is_empty()),
    ]);
}

fn encode_message<'a>(
    context: &Context<'_>,
    index: usize,
    message: &'a Message,
    losses: &mut Losses,
) -> Result<Option<MessageOut<'a>>, ProviderError> {
    Ok(Some(match message {
        Message::CachePoint => return Ok(None),
        Message::System { text } => MessageOut::System { content: text },
        Message::User { content } => encode_user(context, index, content, losses)?,
        Message::Assistant(message) => encode_assistant(context, index, message, losses),
        Message::Tool(message) => encode_result(index, message, losses),
    }))
}

/// A message is one text, with its images beside it.
fn encode_user<'a>(
    context: &Context<'_>,
    index: usize,
    parts: &'a [Part],
    losses: &mut Losses,
) -> Result<MessageOut<'a>, ProviderError> {
    let (mut content, mut images) = (None, Vec::new());
    for (place, part) in parts.iter().enumerate() {
        let path = format_args!("messages[{index}].content[{place}]");
        match part {
            Part::Text { text } => {
                if !images.is_empty() {
                    losses.report(path, "an image before text is shown beside it");
                }
                append(&mut content, "\n", text);
            }
            Part::Image { media: Media::Inline { data, .. } } => images.push(&**data),
            Part::Image { .. } => {
                return Err(context.unsayable(path, "this API takes images inline, not by URL"));
            }
            Part::Audio { .. } | Part::File { .. } => {
                return Err(context.unsayable(path, "this API takes text and images only"));
            }
        }
    }
    Ok(MessageOut::User { content: content.unwrap_or_default(), images })
}

fn encode_assistant<'a>(
    context: &Context<'_>,
    index: usize,
    message: &'a AssistantMessage,
    losses: &mut Losses,
) -> MessageOut<'a> {
    let (mut content, mut thinking, mut tool_calls) = (None, None, Vec::new());
    for (place, part) in message.parts.iter().enumerate() {
        let path = format_args!("messages[{index}].parts[{place}]");
        match part {
            AssistantPart::Text { text } => append(&mut content, "", text),
            AssistantPart::Reasoning(reasoning) if &*reasoning.provider != context.provider.id() => {
                losses.report(path, "another provider's reasoning left out");
            }
            AssistantPart::Reasoning(reasoning) => append(&mut thinking, "", &reasoning.text),
            AssistantPart::ToolCall(call) => tool_calls.push(wire::CallOut {
                id: call.id.as_str(),
                function: wire::FunctionOut {
                    name: &call.name,
                    arguments: arguments::object(call, path, losses),
                },
            }),
            AssistantPart::Citation(_) => losses.report(path, "citations are not sent back here"),
            AssistantPart::Native(_) => losses.report(path, "another provider's own block left out"),
        }
    }
    MessageOut::Assistant {
        content: content.unwrap_or_default(),
        thinking: thinking.unwrap_or_default(),
        tool_calls,
    }
}

fn encode_result<'a>(index: usize, message: &'a ToolMessage, losses: &mut Losses) -> MessageOut<'a> {
    let path = format_args!("messages[{index}]");
    let (mut content, mut images) = (None, Vec::new());
    for item in tool_result::items(message) {
        match item.of_pictures(&PICTURES) {
            Item::Image { data, .. } => images.push(data),
            item => add(&mut content, item, path, losses),
        }
    }
    let content = content.unwrap_or_default();
    // The tool role has no error mark: the model is told in words.
    let content = if message.result.is_error { format!("Error: {content}").into() } else { content };
    MessageOut::Tool { content, tool_name: &message.name, tool_call_id: message.call_id.as_str(), images }
}

fn add<'a>(content: &mut Option<Cow<'a, str>>, item: Item<'a>, path: impl Display, losses: &mut Losses) {
    let more = item.into_text(path, losses);
    match content {
        Some(text) => *text.to_mut() += &format!("\n{more}"),
        None => *content = Some(more),
    }
}

fn append<'a>(text: &mut Option<Cow<'a, str>>, between: &str, more: &'a str) {
    match text {
        Some(text) => {
            let text = text.to_mut();
            text.push_str(between);
            text.push_str(more);
        }
        None => *text = Some(Cow::Borrowed(more)),
    }
}
