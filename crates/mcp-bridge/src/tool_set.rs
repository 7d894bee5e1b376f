//! The approved set: every tool that may be called, by the one name that model, policy and audit log use.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use toolgate_tool_types::{Tool, ToolName};

use crate::definition::Definition;
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
                    Ok(exposed) if exposed.exact => set.place(exposed.name, &server, definition, pins),
                    Ok(exposed) => rewritten.push((exposed.name, server.clone(), definition.clone())),
                    Err(reason) => set.skip(&server, &definition.name, reason),
                }
            }
        }
        // A server's own name wins over a rewritten one, whatever the order of the list, and whether it is offered or withheld.
        for (name, server, definition) in rewritten {
            if set.entries.contains_key(&name) || set.withheld.iter().any(|entry| *entry.name() == name) {
                set.skip(
                    &server,
                    &definition.name,
                    format!("its name here, {name}, belongs to another tool"),
                );
            } else {
                set.place(name, &server, &definition, pins);
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

    /// Offers a definition, or withholds it.
    fn place(&mut self, name: ToolName, server: &Arc<str>, definition: &Arc<Definition>, pins: &Pins) {
        let (flags, offered) = pins.judge(server, &name, definition);
        let entry = ToolEntry::new(name, server, definition, flags);
        if offered {
            self.entries.insert(entry.tool.name.clone(), Arc::new(entry));
        } else {
            self.withhold(entry);
        }
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

    /// The name that a tool is rewritten to can be told beforehand: a harmless tool of that name is approved, and gone when
    /// another comes that is called the same here.
    #[test]
    fn mb_09_another_tool_under_an_approved_name_is_a_change() {
        let (pins, rewritten) = (Pins::default(), names::exposed(None, "a.b").unwrap().name);
        let assemble =
            |names: &[&str]| ToolSet::assemble(vec![("s".into(), listing(names))], Vec::new(), false, &pins);
        assert!(assemble(&[rewritten.as_str()]).get(rewritten.as_str()).is_some());
        let swapped = assemble(&["a.b"]);
        assert!(swapped.get(rewritten.as_str()).is_none() && swapped.tools().is_empty());
        let withheld = &swapped.withheld()[0];
        assert_eq!((withheld.remote_name(), withheld.flags().len()), ("a.b", 1));
        assert_eq!(withheld.flags()[0].finding, crate::Finding::Changed);
        // Back again, and the other way round once it is approved.
        assert!(assemble(&[rewritten.as_str()]).get(rewritten.as_str()).is_some());
        pins.approve(withheld);
        assert_eq!(assemble(&["a.b"]).get(rewritten.as_str()).unwrap().remote_name(), "a.b");
        // A withheld tool's own name is not for a rewritten one either.
        for order in [["a.b", rewritten.as_str()], [rewritten.as_str(), "a.b"]] {
            let both = assemble(&order);
            assert_eq!((both.tools().len(), both.withheld().len()), (0, 1), "{order:?}");
            assert_eq!(both.withheld()[0].remote_name(), rewritten.as_str());
            assert_eq!(both.skipped()[0].tool, "a.b");
        }
    }

    #[test]
    fn mb_09_new_names_are_not_approved_on_sight_without_end() {
        let pins = Pins::default();
        let assemble = |names: &[String]| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            ToolSet::assemble(vec![("s".into(), listing(&names))], Vec::new(), false, &pins)
        };
        let names = |from: usize, to: usize| (from..to).map(|n| format!("t{n}")).collect::<Vec<_>>();
        assert_eq!(assemble(&names(0, crate::pins::MOST)).tools().len(), crate::pins::MOST);
        let more = assemble(&names(crate::pins::MOST - 1, crate::pins::MOST + 1));
        assert_eq!((more.tools().len(), more.withheld().len()), (1, 1), "those that were approved still are");
        assert_eq!(more.withheld()[0].flags()[0].finding, crate::Finding::TooMany);
        assert!(more.withheld()[0].flagged().contains("more than 10000 tools"));
        let other = ToolSet::assemble(vec![("other".into(), listing(&["t"]))], Vec::new(), false, &pins);
        assert_eq!(other.tools().len(), 1, "each server for itself");
        pins.approve(&more.withheld()[0]);
        assert_eq!(assemble(&names(crate::pins::MOST, crate::pins::MOST + 1)).tools().len(), 1);
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
