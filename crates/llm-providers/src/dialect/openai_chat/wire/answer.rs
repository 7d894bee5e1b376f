//! What a model answered: by the book, and by the habits of single hosts.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::dialect::lenient::{Count, Text, fitting, several};

/// What the model answered, or a piece of it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Answer<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) reasoning_content: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) reasoning: Text<'a>,
    /// GitHub Copilot's word for it.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) reasoning_text: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) reasoning_details: Option<&'a RawValue>,
    /// The same encrypted, at GitHub Copilot.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) reasoning_opaque: Option<&'a RawValue>,
    /// Whether `reasoning_content` ends with what is encrypted of it (Venice).
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) reasoning_encrypted: Option<&'a RawValue>,
    /// Claude's, at LiteLLM, beside their text.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) thinking_blocks: Option<&'a RawValue>,
    /// What Gemini signs an answer with that calls nothing.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) extra_content: Option<&'a RawValue>,
    /// The same at Venice.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) thought_signature: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) refusal: Text<'a>,
    #[serde(borrow, deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) audio: Option<Box<Sound<'a>>>,
    /// Pictures that a model drew (OpenRouter).
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) images: Option<&'a RawValue>,
    /// What Groq's own tools did.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) executed_tools: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) annotations: Option<&'a RawValue>,
    /// What Writer's own tools found.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) graph_data: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) web_search_data: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "several")]
    pub(in crate::dialect::openai_chat) tool_calls: Option<Vec<Call<'a>>>,
    #[serde(borrow, deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) function_call: Option<Box<Called<'a>>>,
}

/// A part of an answer that came as a list.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct AnswerPart<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) r#type: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) text: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) refusal: Text<'a>,
    /// Reasoning: pieces of text at Mistral, text elsewhere.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) thinking: Option<&'a RawValue>,
    /// Reasoning at Databricks.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) summary: Option<&'a RawValue>,
    /// Of a piece of Claude's reasoning, at Databricks.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) signature: Text<'a>,
    /// Claude's, at Databricks.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) citations: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Sound<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) data: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) transcript: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Call<'a> {
    /// The call's place, in streams.
    pub(in crate::dialect::openai_chat) index: Count,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) id: Text<'a>,
    #[serde(borrow, deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) function: Option<Called<'a>>,
    #[serde(borrow, deserialize_with = "fitting")]
    pub(in crate::dialect::openai_chat) custom: Option<Called<'a>>,
    /// What others have in `function`, where it stands beside the id.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) name: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) arguments: Option<&'a RawValue>,
    /// What Gemini signs a call with; `thought_signature` at Venice.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) extra_content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) thought_signature: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Called<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) name: Text<'a>,
    /// Text by the book; some servers send the object itself, or null. `input` is a custom tool's free text.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) input: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Logprobs<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) content: Option<&'a RawValue>,
    /// Of a refusal's tokens.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) refusal: Option<&'a RawValue>,
}
