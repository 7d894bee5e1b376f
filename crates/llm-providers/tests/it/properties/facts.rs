//! What a conversation says, as facts that can be counted: what was written, by whom, to whom.

use std::collections::BTreeMap;

use serde_json::Value;
use toolgate_llm_providers::{
    AssistantMessage, AssistantPart, ChatRequest, Dialect, Media, Message, Opaque, Part, ResponseFormat,
    ToolChoice, ToolMessage,
};

use toolgate_tool_types::{CallId, Content};

/// A fact and the place in the request that says it.
pub(crate) type Fact = (String, String);

/// The texts of each user's message as one, with line feeds between, as some dialects have it.
pub(crate) fn one_text_each(mut request: ChatRequest) -> ChatRequest {
    for message in &mut request.messages {
        if let Message::User { content } = message {
            let texts: Vec<&str> = content
                .iter()
                .filter_map(|part| match part {
                    Part::Text { text } => Some(&**text),
                    _ => None,
                })
                .collect();
            *content = vec![Part::text(texts.join("\n"))];
        }
    }
    request
}

/// Each call's id once, as Anthropic's API has it: the second of a kind is numbered.
pub(crate) fn one_id_each(mut request: ChatRequest) -> ChatRequest {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let numbered = |id: &CallId, times: u32| match times {
        1 => id.clone(),
        _ => CallId::new(format!("{id}_{times}")),
    };
    for message in &mut request.messages {
        match message {
            Message::Assistant(message) => {
                for part in &mut message.parts {
                    let AssistantPart::ToolCall(call) = part else { continue };
                    let times = times.entry(call.id.to_string()).or_default();
                    *times += 1;
                    call.id = numbered(&call.id, *times);
                }
            }
            Message::Tool(message) => {
                message.call_id = numbered(&message.call_id, times[message.call_id.as_str()])
            }
            _ => {}
        }
    }
    request
}

/// The id of a call, where the dialect has ids.
fn id(dialect: Dialect, id: &CallId) -> &str {
    if dialect == Dialect::GigaChat { "" } else { id.as_str() }
}

pub(crate) fn facts(dialect: Dialect, request: &ChatRequest) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for (index, message) in request.messages.iter().enumerate() {
        let path = format!("messages[{index}]");
        match message {
            // Instructions in a row are one text, their borders no one's business.
            Message::System { text } => match facts.last_mut() {
                Some((_, fact)) if fact.starts_with("instructions ") => *fact += &format!("\n{text}"),
                _ => facts.push((path, format!("instructions {text}"))),
            },
            Message::User { content } => {
                for (place, part) in content.iter().enumerate() {
                    facts.push((format!("{path}.content[{place}]"), part_fact(dialect, part)));
                }
            }
            Message::Assistant(message) => assistant(dialect, message, &path, &mut facts),
            Message::Tool(message) => tool(dialect, message, path, &mut facts),
            _ => {}
        }
    }
    for (index, tool) in request.tools.iter().enumerate() {
        let about = format!("tool {} {}", tool.name, tool.description);
        facts.push((format!("tools[{index}]"), about));
        // What Gemini's subset makes of a schema is the adapter's own test.
        if dialect != Dialect::GeminiGenerate {
            let mut schema: Value = serde_json::from_str(tool.input_schema.as_str()).unwrap();
            if schema == serde_json::json!({}) {
                schema = serde_json::json!({"type": "object", "properties": {}});
            }
            facts.push((format!("tools[{index}].input_schema"), format!("schema {schema}")));
        }
    }
    options(dialect, request, &mut facts);
    facts
}

fn part_fact(dialect: Dialect, part: &Part) -> String {
    let at = |media: &Media| serde_json::to_string(media).unwrap();
    match part {
        Part::Text { text } => format!("user says {text}"),
        // At a URL, Gemini is not told what is there: it knows.
        Part::Image { media } | Part::Audio { media } | Part::File { media, .. }
            if dialect == Dialect::GeminiGenerate =>
        {
            format!("user shows {}", at(media))
        }
        Part::File { name, media } => format!("user shows {name} {}", at(media)),
        Part::Image { media } => format!("user shows image {}", at(media)),
        other => format!("user shows {other:?}"),
    }
}

fn assistant(dialect: Dialect, message: &AssistantMessage, path: &str, facts: &mut Vec<Fact>) {
    let mut said = String::new();
    let mut thought = String::new();
    for (place, part) in message.parts.iter().enumerate() {
        let path = format!("{path}.parts[{place}]");
        match part {
            AssistantPart::Text { text } => said += text,
            AssistantPart::ToolCall(call) => {
                let arguments = if call.raw_arguments.is_empty() { "{}" } else { &call.raw_arguments };
                let arguments = match serde_json::from_str::<Value>(arguments) {
                    Ok(value) if dialect != Dialect::OpenAiChat => value.to_string(),
                    _ => arguments.to_owned(),
                };
                let id = id(dialect, &call.id);
                facts.push((path, format!("model calls {id} {} {arguments}", call.name)));
            }
            AssistantPart::Reasoning(reasoning)
                if matches!(dialect, Dialect::OpenAiChat | Dialect::CohereChat) =>
            {
                // These have one place for it.
                match &*reasoning.provider == super::conversations::OWN {
                    true => thought += &reasoning.text,
                    false => facts.push((path, format!("model thinks {}", reasoning.text))),
                }
            }
            AssistantPart::Reasoning(reasoning) => {
                let opaque = match &reasoning.opaque {
                    Some(Opaque::Signature(signature)) => signature,
                    _ => "",
                };
                let fact = format!("model {} thinks {} {opaque}", reasoning.provider, reasoning.text);
                facts.push((path, fact));
            }
            other => facts.push((path, format!("model has {other:?}"))),
        }
    }
    for (what, text) in [("says", said), ("thinks", thought)] {
        if !text.is_empty() {
            facts.push((path.to_owned(), format!("model {what} {text}")));
        }
    }
}

fn tool(dialect: Dialect, message: &ToolMessage, path: String, facts: &mut Vec<Fact>) {
    let texts: Vec<&str> = message.result.content.iter().filter_map(Content::as_text).collect();
    // Silence is said in words.
    let mut text = match message.result.content.is_empty() {
        true => message.result.to_text(&message.name),
        false => texts.join("\n"),
    };
    let is_error = message.result.is_error;
    // Anthropic's API takes the mark beside text alone.
    let is_shown = dialect == Dialect::AnthropicMessages && texts.len() < message.result.content.len();
    let has_mark = !is_shown && !matches!(dialect, Dialect::OpenAiChat | Dialect::CohereChat);
    let id = id(dialect, &message.call_id);
    if is_error && is_shown {
        text = std::iter::once("Error:").chain(texts).collect::<Vec<_>>().join("\n");
    } else if is_error && !has_mark {
        text = format!("Error: {text}");
    }
    let mark = if is_error && has_mark { " error" } else { "" };
    facts.push((path.clone(), format!("result of {id}{mark}: {text}")));
    let shown = message.result.content.iter().filter(|content| content.as_text().is_none());
    facts.extend(shown.map(|content| (path.clone(), format!("result of {id} shows {content:?}"))));
}

fn options(dialect: Dialect, request: &ChatRequest, facts: &mut Vec<Fact>) {
    let options = &request.options;
    if !request.tools.is_empty() {
        // The model's own choice is everyone's default.
        let choice = match (&request.tool_choice, &*request.tools) {
            // Of one tool, the same.
            (Some(ToolChoice::Required), [only])
                if matches!(dialect, Dialect::GigaChat | Dialect::CohereChat) =>
            {
                Some(ToolChoice::Tool(only.name.clone()))
            }
            (choice, _) => choice.clone().filter(|choice| *choice != ToolChoice::Auto),
        };
        facts.extend(choice.map(|choice| ("tool_choice".to_owned(), format!("{choice:?}"))));
        // Several calls at once are everyone's default; without tools, or where none may be called, there are none.
        let may_call = request.tool_choice != Some(ToolChoice::None);
        if options.parallel_tool_calls == Some(false) && may_call && dialect != Dialect::GigaChat {
            facts.push(("options.parallel_tool_calls".to_owned(), "false".to_owned()));
        }
    }
    let mut stored: BTreeMap<String, Value> =
        serde_json::from_value(serde_json::to_value(options).unwrap()).unwrap();
    stored.remove("parallel_tool_calls");
    stored.remove("extra");
    if let Some(ResponseFormat::JsonSchema(wanted)) = &options.response_format
        && dialect != Dialect::OpenAiChat
    {
        // Its name is for people, and these APIs enforce every schema.
        stored.insert("response_format".to_owned(), wanted.schema.as_str().into());
    }
    let is_set = |value: &Value| {
        !(value.is_null() || *value == serde_json::json!([]) || *value == serde_json::json!({}))
    };
    for (name, value) in stored.into_iter().filter(|(_, value)| is_set(value)) {
        // With its name: two options may have one value.
        facts.push((format!("options.{name}"), format!("{name} {value}")));
    }
}

/// The facts of `before` that neither `after` has nor a loss names; a loss names all that is below its path.
pub(crate) fn missing(before: &[Fact], after: &[Fact], losses: &[&str]) -> Vec<Fact> {
    let mut left: Vec<&str> = after.iter().map(|(_, fact)| fact.as_str()).collect();
    let within = |place: &str, whole: &str| {
        place.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let is_named = |path: &str| losses.iter().any(|loss| within(path, loss) || within(loss, path));
    let gone = |(path, fact): &&Fact| match left.iter().position(|other| other == fact) {
        Some(place) => {
            left.swap_remove(place);
            false
        }
        None => !is_named(path),
    };
    before.iter().filter(gone).cloned().collect()
}
