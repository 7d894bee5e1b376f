//! Marks for caches, which stand at a part of a text's content (OpenRouter, "Prompt caching").

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::{Content, Message, Part};
use crate::dialect::verbatim;

/// A message that is a text, which is a list of one part where it is marked.
pub(in crate::dialect::openai_chat) struct TextContent<'a> {
    pub(in crate::dialect::openai_chat) text: Cow<'a, str>,
    is_marked: bool,
}

impl<'a> From<Cow<'a, str>> for TextContent<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self { text, is_marked: false }
    }
}

impl Serialize for TextContent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_marked {
            [Part::marked(&*self.text)].serialize(serializer)
        } else {
            verbatim::serialize(&self.text, serializer)
        }
    }
}

#[derive(Serialize)]
pub(in crate::dialect::openai_chat) struct Mark {
    r#type: &'static str,
}

const MARK: Mark = Mark { r#type: "ephemeral" };

impl<'a> Part<'a> {
    fn marked(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Marked { text: text.into(), cache_control: MARK }
    }

    /// The same part with a mark, if it is a text.
    fn mark(&mut self) -> bool {
        let text = match self {
            Self::Text { text } if !text.is_empty() => Cow::Borrowed(*text),
            Self::Note { text } => Cow::Owned(std::mem::take(text)),
            Self::Marked { .. } => return true,
            _ => return false,
        };
        *self = Self::marked(text);
        true
    }
}

impl Message<'_> {
    /// Marks what stands up to here; whether this message can have a mark.
    pub(in crate::dialect::openai_chat) fn mark(&mut self) -> bool {
        match self {
            Self::System { content } | Self::Tool { content, .. } => {
                // An empty text cannot be kept.
                content.is_marked = !content.text.is_empty();
                content.is_marked
            }
            Self::User { content: Content::Text("") } | Self::Assistant(_) => false,
            Self::User { content } => {
                let mut parts = std::mem::replace(content, Content::Text("")).into_parts();
                let is_marked = parts.iter_mut().rev().any(Part::mark);
                *content = Content::Parts(parts);
                is_marked
            }
        }
    }
}
