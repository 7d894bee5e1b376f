//! The approved set: every tool that may be called, by the one name that model, policy and audit log use.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use toolgate_tool_types::{Tool, ToolName};

use crate::discovery::Listing;
use crate::pins::Pins;
use crate::text::escaped;
use crate::{BridgeError, ToolEntry, names};

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

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::definition::Definition;

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
