//! A tool's result, cut into the pieces that dialects have words for.

use std::borrow::Cow;
use std::fmt::Display;

use toolgate_tool_types::{Content, ToolResult};

use crate::ToolMessage;
use crate::lossiness::Losses;

/// The kinds of pictures that most dialects have in common; with any other in it the whole request is refused, and with it all
/// that come after.
pub(super) const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// What tells of a failure where there is no mark for one.
pub(super) const FAILED: &str = "Error:";

/// A piece of a result.
pub(super) enum Item<'a> {
    Text(Cow<'a, str>),
    Image {
        media_type: &'a str,
        data: &'a str,
    },
    Pdf {
        data: &'a str,
    },
    /// No dialect has words for it; the kind is told in its place.
    Unsayable(&'a str),
}

/// The pieces, in the tool's order. There is always one: silence is said too.
pub(super) fn items(message: &ToolMessage) -> Vec<Item<'_>> {
    let ToolResult { content, structured, .. } = &message.result;
    let mut items: Vec<Item<'_>> = content.iter().map(item).collect();
    let has_text = items.iter().any(|item| matches!(item, Item::Text(_)));
    match structured {
        // With text there, the structured result says the same again (MCP 2025-11-25, "Structured Content").
        Some(structured) if !has_text => items.insert(0, Item::Text(structured.get().into())),
        None if items.is_empty() => items.push(Item::Text(message.result.to_text(&message.name).into())),
        _ => {}
    }
    items
}

/// What is told in place of content that says nothing, where some is demanded.
pub(super) fn silence(message: &ToolMessage) -> String {
    ToolResult::default().with_is_error(message.result.is_error).to_text(&message.name)
}

fn item(content: &Content) -> Item<'_> {
    match content {
        Content::Text { text } => Item::Text((&**text).into()),
        Content::Image { data, mime_type } => Item::Image { media_type: picture(mime_type), data },
        Content::Audio { mime_type, .. } => Item::Unsayable(mime_type),
        Content::Resource { text: Some(text), .. } => Item::Text((&**text).into()),
        Content::Resource { mime_type, blob: Some(data), .. } => match mime_type.as_deref() {
            Some("application/pdf") => Item::Pdf { data },
            Some(media_type) if media_type.starts_with("image/") => {
                Item::Image { media_type: picture(media_type), data }
            }
            other => Item::Unsayable(other.unwrap_or("binary resource")),
        },
        Content::ResourceLink { uri, name, .. } => Item::Text(format!("[resource {name}: {uri}]").into()),
        Content::Other { kind, .. } => Item::Unsayable(kind),
        _ => Item::Unsayable("content"),
    }
}

/// The kind of a picture as it is registered; tools write it in other ways too.
fn picture(media_type: &str) -> &str {
    let plain = media_type.split(';').next().unwrap_or_default().trim();
    if ["image/jpg", "image/pjpeg"].iter().any(|other| plain.eq_ignore_ascii_case(other)) {
        return "image/jpeg";
    }
    PICTURES.into_iter().find(|known| plain.eq_ignore_ascii_case(known)).unwrap_or(plain)
}

impl<'a> Item<'a> {
    /// The piece, as it can be said where pictures are of these kinds.
    pub(super) fn of_pictures(self, kinds: &[&str]) -> Self {
        match self {
            Self::Image { media_type, data } if data.is_empty() || !kinds.contains(&media_type) => {
                Self::Unsayable(media_type)
            }
            item => item,
        }
    }

    /// The piece as text: what is none leaves a note in its place, for the model, and a loss, for the caller.
    pub(super) fn into_text(self, path: impl Display, losses: &mut Losses) -> Cow<'a, str> {
        let kind = match self {
            Self::Text(text) => return text,
            Self::Image { media_type, .. } => media_type,
            Self::Pdf { .. } => "application/pdf",
            Self::Unsayable(kind) => kind,
        };
        losses.report(path, format!("{} in a tool's result left out", crate::error::escaped(kind)));
        format!("[{kind} left out: it cannot be shown to this model]").into()
    }
}

/// The whole result as text.
pub(super) fn text<'a>(message: &'a ToolMessage, path: impl Display, losses: &mut Losses) -> Cow<'a, str> {
    let mut items = items(message).into_iter();
    let first = items.next().map_or(Cow::Borrowed(""), |item| item.into_text(&path, losses));
    items.fold(first, |all, item| Cow::Owned(format!("{all}\n{}", item.into_text(&path, losses))))
}

#[cfg(test)]
mod tests {
    use toolgate_tool_types::{CallId, ToolCall};

    use super::*;
    use crate::Message;

    fn told(result: ToolResult) -> (String, usize) {
        let call = ToolCall::new(CallId::new("c"), "t", "");
        let Message::Tool(message) = Message::tool_result(&call, result) else { panic!() };
        let mut losses = Losses::default();
        let text = text(&message, "messages[0]", &mut losses).into_owned();
        (text, losses.into_vec().len())
    }

    #[test]
    fn nothing_goes_in_silence() {
        let image = || Content::Image { data: "AA==".into(), mime_type: "image/png".into() };
        assert_eq!(told(ToolResult::default()), ("Tool t executed successfully".into(), 0));
        assert_eq!(
            told(ToolResult::default().with_is_error(true)),
            ("Tool t failed without saying why".into(), 0)
        );
        let both = ToolResult::new(vec![Content::text("a"), image(), Content::text("b")]);
        assert_eq!(told(both), ("a\n[image/png left out: it cannot be shown to this model]\nb".into(), 1));
        let structured: Box<serde_json::value::RawValue> = serde_json::from_str("[1.10]").unwrap();
        assert_eq!(told(ToolResult::default().with_structured(structured.into())), ("[1.10]".into(), 0));
    }
}
