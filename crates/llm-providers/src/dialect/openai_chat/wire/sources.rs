//! What an answer rests on: annotations of its text, and what a host found.

use serde::Deserialize;

use crate::dialect::lenient::Text;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Annotation<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) url_citation: Option<UrlCitation<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct UrlCitation<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) title: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) url: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) filename: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) content: Text<'a>,
}

/// What a host found and the answer rests on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Found<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) title: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) url: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) snippet: Text<'a>,
}
