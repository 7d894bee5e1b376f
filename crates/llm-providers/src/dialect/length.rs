//! About how long a request's body will be, so that its bytes are written where they stay.

use toolgate_tool_types::Content;

use crate::{AssistantPart, ChatRequest, Media, Message, Part};

/// For what stands around the texts of a message: its members' names, its ids.
const MESSAGE: usize = 128;
/// For the settings.
const SETTINGS: usize = 512;

/// Without its tools. What is escaped takes more.
pub(super) fn expected(request: &ChatRequest) -> usize {
    let messages = request.messages.iter().map(|message| MESSAGE + of_message(message));
    SETTINGS + messages.sum::<usize>()
}

fn of_message(message: &Message) -> usize {
    match message {
        Message::System { text } => text.len(),
        Message::User { content } => content.iter().map(of_part).sum(),
        Message::Assistant(message) => message.parts.iter().map(of_answer).sum(),
        Message::Tool(message) => message.result.content.iter().map(of_content).sum(),
        Message::CachePoint => 0,
    }
}

fn of_part(part: &Part) -> usize {
    match part {
        Part::Text { text } => text.len(),
        Part::Image { media } | Part::Audio { media } | Part::File { media, .. } => match media {
            Media::Inline { data, .. } => data.len(),
            Media::Url { url } => url.len(),
        },
    }
}

fn of_answer(part: &AssistantPart) -> usize {
    match part {
        AssistantPart::Text { text } => text.len(),
        AssistantPart::Reasoning(reasoning) => reasoning.text.len(),
        AssistantPart::ToolCall(call) => MESSAGE + call.raw_arguments.len(),
        AssistantPart::Citation(_) | AssistantPart::Native(_) => 0,
    }
}

fn of_content(content: &Content) -> usize {
    match content {
        Content::Text { text } | Content::Resource { text: Some(text), .. } => text.len(),
        Content::Image { data, .. } | Content::Resource { blob: Some(data), .. } => data.len(),
        _ => 0,
    }
}
