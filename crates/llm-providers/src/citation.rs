//! Where an answer's text comes from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A source that the model or its provider names for the text before it.
///
/// ```
/// # use toolgate_llm_providers::{AssistantPart, Catalogue, ChatRequest, Message, RenderedTools};
/// # let catalogue = Catalogue::builtin();
/// # let openai = catalogue.provider("openai")?;
/// # let request = ChatRequest::new(vec![Message::user("What is MCP?")]);
/// # let tools = RenderedTools::new(openai.dialect(), request.tools.clone());
/// # let body = br#"{"choices": [{"finish_reason": "stop", "message": {"content": "A protocol.", "annotations": [
/// #     {"type": "url_citation", "url_citation": {"url": "https://mcp.example/", "title": "MCP"}}]}}]}"#;
/// # let answer = openai.decode(&tools, &request, body, None)?;
/// let mut sources = Vec::new();
/// for part in &answer.message.parts {
///     if let AssistantPart::Citation(source) = part {
///         sources.push((&*source.title, &*source.url)); // shown, not fetched
///     }
/// }
/// assert_eq!(sources, [("MCP", "https://mcp.example/")]);
/// # Ok::<(), toolgate_llm_providers::ProviderError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Citation {
    /// The id of the provider that named it.
    pub provider: Arc<str>,
    /// The source's title; empty when there is none.
    pub title: Arc<str>,
    /// The source's URL as the provider gave it, not to be trusted; empty when there is none.
    pub url: Arc<str>,
    /// The words of the source; empty when they are not told.
    pub quote: Arc<str>,
    /// The provider's own JSON, to be sent back to it.
    pub native: Arc<str>,
}
