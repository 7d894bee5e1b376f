//! One item of a tool's result, after MCP's content blocks (MCP 2025-11-25, server/tools, "Tool Result").

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One item of a tool's result. Binary data stays base64, as it came and as every provider wants it.
///
/// ```
/// # use toolgate_tool_types::Content;
/// let picture = Content::Image { data: "iVBORw0KGgo=".into(), mime_type: "image/png".into() };
/// for item in [Content::text("3 customers"), picture] {
///     match &item {
///         Content::Image { mime_type, .. } => assert_eq!(&**mime_type, "image/png"),
///         other => assert_eq!(other.as_text(), Some("3 customers")),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        /// The whole item, as JSON text.
        json: Arc<str>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_reads_back() {
        for item in [
            Content::text("a"),
            Content::Image { data: "AA==".into(), mime_type: "image/png".into() },
            Content::ResourceLink { uri: "file:///a".into(), name: "a".into(), mime_type: None },
            Content::Other { kind: "hologram".into(), json: r#"{"type":"hologram","depth":3}"#.into() },
        ] {
            let text = serde_json::to_string(&item).unwrap();
            assert_eq!(serde_json::from_str::<Content>(&text).unwrap(), item, "{text}");
        }
    }
}
