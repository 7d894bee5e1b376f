//! Writes a `generateContent` request.

use std::borrow::Cow;
use std::fmt::Display;

use serde_json::value::RawValue;
use toolgate_tool_types::ToolCall;

use super::turns::Turns;
use super::wire::{self, Role};
use super::{files, names, schema, settings};
use crate::dialect::families::{FOREIGN_CALL, is_signing_gemini};
use crate::dialect::tool_result::Item;
use crate::dialect::{Context, OPERATOR_NOTE, RenderedTools, arguments, call_names, surrogates, tool_result};
use crate::lossiness::Losses;
use crate::{
    AssistantMessage, AssistantPart, ChatRequest, Message, Opaque, Part, ProviderError, Quirk, Reasoning,
    ToolChoice, ToolMessage,
};

/// What it reads of a tool's pictures (Gemini API, "Image understanding").
const PICTURES: [&str; 5] = ["image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"];

pub(in crate::dialect) fn path(model: &str, stream: bool) -> String {
    // `tunedModels/x` names its collection itself.
    let collection = if model.contains('/') { "" } else { "models/" };
    // Without `alt=sse`, a stream is one JSON array.
    let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
    format!("/{collection}{model}:{method}")
}

pub(crate) fn encode(
    context: &Context<'_>,
    request: &ChatRequest,
    losses: &mut Losses,
) -> Result<Vec<u8>, ProviderError> {
    let is_gemini_3 = is_signing_gemini(context.model);
    let mut contents = Contents {
        context,
        losses,
        is_gemini_3,
        instructions: Vec::new(),
        turns: Turns::default(),
        calls: Vec::new(),
        results: Vec::new(),
    };
    for (index, message) in request.messages.iter().enumerate() {
        contents.message(index, message)?;
    }
    contents.flush_results();
    let Contents { instructions, turns, losses, .. } = contents;
    if turns.is_empty() {
        return Err(context.unsayable("messages", "expected at least one with content besides instructions"));
    }
    let tools = context.tools.json();
    if tools.is_some() && request.options.response_format.is_some() && !is_gemini_3 {
        let what = "up to Gemini 2.5, no form can be asked for while tools are offered";
        return Err(context.unsayable("options.response_format", what));
    }
    context.write(&wire::Request {
        system_instruction: (!instructions.is_empty()).then_some(wire::Instruction { parts: instructions }),
        contents: turns.into_contents(losses),
        tools,
        tool_config: tools.and(request.tool_choice.as_ref()).map(|choice| encode_choice(context, choice)),
        generation_config: settings::generation_config(context, &request.options, losses),
    })
}

pub(in crate::dialect) fn render_tools(
    rendered: &RenderedTools,
    losses: &mut Losses,
) -> Option<Box<RawValue>> {
    let declarations = rendered
        .tools()
        .iter()
        .enumerate()
        .map(|(index, tool)| {
            let path = format!("tools[{index}].input_schema");
            wire::FunctionDeclaration {
                name: rendered.alias(tool.name.as_str()),
                description: &tool.description,
                parameters: schema::parameters(tool.input_schema.as_raw(), &path, losses),
            }
        })
        .collect();
    serde_json::value::to_raw_value(&[wire::Tools { function_declarations: declarations }]).ok()
}

fn encode_choice<'a>(context: &Context<'a>, choice: &'a ToolChoice) -> wire::ToolConfig<'a> {
    let (mode, only) = match choice {
        ToolChoice::Auto => ("AUTO", None),
        ToolChoice::Required => ("ANY", None),
        ToolChoice::None => ("NONE", None),
        ToolChoice::Tool(name) => ("ANY", Some([context.tools.alias(name.as_str())])),
    };
    wire::ToolConfig { function_calling_config: wire::FunctionCalling { mode, allowed_function_names: only } }
}

/// Collects the contents.
struct Contents<'a, 'b> {
    context: &'b Context<'a>,
    losses: &'b mut Losses,
    is_gemini_3: bool,
    instructions: Vec<wire::Part<'a>>,
    turns: Turns<'a>,
    /// Ids of the calls that wait for their results, in the model's order.
    calls: Vec<&'a str>,
    /// Results with the place of their call: older models match by order.
    results: Vec<(Option<usize>, wire::Part<'a>)>,
}

impl<'a> Contents<'a, '_> {
    fn message(&mut self, index: usize, message: &'a Message) -> Result<(), ProviderError> {
        if !matches!(message, Message::Tool(_)) {
            self.flush_results();
        }
        match message {
            Message::CachePoint => {}
            Message::System { text } => self.system(index, text),
            Message::User { content } => {
                for (place, part) in content.iter().enumerate() {
                    self.user_part(format_args!("messages[{index}].content[{place}]"), part)?;
                }
            }
            Message::Assistant(message) => self.assistant(index, message),
            Message::Tool(message) => {
                let place = self.calls.iter().position(|id| *id == message.call_id.as_str());
                let part = self.tool(index, message);
                self.results.push((place, part));
            }
        }
        Ok(())
    }

    fn flush_results(&mut self) {
        let mut results = std::mem::take(&mut self.results);
        results.sort_by_key(|(place, _)| *place);
        for (_, part) in results {
            self.turns.push(Role::User, part);
        }
    }

    /// Instructions at the start stand beside the conversation; later ones only the user's role can carry.
    fn system(&mut self, index: usize, text: &'a str) {
        if text.is_empty() {
            return;
        }
        if self.turns.is_empty() {
            self.instructions.push(plain(Cow::Borrowed(text)));
            return;
        }
        self.losses.report(format_args!("messages[{index}]"), "instructions sent as a note in a user turn");
        self.turns.push(Role::User, plain(format!("{OPERATOR_NOTE}{text}").into()));
    }

    fn user_part(&mut self, path: impl Display, part: &'a Part) -> Result<(), ProviderError> {
        let part = match part {
            Part::Text { text } if text.is_empty() => {
                self.losses.report(path, "empty text is not accepted and left out");
                return Ok(());
            }
            Part::Text { text } => plain(Cow::Borrowed(text)),
            Part::File { name, media } => {
                if !name.is_empty() {
                    self.losses.report(path, "a file has no name here");
                }
                files::part(media)
            }
            Part::Image { media } | Part::Audio { media } => files::part(media),
        };
        self.turns.push(Role::User, part);
        Ok(())
    }

    fn assistant(&mut self, index: usize, message: &'a AssistantMessage) {
        self.calls = message.tool_calls().map(|call| call.id.as_str()).collect();
        let mut signature = None;
        let mut is_first_call = true;
        for (place, part) in message.parts.iter().enumerate() {
            let path = format_args!("messages[{index}].parts[{place}]");
            let own = |provider: &str| provider == self.context.provider.id();
            let part = match part {
                // Alone, the empty text keeps the turn: without it two turns of the user would become one.
                AssistantPart::Text { text } if text.is_empty() && message.parts.len() > 1 => continue,
                AssistantPart::Text { text }
                    if text.is_empty() && self.context.provider.has(Quirk::NoEmptyAnswers) =>
                {
                    self.losses.report(path, "an empty answer is not accepted and left out");
                    continue;
                }
                AssistantPart::Text { text } => wire::Part::Text {
                    text: Cow::Borrowed(text),
                    thought: false,
                    thought_signature: signature.take(),
                },
                AssistantPart::ToolCall(call) => {
                    let part = self.call(path, call, signature.take(), is_first_call);
                    is_first_call = false;
                    part
                }
                AssistantPart::Reasoning(reasoning) if own(&reasoning.provider) => {
                    match (&*reasoning.text, signed(reasoning)) {
                        ("", next) => {
                            signature = next;
                            continue;
                        }
                        (text, thought_signature) => {
                            wire::Part::Text { text: Cow::Borrowed(text), thought: true, thought_signature }
                        }
                    }
                }
                AssistantPart::Native(native) if own(&native.provider) => {
                    match serde_json::from_str(&native.block) {
                        Ok(block) => wire::Part::Native(block),
                        Err(_) => continue,
                    }
                }
                AssistantPart::Citation(_) => {
                    self.losses.report(path, "citations are not sent back here");
                    continue;
                }
                AssistantPart::Reasoning(_) | AssistantPart::Native(_) => {
                    self.losses.report(path, "what another provider alone understands left out");
                    continue;
                }
            };
            self.turns.push(Role::Model, part);
        }
        if signature.is_some() {
            let part = wire::Part::Text { text: "".into(), thought: false, thought_signature: signature };
            self.turns.push(Role::Model, part);
        }
    }

    fn call(
        &mut self,
        path: impl Display,
        call: &'a ToolCall,
        mut thought_signature: Option<&'a str>,
        is_first: bool,
    ) -> wire::Part<'a> {
        if thought_signature.is_none() && is_first && self.is_gemini_3 {
            self.losses.report(&path, "a call that this model did not sign is marked as such");
            thought_signature = Some(FOREIGN_CALL);
        }
        // History may name tools that are not offered, or that there never were.
        let name = call_names::spelled(self.context.tools.alias(&call.name), &path, self.losses);
        let args = arguments::object(call, path, self.losses);
        let function_call = wire::FunctionCall { id: call.id.as_str(), name: names::of_call(name), args };
        wire::Part::FunctionCall { function_call, thought_signature }
    }

    fn tool(&mut self, index: usize, message: &'a ToolMessage) -> wire::Part<'a> {
        let path = format_args!("messages[{index}]");
        let result = &message.result;
        let mut parts = Vec::new();
        let mut text = String::new();
        for item in tool_result::items(message) {
            let (mime_type, data) = match item.of_pictures(&PICTURES) {
                Item::Image { media_type, data } if self.is_gemini_3 => (media_type, data),
                Item::Pdf { data } if self.is_gemini_3 => ("application/pdf", data),
                item => {
                    if !text.is_empty() {
                        text.push('\n');
                    }
                    text.push_str(&item.into_text(path, self.losses));
                    continue;
                }
            };
            parts.push(wire::Part::Inline { inline_data: wire::Blob { mime_type, data } });
        }
        let response = match &result.structured {
            _ if result.is_error => wire::Outcome::Error { error: text.into() },
            Some(structured) if structured.get().starts_with('{') && is_plain(structured) => {
                wire::Outcome::Object(structured)
            }
            _ => wire::Outcome::Output { output: text.into() },
        };
        let id = message.call_id.as_str();
        let name = names::of_call(call_names::plain(self.context.tools.alias(&message.name)));
        wire::Part::FunctionResponse {
            function_response: wire::FunctionResponse { id, name, response, parts },
        }
    }
}

/// Whether JSON is no more than that to the API. It refuses halves of characters, and takes a `$ref`, such as those in a schema,
/// for a part of the answer: "The referenced name … does not match to a display_name in the function_response.parts". Within a
/// text both are as any other.
fn is_plain(json: &RawValue) -> bool {
    let json = json.get();
    !json.contains("$ref")
        && !json.contains("\\u0024")
        && matches!(surrogates::mended(json), Cow::Borrowed(_))
}

fn plain(text: Cow<'_, str>) -> wire::Part<'_> {
    wire::Part::Text { text, thought: false, thought_signature: None }
}

fn signed(reasoning: &Reasoning) -> Option<&str> {
    match &reasoning.opaque {
        Some(Opaque::Signature(signature)) => Some(signature),
        _ => None,
    }
}
