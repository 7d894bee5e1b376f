//! The messages of a conversation, as they are written.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::Extra;
use super::marked::{Mark, TextContent};
use crate::dialect::location::Location;
use crate::dialect::verbatim;

#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub(in crate::dialect::openai_chat) enum Message<'a> {
    System { content: TextContent<'a> },
    User { content: Content<'a> },
    Assistant(Assistant<'a>),
    Tool { tool_call_id: Cow<'a, str>, content: TextContent<'a> },
}

impl Message<'_> {
    /// Puts a blank in the place of the thought that came before a call, or before the answer to its result, where there is none:
    /// another provider's, or an empty one.
    pub(in crate::dialect::openai_chat) fn fill_thought(&mut self, is_of_calls: bool) {
        if let Self::Assistant(Assistant {
            reasoning_content: thought,
            reasoning_details: None,
            tool_calls,
            ..
        }) = self
            && thought.as_deref().is_none_or(str::is_empty)
            && (is_of_calls || !tool_calls.is_empty())
        {
            *thought = Some(Cow::Borrowed(" "));
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::dialect::openai_chat) enum Content<'a> {
    Text(#[serde(serialize_with = "verbatim::serialize")] &'a str),
    /// Text that is written here.
    Note(String),
    Parts(Vec<Part<'a>>),
}

impl<'a> Content<'a> {
    pub(in crate::dialect::openai_chat) fn into_parts(self) -> Vec<Part<'a>> {
        match self {
            Self::Text(text) => vec![Part::Text { text }],
            Self::Note(text) => vec![Part::Note { text }],
            Self::Parts(parts) => parts,
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in crate::dialect::openai_chat) enum Part<'a> {
    Text {
        #[serde(serialize_with = "verbatim::serialize")]
        text: &'a str,
    },
    /// Text that is written here.
    #[serde(rename = "text")]
    Note {
        text: String,
    },
    /// Text up to which the conversation is to be kept.
    #[serde(rename = "text")]
    Marked {
        text: Cow<'a, str>,
        cache_control: Mark,
    },
    ImageUrl {
        image_url: ImageUrl<'a>,
    },
    InputAudio {
        input_audio: Audio<'a>,
    },
    File {
        file: File<'a>,
    },
    DocumentUrl {
        document_url: Location<'a>,
        document_name: &'a str,
    },
    #[serde(rename = "input_audio")]
    Sound {
        input_audio: &'a str,
    },
}

#[derive(Serialize)]
pub(in crate::dialect::openai_chat) struct ImageUrl<'a> {
    pub(in crate::dialect::openai_chat) url: Location<'a>,
}

#[derive(Serialize)]
pub(in crate::dialect::openai_chat) struct Audio<'a> {
    #[serde(serialize_with = "verbatim::serialize")]
    pub(in crate::dialect::openai_chat) data: &'a str,
    pub(in crate::dialect::openai_chat) format: &'a str,
}

#[derive(Serialize)]
pub(in crate::dialect::openai_chat) struct File<'a> {
    pub(in crate::dialect::openai_chat) filename: &'a str,
    pub(in crate::dialect::openai_chat) file_data: Location<'a>,
}

#[derive(Serialize)]
pub(in crate::dialect::openai_chat) struct Assistant<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) content: Option<Said<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::dialect::openai_chat) prefix: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) reasoning_content: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) reasoning: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) reasoning_details: Option<Cow<'a, RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) reasoning_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) reasoning_opaque: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::dialect::openai_chat) tool_calls: Vec<CallOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) extra_content: Option<Extra<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) thought_signature: Option<&'a str>,
}

/// What the model said: text by the book.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::dialect::openai_chat) enum Said<'a> {
    /// Null.
    Nothing,
    Text(Cow<'a, str>),
    Chunks(Vec<Chunk<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in crate::dialect::openai_chat) enum Chunk<'a> {
    Text { text: Cow<'a, str> },
    Thinking { thinking: [Part<'a>; 1] },
}

#[derive(Serialize)]
pub(in crate::dialect::openai_chat) struct CallOut<'a> {
    pub(in crate::dialect::openai_chat) id: Cow<'a, str>,
    pub(in crate::dialect::openai_chat) r#type: &'static str,
    pub(in crate::dialect::openai_chat) function: FunctionOut<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) extra_content: Option<Extra<'a>>,
    /// The same at Venice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::dialect::openai_chat) thought_signature: Option<&'a str>,
}

#[derive(Serialize)]
pub(in crate::dialect::openai_chat) struct FunctionOut<'a> {
    pub(in crate::dialect::openai_chat) name: Cow<'a, str>,
    pub(in crate::dialect::openai_chat) arguments: Cow<'a, str>,
}
