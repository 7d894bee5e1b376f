//! One item of a tool's result, after MCP's content blocks (MCP 2025-11-25, server/tools, "Tool Result").

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One item of a tool's result. Binary data stays base64, as it came and as every provider wants it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Content {
    /// Plain text.
    Text {
        /// The text.
        text: Arc<str>,
    },
    /// An image.
    Image {
        /// Base64 of the image.
        data: Arc<str>,
        /// Such as `image/png`.
        mime_type: Arc<str>,
    },
    /// A sound.
    Audio {
        /// Base64 of the sound.
        data: Arc<str>,
        /// Such as `audio/wav`.
        mime_type: Arc<str>,
    },
    /// A resource with its contents.
    Resource {
        /// Where the server keeps it; never fetched by us.
        uri: Arc<str>,
        /// Such as `text/markdown`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mime_type: Option<Arc<str>>,
        /// Its text, if it is text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Arc<str>>,
        /// Its base64, if it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        blob: Option<Arc<str>>,
    },
    /// A resource named but not sent; never fetched by us.
    ResourceLink {
        /// Where the server keeps it.
        uri: Arc<str>,
        /// Its name.
        name: Arc<str>,
        /// Such as `text/markdown`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mime_type: Option<Arc<str>>,
    },
    /// A kind that this version does not know, kept as it came.
    Other {
        /// The item's `type`.
        kind: Arc<str>,
        /// The whole item.
        raw: Box<RawValue>,
    },
}

impl Content {
    /// A text item.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text { text: text.into() }
    }

    /// The item's text: of a text item, or of a resource that is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::Resource { text, .. } => text.as_deref(),
            _ => None,
        }
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        let render = |content: &Self| serde_json::to_string(content).ok();
        render(self) == render(other)
    }
}
