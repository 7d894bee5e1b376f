//! What Gemini signs a call with, behind chat completions.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What Gemini signs a call with: it comes with an answer's first call and is wanted back with it (Gemini API, "Thought
/// signatures", OpenAI compatibility).
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(in super::super) struct Extra<'a> {
    #[serde(borrow)]
    pub(in super::super) google: Signed<'a>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub(in super::super) struct Signed<'a> {
    #[serde(borrow)]
    pub(in super::super) thought_signature: Cow<'a, str>,
}
