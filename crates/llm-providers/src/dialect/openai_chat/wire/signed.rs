//! What Gemini signs a call with, behind chat completions.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What Gemini signs a call with: it comes with an answer's first call and is wanted back with it (Gemini API, "Thought
/// signatures", OpenAI compatibility).
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Extra<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) google: Signed<'a>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Signed<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) thought_signature: Cow<'a, str>,
}
