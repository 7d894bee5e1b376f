//! Writes a chat request.

use std::borrow::Cow;

use super::functions;
use super::wire::{self, MessageOut};
use crate::dialect::{Context, OPERATOR_NOTE, arguments, tool_result};
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, ChatOptions, ChatRequest, Message, Part, ProviderError, ReasoningEffort,
    ResponseFormat, ToolChoice, ToolMessage,
};

/// As good as zero, which is refused: up to here, the answer is the likeliest.
const COLDEST: f64 = 0.001;

pub(super) fn encode(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
) -> Result<Vec<u8>, ProviderError> {
    let options = &request.options;
    let function_call = choice(context, request)?;
    let reasoning_effort = options.reasoning_effort.and_then(|effort| effort_word(effort, losses));
    report(options, losses);
    let mut turns = Turns { context, losses, messages: Vec::with_capacity(request.messages.len()) };
    for (index, message) in request.messages.iter().enumerate() {
        let (earlier, later) = request.messages.split_at(index);
        turns.message(index, message, earlier, later.get(1..).unwrap_or_default())?;
    }
    let messages = turns.messages;
    context.write(&wire::Request {
        model: context.model,
        messages,
        stream: context.stream,
        functions: context.tools.json(),
        function_call,
        max_tokens: options.max_tokens,
        temperature: options.temperature.map(|temperature| temperature.max(COLDEST)),
        top_p: options.top_p,
        reasoning_effort,
        response_format: match &options.response_format {
            Some(ResponseFormat::JsonSchema(wanted)) => Some(wire::ResponseFormat {
                r#type: "json_schema",
                schema: wanted.schema.as_raw(),
                strict: wanted.strict,
            }),
            _ => None,
        },
    })
}

/// A function can be forced by its name only.
fn choice<'a>(
    context: &'a Context<'_>,
    request: &'a ChatRequest,
) -> Result<Option<wire::Choice<'a>>, ProviderError> {
    let named = |name: &'a str| Some(wire::Choice::Named { name: functions::name(context.tools, name) });
    Ok(match (&request.tool_choice, &*request.tools) {
        (None, _) | (_, []) => None,
        (Some(ToolChoice::Auto), _) => Some(wire::Choice::Mode("auto")),
        (Some(ToolChoice::None), _) => Some(wire::Choice::Mode("none")),
        (Some(ToolChoice::Tool(name)), _) => named(name.as_str()),
        (Some(ToolChoice::Required), [only]) => named(only.name.as_str()),
        (Some(ToolChoice::Required), _) => {
            return Err(context.unsayable("tool_choice", "this API can force one tool by its name only"));
        }
    })
}

fn effort_word(effort: ReasoningEffort, losses: &mut Losses) -> Option<&'static str> {
    let path = "options.reasoning_effort";
    match effort {
        ReasoningEffort::None => {
            losses.report(path, "thinking cannot be turned off: left to the model");
            None
        }
        ReasoningEffort::Minimal => {
            losses.report(path, "minimal sent as low");
            Some("low")
        }
        ReasoningEffort::XHigh | ReasoningEffort::Max => {
            losses.report(path, format!("{} sent as high", effort.word()));
            Some("high")
        }
        effort => Some(effort.word()),
    }
}

/// Reports what was asked for and cannot be said. That calls come one by one is what this API does anyway.
fn report(options: &ChatOptions, losses: &mut Losses) {
    losses.absent([
        ("options.top_k", options.top_k.is_some()),
        ("options.presence_penalty", options.presence_penalty.is_some()),
        ("options.frequency_penalty", options.frequency_penalty.is_some()),
        ("options.stop", !options.stop.is_empty()),
        ("options.seed", options.seed.is_some()),
        ("options.response_format", options.response_format == Some(ResponseFormat::JsonObject)),
        ("options.top_logprobs", options.top_logprobs.is_some()),
        ("options.metadata", !options.metadata.is_empty()),
    ]);
}

struct Turns<'a, 'l> {
    context: &'a Context<'a>,
    losses: &'l mut Losses,
    messages: Vec<MessageOut<'a>>,
}

impl<'a> Turns<'a, '_> {
    fn message(
        &mut self,
        index: usize,
        message: &'a Message,
        earlier: &[Message],
        later: &'a [Message],
    ) -> Result<(), ProviderError> {
        match message {
            Message::System { text } => self.system(index, text),
            Message::User { content } => {
                let content = self.said(index, content)?;
                self.messages.push(MessageOut::User { content });
            }
            Message::Assistant(message) => self.assistant(index, message, later),
            // Results stand after their calls.
            Message::Tool(message) => {
                let calls = |earlier: &Message| match earlier {
                    Message::Assistant(answer) => answer.tool_calls().any(|call| call.id == message.call_id),
                    _ => false,
                };
                if !earlier.iter().any(calls) {
                    self.losses
                        .report(format_args!("messages[{index}]"), "a result without its call left out");
                }
            }
            Message::CachePoint => {}
        }
        Ok(())
    }

    /// One message of instructions is accepted, as the first of all.
    fn system(&mut self, index: usize, text: &'a str) {
        match &mut *self.messages {
            [] => self.messages.push(MessageOut::System { content: Cow::Borrowed(text) }),
            [MessageOut::System { content }] => {
                let content = content.to_mut();
                content.push('\n');
                content.push_str(text);
            }
            _ => {
                let path = format_args!("messages[{index}]");
                self.losses.report(path, "instructions sent as a note in a user turn");
                let content = Cow::Owned(format!("{OPERATOR_NOTE}{text}"));
                self.messages.push(MessageOut::User { content });
            }
        }
    }

    fn said(&self, index: usize, parts: &'a [Part]) -> Result<Cow<'a, str>, ProviderError> {
        let mut said: Option<Cow<'a, str>> = None;
        for (place, part) in parts.iter().enumerate() {
            let Part::Text { text } = part else {
                let path = format_args!("messages[{index}].content[{place}]");
                let what = "this API takes text, and files by an id that they are given beforehand";
                return Err(self.context.unsayable(path, what));
            };
            append(&mut said, "\n", text);
        }
        Ok(said.unwrap_or_default())
    }

    /// An answer has one call at most: of several, each stands with its result.
    fn assistant(&mut self, index: usize, message: &'a AssistantMessage, later: &'a [Message]) {
        let (mut said, mut state, mut calls) = (None, None, Vec::new());
        for (place, part) in message.parts.iter().enumerate() {
            let path = format_args!("messages[{index}].parts[{place}]");
            match part {
                AssistantPart::Text { text } => append(&mut said, "", text),
                AssistantPart::ToolCall(call) => {
                    let name = functions::name(self.context.tools, &call.name);
                    let arguments = arguments::object(call, path, self.losses);
                    calls.push((&call.id, wire::CallOut { name, arguments }));
                }
                AssistantPart::Native(native) if &*native.provider == self.context.provider.id() => {
                    let read = serde_json::from_str::<wire::FunctionsState<'_>>(&native.block).ok();
                    state = read.map(|read| read.functions_state_id.into_owned()).or(state);
                }
                AssistantPart::Reasoning(_) => self.losses.report(path, "reasoning is not sent back here"),
                AssistantPart::Citation(_) => self.losses.report(path, "citations are not sent back here"),
                AssistantPart::Native(_) => {
                    self.losses.report(path, "another provider's own block left out");
                }
            }
        }
        if calls.len() > 1 {
            let path = format_args!("messages[{index}].parts");
            self.losses.report(path, "calls of one answer are told one after the other");
        }
        let mut content = said.unwrap_or_default();
        if calls.is_empty() {
            let message = MessageOut::Assistant { content, functions_state_id: state, function_call: None };
            self.messages.push(message);
            return;
        }
        for (id, call) in calls {
            self.messages.push(MessageOut::Assistant {
                content: std::mem::take(&mut content),
                functions_state_id: state.take(),
                function_call: Some(call),
            });
            let results = later.iter().enumerate().filter_map(|(place, message)| match message {
                Message::Tool(message) => Some((index + 1 + place, message)),
                _ => None,
            });
            if let Some((index, result)) = results.into_iter().find(|(_, message)| message.call_id == *id) {
                self.result(index, result);
            }
        }
    }

    /// The content of a result is an object's text.
    fn result(&mut self, index: usize, message: &'a ToolMessage) {
        let text = tool_result::text(message, format_args!("messages[{index}]"), self.losses);
        let content = match (message.result.is_error, is_object(&text)) {
            (false, true) => text.into_owned(),
            (is_error, _) => {
                let member = if is_error { "error" } else { "result" };
                serde_json::json!({ member: text }).to_string()
            }
        };
        let name = functions::name(self.context.tools, &message.name);
        self.messages.push(MessageOut::Function { name, content });
    }
}

fn is_object(text: &str) -> bool {
    let read = serde_json::from_str::<&serde_json::value::RawValue>(text);
    read.is_ok_and(|raw| raw.get().starts_with('{'))
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
