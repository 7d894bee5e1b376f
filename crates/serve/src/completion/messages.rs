//! OpenAI's messages, as the types that no provider owns.
//!
//! A client may write anything into its transcript, results of tools too: it is text for the model, and decides nothing.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use toolgate::{CallId, Content, Message, ToolCall, ToolResult};
use toolgate_llm_providers::{AssistantMessage, AssistantPart, Media, Part};

use super::text_or::TextOr;
use crate::models::Author;
use crate::refusal::Refusal;

/// A message as it is sent.
#[derive(Deserialize)]
pub(super) struct Incoming {
    role: Role,
    #[serde(default)]
    content: Option<TextOr<Vec<IncomingPart>>>,
    /// In place of content, where a model refused.
    #[serde(default)]
    refusal: Option<Arc<str>>,
    /// What the model thought, as answers here tell it. Kimi, DeepSeek and others refuse calls that come back without.
    #[serde(default)]
    reasoning_content: Option<Arc<str>>,
    #[serde(default)]
    tool_calls: Option<Vec<Call>>,
    #[serde(default)]
    tool_call_id: Option<Arc<str>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Role {
    System,
    Developer,
    User,
    Assistant,
    Tool,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum IncomingPart {
    Text { text: Arc<str> },
    Refusal { refusal: Arc<str> },
    ImageUrl { image_url: ImageUrl },
    InputAudio { input_audio: Audio },
    File { file: File },
}

#[derive(Deserialize)]
#[serde(expecting = "an object with url")]
struct ImageUrl {
    url: Arc<str>,
}

#[derive(Deserialize)]
struct Audio {
    data: Arc<str>,
    format: String,
}

#[derive(Deserialize)]
struct File {
    file_data: Option<Arc<str>>,
    #[serde(default)]
    filename: Option<Arc<str>>,
}

#[derive(Deserialize)]
struct Call {
    id: Arc<str>,
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: Arc<str>,
    arguments: Arc<str>,
}

/// The messages of a conversation with `author`, whose thoughts come back in it.
pub(super) fn parse(incoming: Vec<Incoming>, author: &Author) -> Result<Vec<Message>, Refusal> {
    let mut messages: Vec<Message> = Vec::with_capacity(incoming.len());
    // By its id, of which the last one counts.
    let mut calls: HashMap<CallId, ToolCall> = HashMap::new();
    for (place, message) in incoming.into_iter().enumerate() {
        let wrong = |what: &str| Refusal::invalid(&format!("messages[{place}]"), what);
        messages.push(match message.role {
            Role::System | Role::Developer => Message::system(message.text().ok_or_else(|| wrong(TEXT))?),
            Role::User => Message::User { content: message.parts().map_err(wrong)? },
            Role::Assistant => {
                let assistant = message.assistant(author).map_err(wrong)?;
                calls.extend(assistant.tool_calls().map(|call| (call.id.clone(), call.clone())));
                assistant.into()
            }
            Role::Tool => {
                let id = message.tool_call_id.as_ref().ok_or_else(|| wrong("expected tool_call_id"))?;
                let call = calls
                    .get(&CallId::new(Arc::clone(id)))
                    .ok_or_else(|| wrong("no tool call before this message has its tool_call_id"))?;
                Message::tool_result(call, ToolResult::new(message.result().map_err(wrong)?))
            }
        });
    }
    Ok(messages)
}

const TEXT: &str = "expected content: a text, or parts of type text";

impl Incoming {
    /// The content, where it is text alone.
    fn text(&self) -> Option<Arc<str>> {
        match self.content.as_ref()? {
            TextOr::Text(text) => Some(Arc::clone(text)),
            TextOr::Other(parts) => {
                parts.iter().map(IncomingPart::text).collect::<Option<String>>().map(Arc::from)
            }
        }
    }

    fn parts(&self) -> Result<Vec<Part>, &'static str> {
        match &self.content {
            None => Err("expected content"),
            Some(TextOr::Text(text)) => Ok(vec![Part::text(Arc::clone(text))]),
            Some(TextOr::Other(parts)) => parts.iter().map(IncomingPart::read).collect(),
        }
    }

    /// What a tool gave: text, with pictures among it where the client's tool takes them (Zed, Qwen Code).
    fn result(&self) -> Result<Vec<Content>, &'static str> {
        match (self.text(), &self.content) {
            (Some(text), _) => Ok(vec![Content::text(text)]),
            (None, Some(TextOr::Other(parts))) => parts.iter().map(IncomingPart::result).collect(),
            _ => Err(TEXT),
        }
    }

    /// A model may have said nothing: clients send that back as it came, or without any content at all.
    fn assistant(self, author: &Author) -> Result<AssistantMessage, &'static str> {
        let mut parts = Vec::new();
        if let Some(thought) = self.reasoning_content.as_ref().filter(|thought| !thought.is_empty()) {
            parts.push(AssistantPart::Reasoning(author.thought(Arc::clone(thought))));
        }
        let text = self.content.is_some().then(|| self.text().ok_or(TEXT)).transpose()?;
        for text in text.into_iter().chain(self.refusal.clone()).filter(|text| !text.is_empty()) {
            parts.push(AssistantPart::Text { text });
        }
        let calls = self.tool_calls.unwrap_or_default().into_iter().map(|call| {
            let Call { id, function: Function { name, arguments } } = call;
            AssistantPart::ToolCall(ToolCall::new(CallId::new(id), name, arguments))
        });
        parts.extend(calls);
        Ok(AssistantMessage::new(parts))
    }
}

impl IncomingPart {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text } | Self::Refusal { refusal: text } => Some(text),
            _ => None,
        }
    }

    fn result(&self) -> Result<Content, &'static str> {
        match (self.text(), self.read()) {
            (Some(text), _) => Ok(Content::text(text)),
            (None, Ok(Part::Image { media: Media::Inline { media_type, data } })) => {
                Ok(Content::Image { data, mime_type: media_type })
            }
            _ => Err(
                "expected content of a tool: a text, or parts of type text, or image_url with a data: URL",
            ),
        }
    }

    fn read(&self) -> Result<Part, &'static str> {
        match self {
            Self::Text { text } | Self::Refusal { refusal: text } => Ok(Part::text(Arc::clone(text))),
            Self::ImageUrl { image_url } => Ok(Part::Image { media: media(&image_url.url)? }),
            Self::InputAudio { input_audio: Audio { data, format } } => {
                let media_type = match format.as_str() {
                    "wav" => "audio/wav",
                    "mp3" | "mpeg" => "audio/mpeg",
                    _ => return Err("expected input_audio of format wav or mp3"),
                };
                // Some clients write a `data:` URL, where OpenAI takes its base64 alone.
                let url = data.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
                let data = url.map_or_else(|| Arc::clone(data), |(_, data)| data.into());
                Ok(Part::Audio { media: inline(media_type, data) })
            }
            Self::File { file } => {
                let content = file.file_data.as_ref();
                let content =
                    content.ok_or("expected file_data: files of an account elsewhere are not known here")?;
                let name = file.filename.clone().unwrap_or_else(|| "file".into());
                Ok(Part::File { name, media: media(content)? })
            }
        }
    }
}

/// A `data:` URL (RFC 2397) in base64, or a URL that the provider is to read.
fn media(url: &str) -> Result<Media, &'static str> {
    let Some(rest) = url.strip_prefix("data:") else {
        if url.starts_with("https://") {
            return Ok(Media::Url { url: url.into() });
        }
        return Err("expected a data: URL in base64, or an https URL");
    };
    match rest.split_once(";base64,") {
        Some((media_type, content)) if !media_type.is_empty() => Ok(inline(media_type, content.into())),
        _ => Err("expected a data: URL in base64, such as data:image/png;base64,…"),
    }
}

fn inline(media_type: &str, data: Arc<str>) -> Media {
    Media::Inline { media_type: media_type.into(), data }
}

#[cfg(test)]
mod tests;
