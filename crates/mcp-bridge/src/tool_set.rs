//! The approved set: every tool that may be called, by the one name that model, policy and audit log use.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, OnceLock};

use toolgate_tool_types::{JsonObject, Tool, ToolName};

use crate::definition::Definition;
use crate::discovery::Listing;
use crate::flag::visible;
use crate::pins::Pins;
use crate::text::escaped;
use crate::{BridgeError, Flag, names};

/// All tools of all servers at one moment. Sorted by name, so that the same tools always make the same request.
///
/// ```no_run
/// # async fn example(bridge: toolgate_mcp_bridge::Bridge) -> Result<(), toolgate_mcp_bridge::BridgeError> {
/// let set = bridge.tool_set().await?;
/// for entry in set.withheld() {
///     println!("{} of {} waits for approval: {:?}", entry.name(), entry.server(), entry.flags());
/// }
/// for skipped in set.skipped() {
///     println!("{} of {} is left out: {}", skipped.tool, skipped.server, skipped.reason);
/// }
/// for failed in set.failed() {
///     println!("{} could not be asked: {}", failed.server, failed.error);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct ToolSet {
    tools: Arc<[Tool]>,
    entries: HashMap<ToolName, Arc<ToolEntry>>,
    withheld: Vec<Arc<ToolEntry>>,
    skipped: Vec<SkippedTool>,
    failed: Vec<FailedServer>,
}

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

/// A tool that a server lists and that is not offered.
///
/// See the example of [`ToolSet`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedTool {
    /// The server's name.
    pub server: Arc<str>,
    /// The server's name for the tool, escaped.
    pub tool: String,
    /// Why it is left out.
    pub reason: String,
}

/// A server whose tools are missing because it could not be asked.
///
/// See the example of [`ToolSet`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FailedServer {
    /// The server's name.
    pub server: Arc<str>,
    /// Why.
    pub error: Arc<BridgeError>,
}

impl ToolSet {
    /// The tools, sorted by name.
    #[must_use]
    pub fn tools(&self) -> &Arc<[Tool]> {
        &self.tools
    }

    /// The tool of exactly this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<ToolEntry>> {
        self.entries.get(name)
    }

    /// The tools that are not offered until the operator [approves](crate::Bridge::approve) them, each with its flags.
    #[must_use]
    pub fn withheld(&self) -> &[Arc<ToolEntry>] {
        &self.withheld
    }

    /// The tools of other servers that go by the same name as `entry` does on its own: a model may take the one for the
    /// other, and a server may count on that (shadowing). They are offered all the same, by names that tell them apart.
    #[must_use]
    pub fn namesakes(&self, entry: &ToolEntry) -> Vec<&Arc<ToolEntry>> {
        let same = |other: &&Arc<ToolEntry>| {
            other.server() != entry.server() && other.remote_name() == entry.remote_name()
        };
        let mut others: Vec<_> = self.entries.values().chain(&self.withheld).filter(same).collect();
        others.sort_by_key(|other| other.name());
        others
    }

    /// What the servers list and what is left out here, with the reasons.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedTool] {
        &self.skipped
    }

    /// The servers that could not be asked. Their tools are missing until they can be.
    #[must_use]
    pub fn failed(&self) -> &[FailedServer] {
        &self.failed
    }

    /// Puts the listings of all servers under one namespace; `prefixed` when there are several servers.
    pub(crate) fn assemble(
        listings: Vec<(Arc<str>, Arc<Listing>)>,
        failed: Vec<FailedServer>,
        prefixed: bool,
        pins: &Pins,
    ) -> Self {
        let mut set = Self { failed, ..Self::default() };
        let mut rewritten = Vec::new();
        for (server, listing) in listings {
            for (tool, reason) in &listing.left_out {
                set.skip(&server, tool, reason.clone());
            }
            for definition in &listing.definitions {
                match names::exposed(prefixed.then_some(&*server), &definition.name) {
                    Ok(exposed) => {
                        let (flags, offered) = pins.judge(&server, definition);
                        let entry = ToolEntry::new(exposed.name, &server, definition, flags);
                        match (offered, exposed.exact) {
                            (false, _) => set.withhold(entry),
                            (true, true) => set.insert(entry),
                            (true, false) => rewritten.push(entry),
                        }
                    }
                    Err(reason) => set.skip(&server, &definition.name, reason),
                }
            }
        }
        // A server's own name wins over a rewritten one, whatever the order of the list.
        for entry in rewritten {
            if set.entries.contains_key(&entry.tool.name) {
                let reason = format!("its name here, {}, belongs to another tool", entry.tool.name);
                set.skip(&entry.server, entry.remote_name(), reason);
            } else {
                set.insert(entry);
            }
        }
        let mut tools: Vec<Tool> = set.entries.values().map(|entry| entry.tool.clone()).collect();
        tools.sort_by(|a, b| a.name.cmp(&b.name));
        set.tools = tools.into();
        set.tell_namesakes();
        set
    }

    /// Logs each name that tools of several servers go by.
    fn tell_namesakes(&self) {
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for entry in self.entries.values().chain(&self.withheld) {
            by_name.entry(entry.remote_name()).or_default().push(entry.server());
        }
        for (tool, mut servers) in by_name {
            servers.sort_unstable();
            servers.dedup();
            if servers.len() > 1 {
                tracing::warn!(
                    tool,
                    servers = servers.join(", "),
                    "several servers have a tool of this name"
                );
            }
        }
    }

    fn insert(&mut self, entry: ToolEntry) {
        self.entries.insert(entry.tool.name.clone(), Arc::new(entry));
    }

    fn withhold(&mut self, entry: ToolEntry) {
        let (server, tool, reason) = (entry.server(), entry.name().as_str(), entry.flagged());
        tracing::warn!(server, tool, reason, "tool withheld until it is approved");
        self.withheld.push(Arc::new(entry));
    }

    fn skip(&mut self, server: &Arc<str>, tool: &str, reason: String) {
        let tool = escaped(tool);
        tracing::warn!(server = &**server, tool, reason, "tool left out");
        self.skipped.push(SkippedTool { server: server.clone(), tool, reason });
    }
}

impl ToolEntry {
    fn new(name: ToolName, server: &Arc<str>, definition: &Arc<Definition>, flags: Vec<Flag>) -> Self {
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

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn listing(names: &[&str]) -> Arc<Listing> {
        let definition = |name: &&str| {
            let text = format!(r#"{{"name":"{name}","inputSchema":{{"type":"object"}}}}"#);
            Arc::new(Definition::read(&RawValue::from_string(text).unwrap()).unwrap())
        };
        Arc::new(Listing { definitions: names.iter().map(definition).collect(), ..Listing::default() })
    }

    #[test]
    fn a_server_cannot_take_a_rewritten_name() {
        let rewritten = names::exposed(None, "a.b").unwrap().name;
        for order in [["a.b", rewritten.as_str()], [rewritten.as_str(), "a.b"]] {
            let set =
                ToolSet::assemble(vec![("s".into(), listing(&order))], Vec::new(), false, &Pins::default());
            assert_eq!(set.get(rewritten.as_str()).unwrap().remote_name(), rewritten.as_str());
            assert_eq!((set.tools().len(), set.skipped()[0].tool.as_str()), (1, "a.b"));
        }
    }

    #[test]
    fn the_order_of_the_list_does_not_matter() {
        let names = |order: &[&str]| {
            let set =
                ToolSet::assemble(vec![("s".into(), listing(order))], Vec::new(), true, &Pins::default());
            set.tools().iter().map(|tool| tool.name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(&["b", "a"]), ["s__a", "s__b"]);
        assert_eq!(names(&["a", "b"]), names(&["b", "a"]));
    }
}
