//! What an answer rests on: annotations of its text, and what a host found.

use serde::Deserialize;
use serde_json::value::RawValue;

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
    /// With the name that Claude's citations have for it (Databricks).
    #[serde(borrow, alias = "document_title")]
    pub(in crate::dialect::openai_chat) filename: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) content: Text<'a>,
    /// The same at Xiaomi, and of Claude's citations.
    #[serde(borrow, alias = "cited_text")]
    pub(in crate::dialect::openai_chat) summary: Text<'a>,
}

/// What a host found and the answer rests on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Found<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) title: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) url: Text<'a>,
    /// The same at Zhipu.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) link: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) snippet: Text<'a>,
    /// The same at Venice, and at Writer.
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) content: Text<'a>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) raw_content: Text<'a>,
}

/// Where Venice has what it found.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Venice<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) web_search_citations: Option<&'a RawValue>,
}

/// What a tool of Writer's own found (`graph_data`, `web_search_data`).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::dialect::openai_chat) struct Searched<'a> {
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) sources: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in crate::dialect::openai_chat) subqueries: Option<&'a RawValue>,
}
