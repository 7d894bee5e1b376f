//! Tools in a dialect's words, rendered once and spliced into every request that offers them.

use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;
use toolgate_tool_types::{JsonObject, Tool};

use super::Dialect;
use super::aliases::Aliases;
use super::fitted::Fit;
use super::{filled, flat, metaschema};
use crate::Loss;
use crate::lossiness::Losses;

/// A set of tools in one dialect's words.
///
/// ```
/// # use std::sync::Arc;
/// # use toolgate_llm_providers::{Catalogue, ChatRequest, Message, RenderedTools};
/// # use toolgate_tool_types::{JsonObject, Tool, ToolName};
/// # let catalogue = Catalogue::builtin();
/// # let anthropic = catalogue.provider("anthropic")?;
/// let tools: Arc<[Tool]> = [Tool::new(ToolName::new("get_time")?, "Tells the time", JsonObject::empty())].into();
/// let rendered = RenderedTools::new(anthropic.dialect(), Arc::clone(&tools)); // once,
/// assert!(rendered.lossiness().is_empty());
/// for question in ["What time is it?", "And in Tokyo?"] {
///     let request = ChatRequest::new(vec![Message::user(question)]).with_tools(Arc::clone(&tools));
///     let encoded = anthropic.encode("claude-sonnet-4-5", &rendered, &request)?; // for every request
///     assert!(encoded.body.windows(8).any(|text| text == b"get_time"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RenderedTools {
    dialect: Dialect,
    /// As the caller gave them.
    given: Arc<[Tool]>,
    /// As dialects can say them.
    tools: Arc<[Tool]>,
    json: Option<Box<RawValue>>,
    /// Names that the dialect does not accept, each with the one it is known by there.
    pub(super) aliases: Aliases,
    lossiness: Vec<Loss>,
    /// Which provider's limits they keep besides.
    pub(super) fit: Fit,
    /// The same as the first provider with other limits takes them: most are for one.
    pub(super) fitted: OnceLock<(Fit, Box<RenderedTools>)>,
}

impl RenderedTools {
    /// Renders `tools` for `dialect`.
    #[must_use]
    pub fn new(dialect: Dialect, tools: Arc<[Tool]>) -> Self {
        let mut losses = Losses::default();
        let format = dialect.format();
        let aliases = (format.aliases)(&tools);
        let given = Arc::clone(&tools);
        let tools = filled::tools(&metaschema::tools(&tools, &mut losses));
        let tools = flat::tools(&tools, &mut losses);
        let (fit, fitted) = (Fit::default(), OnceLock::new());
        let mut rendered =
            Self { dialect, given, tools, json: None, aliases, lossiness: Vec::new(), fit, fitted };
        if !rendered.tools.is_empty() {
            rendered.json = (format.render_tools)(&rendered, &mut losses);
        }
        rendered.lossiness = losses.into_vec();
        rendered
    }

    /// The same with other descriptions and schemas, and what those lost.
    pub(super) fn with_tools(mut self, tools: Arc<[Tool]>, mut losses: Losses) -> Self {
        self.tools = tools;
        self.json = (self.dialect.format().render_tools)(&self, &mut losses);
        self.lossiness.extend(losses.into_vec());
        self
    }

    /// What the rendering lost.
    #[must_use]
    pub fn lossiness(&self) -> &[Loss] {
        &self.lossiness
    }

    /// Whether these are those very tools (the same allocation) in that dialect.
    pub(crate) fn is_for(&self, dialect: Dialect, tools: &Arc<[Tool]>) -> bool {
        self.dialect == dialect && Arc::ptr_eq(&self.given, tools)
    }

    pub(super) fn tools(&self) -> &[Tool] {
        &self.tools
    }

    pub(super) fn json(&self) -> Option<&RawValue> {
        self.json.as_deref()
    }

    /// The name that the provider knows the tool by.
    pub(super) fn alias<'a>(&'a self, name: &'a str) -> &'a str {
        self.aliases.iter().find(|(own, _)| **own == *name).map_or(name, |(_, alias)| alias)
    }
}

/// The schema as text, with the `"type":"object"` that providers demand and some servers leave out.
pub(super) fn object_schema(schema: &JsonObject) -> Option<Box<RawValue>> {
    #[derive(serde::Deserialize)]
    struct TypeOnly {
        #[serde(rename = "type")]
        kind: Option<serde::de::IgnoredAny>,
    }
    let has_type = schema.read::<TypeOnly>().is_ok_and(|schema| schema.kind.is_some());
    if has_type {
        return None;
    }
    let members = schema.as_str().trim_start_matches('{').trim_start();
    let rest = if members.starts_with('}') { "\"properties\":{}}" } else { members };
    RawValue::from_string(format!("{{\"type\":\"object\",{rest}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_type_is_added() {
        let with_type =
            |text| object_schema(&JsonObject::parse(text).unwrap()).map(|raw| raw.get().to_owned());
        assert_eq!(with_type("{}").unwrap(), r#"{"type":"object","properties":{}}"#);
        assert_eq!(with_type(r#"{ "a":{"type":1}}"#).unwrap(), r#"{"type":"object","a":{"type":1}}"#);
        assert_eq!(with_type(r#"{"type":"object"}"#), None);
    }
}
