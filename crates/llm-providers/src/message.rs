//! A conversation's messages, in words that no provider owns.
//!
//! Instructions, the user's words, the model's words and tools' results are different types: text from a tool cannot
//! become a system message by any conversion.

mod assistant;
mod replayed;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toolgate_tool_types::{CallId, ToolCall, ToolResult};

pub use assistant::{AssistantMessage, AssistantPart};
pub use replayed::{Native, Opaque, Reasoning};

/// One message of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Message {
    /// The operator's instructions.
    System {
        /// The instructions.
        text: Arc<str>,
    },
    /// What the user said.
    User {
        /// Text, images and files, in order.
        content: Vec<Part>,
    },
    /// What the model answered.
    Assistant(AssistantMessage),
    /// What a tool answered to one call.
    Tool(ToolMessage),
    /// A mark, and no message: what stands before it stays the same, so a provider that caches on demand should keep
    /// it. Others cache by themselves or not at all; the answer is the same, so leaving the mark out loses nothing. Of more
    /// than four, which is what Anthropic and Bedrock take, the first and the latest are sent.
    CachePoint,
}

/// A piece of a user's message.
///
/// ```
/// # use toolgate_llm_providers::{Media, Message, Part};
/// let bill = Media::Inline { media_type: "application/pdf".into(), data: "JVBERi0xLjcK".into() };
/// let logo = Media::Url { url: "https://shop.example/logo.png".into() };
/// let question = Message::User {
///     content: vec![
///         Part::text("Is this bill from this shop?"),
///         Part::File { name: "bill.pdf".into(), media: bill },
///         Part::Image { media: logo },
///     ],
/// };
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: Arc<str>,
    },
    /// An image.
    Image {
        /// Where it is.
        media: Media,
    },
    /// A recording.
    Audio {
        /// Where it is.
        media: Media,
    },
    /// A document, such as a PDF.
    File {
        /// Its name, for the model to cite.
        name: Arc<str>,
        /// Where it is.
        media: Media,
    },
}

/// Where an image or a file is. URLs are handed to the provider and never fetched here.
///
/// See the example of [`Part`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Media {
    /// In the message itself.
    Inline {
        /// Such as `image/png`.
        media_type: Arc<str>,
        /// Base64 of the bytes.
        data: Arc<str>,
    },
    /// At a URL that the provider can read.
    Url {
        /// The URL.
        url: Arc<str>,
    },
}

/// A tool's answer to one call.
///
/// ```
/// # use toolgate_llm_providers::Message;
/// # use toolgate_tool_types::{CallId, ToolCall, ToolResult};
/// let call = ToolCall::new(CallId::new("call_1"), "get_time", "{}");
/// match Message::tool_result(&call, ToolResult::text("12:00")) {
///     Message::Tool(answer) => assert_eq!((answer.call_id, &*answer.name), (call.id, "get_time")),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolMessage {
    /// The call that is answered.
    pub call_id: CallId,
    /// The tool's name, as the call had it.
    pub name: Arc<str>,
    /// The answer.
    pub result: ToolResult,
}

impl Message {
    /// The operator's instructions.
    ///
    /// ```
    /// # use toolgate_llm_providers::Message;
    /// let messages = [Message::system("Answer in one sentence."), Message::user("Why is the sky blue?")];
    /// ```
    #[must_use]
    pub fn system(text: impl Into<Arc<str>>) -> Self {
        Self::System { text: text.into() }
    }

    /// What the user said.
    #[must_use]
    pub fn user(text: impl Into<Arc<str>>) -> Self {
        Self::User { content: vec![Part::text(text)] }
    }

    /// What the model said, as text: for conversations that did not start here.
    #[must_use]
    pub fn assistant(text: impl Into<Arc<str>>) -> Self {
        Self::Assistant(AssistantMessage::new(vec![AssistantPart::Text { text: text.into() }]))
    }

    /// A tool's answer to `call`.
    #[must_use]
    pub fn tool_result(call: &ToolCall, result: ToolResult) -> Self {
        Self::Tool(ToolMessage { call_id: call.id.clone(), name: Arc::clone(&call.name), result })
    }
}

impl Part {
    /// Text.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text { text: text.into() }
    }
}

impl From<AssistantMessage> for Message {
    fn from(message: AssistantMessage) -> Self {
        Self::Assistant(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_survives_being_stored() {
        let call = ToolCall::new(CallId::new("c1"), "lookup", "{\"id\":1}");
        let structured: Box<serde_json::value::RawValue> = serde_json::from_str("{\"n\":1.10}").unwrap();
        let reasoning = Reasoning::new("anthropic", "hm").with_opaque(Opaque::Signature("EqQB".into()));
        let named = reasoning.clone().with_model("claude-opus-5");
        let thoughts = [reasoning, named].map(AssistantPart::Reasoning);
        let parts = [&thoughts[..], &[AssistantPart::ToolCall(call.clone())]].concat();
        let messages = vec![
            Message::system("s"),
            Message::user("u"),
            AssistantMessage::new(parts).into(),
            Message::tool_result(&call, ToolResult::error("no").with_structured(structured.into())),
        ];
        let stored = serde_json::to_string(&messages).unwrap();
        let read: Vec<Message> = serde_json::from_str(&stored).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
        assert!(stored.contains("1.10"));
        // What was stored before models were named.
        assert_eq!(stored.matches("\"model\"").count(), 1);
    }
}
