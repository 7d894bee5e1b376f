//! OpenAI's messages, as the types that no provider owns.
//!
//! A client may write anything into its transcript, results of tools too: it is text for the model, and decides nothing.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use toolgate::{CallId, Content, Message, ToolCall, ToolResult};
use toolgate_llm_providers::{AssistantMessage, AssistantPart, Media, Part};

use super::text_or::TextOr;
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

pub(super) fn parse(incoming: Vec<Incoming>) -> Result<Vec<Message>, Refusal> {
    let mut messages: Vec<Message> = Vec::with_capacity(incoming.len());
    // By its id, of which the last one counts.
    let mut calls: HashMap<CallId, ToolCall> = HashMap::new();
    for (place, message) in incoming.into_iter().enumerate() {
        let wrong = |what: &str| Refusal::invalid(&format!("messages[{place}]"), what);
        messages.push(match message.role {
            Role::System | Role::Developer => Message::system(message.text().ok_or_else(|| wrong(TEXT))?),
            Role::User => Message::User { content: message.parts().map_err(wrong)? },
            Role::Assistant => {
                let assistant = message.assistant().map_err(wrong)?;
                calls.extend(assistant.tool_calls().map(|call| (call.id.clone(), call.clone())));
                assistant.into()
            }
            Role::Tool => {
                let id = message.tool_call_id.as_ref().ok_or_else(|| wrong("expected tool_call_id"))?;
                let call = calls
                    .get(&CallId::new(Arc::clone(id)))
                    .ok_or_else(|| wrong("no tool call before this message has its tool_call_id"))?;
                let text = message.text().ok_or_else(|| wrong(TEXT))?;
                Message::tool_result(call, ToolResult::new(vec![Content::text(text)]))
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

    fn assistant(self) -> Result<AssistantMessage, &'static str> {
        // A model may have said nothing: clients send that back as it came.
        let has_spoken = self.content.is_some() || self.refusal.is_some();
        let mut parts = Vec::new();
        let text = self.content.is_some().then(|| self.text().ok_or(TEXT)).transpose()?;
        for text in text.into_iter().chain(self.refusal.clone()).filter(|text| !text.is_empty()) {
            parts.push(AssistantPart::Text { text });
        }
        let calls = self.tool_calls.unwrap_or_default().into_iter().map(|call| {
            let Call { id, function: Function { name, arguments } } = call;
            AssistantPart::ToolCall(ToolCall::new(CallId::new(id), name, arguments))
        });
        parts.extend(calls);
        if parts.is_empty() && !has_spoken {
            Err("expected content or tool_calls")
        } else {
            Ok(AssistantMessage::new(parts))
        }
    }
}

impl IncomingPart {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text } | Self::Refusal { refusal: text } => Some(text),
            _ => None,
        }
    }

    fn read(&self) -> Result<Part, &'static str> {
        match self {
            Self::Text { text } | Self::Refusal { refusal: text } => Ok(Part::text(Arc::clone(text))),
            Self::ImageUrl { image_url } => Ok(Part::Image { media: media(&image_url.url)? }),
            Self::InputAudio { input_audio: Audio { data, format } } => {
                let media_type = match format.as_str() {
                    "wav" => "audio/wav",
                    "mp3" => "audio/mpeg",
                    _ => return Err("expected input_audio of format wav or mp3"),
                };
                Ok(Part::Audio { media: inline(media_type, Arc::clone(data)) })
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
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let incoming: Vec<Incoming> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let messages = parse(incoming).map_err(|refusal| refusal.json())?;
        Ok(serde_json::to_string(&messages).unwrap())
    }

    #[test]
    fn a_whole_conversation_is_read() {
        let read = read(
            r#"[{"role": "developer", "content": [{"type": "text", "text": "be "}, {"type": "text", "text": "short"}]},
                {"role": "user", "content": [{"type": "text", "text": "what is this"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}]},
                {"role": "assistant", "content": null, "refusal": null, "tool_calls":
                    [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c1", "content": "a cat"}]"#,
        )
        .unwrap();
        for part in ["\"text\":\"be short\"", "\"media_type\":\"image/png\"", "\"name\":\"look\"", "a cat"] {
            assert!(read.contains(part), "{part} is missing: {read}");
        }
    }

    /// What this server, or OpenAI's, has answered comes back with the next question.
    #[test]
    fn an_answer_without_a_word_and_a_refusal_are_read() {
        let said = |members: &str| read(&format!(r#"[{{"role": "assistant", {members}}}]"#));
        assert!(said(r#""content": "", "refusal": null"#).unwrap().contains(r#""parts":[]"#));
        assert!(said(r#""content": null, "refusal": "I cannot.""#).unwrap().contains("I cannot."));
        assert!(said(r#""content": null, "refusal": null"#).is_err());
    }

    #[test]
    fn a_result_is_of_the_last_call_with_its_id() {
        let call = |name: &str| {
            format!(
                r#"{{"role": "assistant", "tool_calls":
                    [{{"id": "c1", "function": {{"name": "{name}", "arguments": "{{}}"}}}}]}}"#
            )
        };
        let result = r#"{"role": "tool", "tool_call_id": "c1", "content": "a cat"}"#;
        let read = read(&format!("[{}, {}, {result}]", call("first"), call("last"))).unwrap();
        assert_eq!((read.matches("first").count(), read.matches("last").count()), (1, 2), "{read}");
    }

    #[test]
    fn what_cannot_be_read_is_named_by_place() {
        for (messages, says) in [
            (r#"[{"role": "user"}]"#, "messages[0]"),
            (r#"[{"role": "assistant"}]"#, "expected content or tool_calls"),
            (r#"[{"role": "tool", "tool_call_id": "x", "content": "a"}]"#, "no tool call before"),
            (r#"[{"role": "wizard", "content": "a"}]"#, "unknown variant"),
            (
                r#"[{"role": "user", "content": [{"type": "video_url"}]}]"#,
                "unknown variant `video_url`, expected one of `text`",
            ),
            (
                r#"[{"role": "user", "content": [{"type": "image_url", "image_url": "a"}]}]"#,
                "expected an object with url",
            ),
            (r#"[{"role": "user", "content": 5}]"#, "expected a string"),
            (
                r#"[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}]"#,
                "data: URL",
            ),
        ] {
            let said = read(messages).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
    }
}
