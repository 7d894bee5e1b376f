//! What the provider answers, whole or in events.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Usage;
use crate::dialect::lenient::{Count, Text, fitting};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct Reply<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) model: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) content: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) stop_reason: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) stop_details: Option<&'a RawValue>,
    #[serde(deserialize_with = "fitting")]
    pub(in crate::dialect::anthropic_messages) usage: Option<Usage>,
    /// Where the provider ran code.
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) container: Option<&'a RawValue>,
    /// What the API changed in the request before the model saw it.
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) input_transformations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) error: Option<&'a RawValue>,
}

/// What a model declined ("Streaming refusals", `stop_details`).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct StopDetails<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) category: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) explanation: Text<'a>,
}

/// A change to the request ("Preserved thinking", `input_transformations`).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct Transformation<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) r#type: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) path: Text<'a>,
}

/// Any block of an answer; what a block does not have is empty.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct AnswerBlock<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) r#type: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) text: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) citations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) thinking: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) signature: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) data: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) id: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) name: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) input: Option<&'a RawValue>,
    /// Who made a call.
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) caller: Option<&'a RawValue>,
}

/// Who made a call: the model itself (`direct`), or code of its that the provider ran.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct Caller<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) r#type: Text<'a>,
}

/// Any event of a stream; what an event does not have is empty.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct Event<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) r#type: Text<'a>,
    pub(in crate::dialect::anthropic_messages) index: Count,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) content_block: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) delta: Option<Delta<'a>>,
    #[serde(deserialize_with = "fitting")]
    pub(in crate::dialect::anthropic_messages) usage: Option<Box<Usage>>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) error: Option<&'a RawValue>,
}

/// What is appended to a block, or to the message itself.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct Delta<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) r#type: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) text: Text<'a>,
    /// Text by the book; a call whose arguments came as an object and were taken for none would be run with none.
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) partial_json: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) thinking: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) signature: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) stop_reason: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) stop_details: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) citation: Option<&'a RawValue>,
    /// Of a compaction, as is what is encrypted of it.
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) encrypted_content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) container: Option<&'a RawValue>,
}

/// A source, of any kind.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::anthropic_messages) struct Cited<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) title: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) document_title: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) url: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::anthropic_messages) cited_text: Text<'a>,
}
