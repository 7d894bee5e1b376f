//! One tool as it is called here, and what it is at its server.

use std::fmt;
use std::sync::{Arc, OnceLock};

use toolgate_tool_types::{JsonObject, Tool, ToolName};

use crate::Flag;
use crate::definition::Definition;
use crate::flag::visible;

/// One tool of the set and where it comes from.
///
/// ```no_run
/// # async fn example(bridge: toolgate_mcp_bridge::Bridge) -> Result<(), toolgate_mcp_bridge::BridgeError> {
/// let set = bridge.tool_set().await?;
/// if let Some(entry) = set.get("get_customer_info") {
///     // What a call of this name reaches.
///     println!("{} at {}: {}", entry.remote_name(), entry.server(), entry.tool().description);
/// }
/// # Ok(()) }
/// ```
pub struct ToolEntry {
    pub(crate) tool: Tool,
    pub(crate) server: Arc<str>,
    pub(crate) definition: Arc<Definition>,
    flags: Vec<Flag>,
    digest: OnceLock<Box<str>>,
}

impl ToolEntry {
    pub(crate) fn new(
        name: ToolName,
        server: &Arc<str>,
        definition: &Arc<Definition>,
        flags: Vec<Flag>,
    ) -> Self {
        let mut tool = Tool::new(name, visible(&definition.description), definition.input_schema.clone());
        if let Some(title) = &definition.title {
            tool = tool.with_title(visible(title));
        }
        if let Some(schema) = &definition.output_schema {
            tool = tool.with_output_schema(schema.clone());
        }
        Self { tool, server: server.clone(), definition: definition.clone(), flags, digest: OnceLock::new() }
    }

    /// The name by which it is called here.
    #[must_use]
    pub fn name(&self) -> &ToolName {
        &self.tool.name
    }

    /// What about the definition needs an operator's eye. Empty for most.
    #[must_use]
    pub fn flags(&self) -> &[Flag] {
        &self.flags
    }

    /// The flags in one sentence.
    pub(crate) fn flagged(&self) -> String {
        self.flags.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    /// The tool as a model sees it: without hidden characters in title and description.
    #[must_use]
    pub fn tool(&self) -> &Tool {
        &self.tool
    }

    /// The name of its server.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The server's own name for it.
    #[must_use]
    pub fn remote_name(&self) -> &str {
        &self.definition.name
    }

    /// The whole definition as the server wrote it, untrusted annotations included: what a lockfile pins.
    #[must_use]
    pub fn definition(&self) -> &JsonObject {
        &self.definition.text
    }

    /// A digest of the definition, as the caller makes it: once, and then remembered with the definition.
    pub fn digest_with(&self, make: impl FnOnce(&JsonObject) -> String) -> &str {
        self.digest.get_or_init(|| make(self.definition()).into())
    }
}

impl fmt::Debug for ToolEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolEntry")
            .field("name", &self.tool.name)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
