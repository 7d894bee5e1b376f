//! The lockfile at the gate: which tools a model sees and may call, and what is said about the others.

use std::sync::{Arc, Mutex, PoisonError};

use toolgate_mcp_bridge::{Bridge, BridgeError, ToolEntry, ToolSet};
use toolgate_tool_types::Tool;

use super::Denial;
use crate::config::Drift;
use crate::lock::{DefinitionChange, ToolLock};
use crate::size;

/// The lockfile, where one is configured.
#[derive(Debug)]
pub(crate) struct Lockfile {
    lock: Option<ToolLock>,
    drift: Drift,
    /// Of the set that was asked for last: every conversation asks, and a thousand tools are a megabyte to compare.
    last: Mutex<Option<(Arc<ToolSet>, Offered)>>,
}

/// The tools that a model is shown. Shared as long as they stay the same, so that they are rendered once.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    pub(crate) tools: Arc<[Tool]>,
    /// As JSON.
    pub(crate) bytes: u64,
}

impl Lockfile {
    pub(crate) fn new(lock: Option<ToolLock>, drift: Drift) -> Self {
        Self { lock, drift, last: Mutex::default() }
    }

    /// Whether the tool is what was approved, or need not be.
    pub(crate) fn check(&self, entry: &ToolEntry) -> Result<(), Denial> {
        match self.change(entry) {
            Some(change) if self.drift == Drift::Refuse => {
                Err(Denial::Withheld { tool: entry.name().to_string(), reason: reason(&change) })
            }
            _ => Ok(()),
        }
    }

    /// All tools of `bridge`. What the lockfile holds is approved, whatever its texts look like.
    pub(crate) async fn tool_set(&self, bridge: &Bridge) -> Result<Arc<ToolSet>, BridgeError> {
        let set = bridge.tool_set().await?;
        let approved: Vec<_> = set.withheld().iter().filter(|entry| self.holds(entry)).collect();
        if approved.is_empty() {
            return Ok(set);
        }
        approved.into_iter().for_each(|entry| bridge.approve(entry));
        bridge.tool_set().await
    }

    /// The tools that a model is shown. The text of a tool that may not be called is not shown either: it speaks to
    /// the model all the same.
    pub(crate) fn offered(&self, set: &Arc<ToolSet>) -> Offered {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((of, offered)) if Arc::ptr_eq(of, set) => offered.clone(),
            _ => {
                let tools = self.choose(set);
                let offered = Offered { bytes: tools.iter().map(size::of_json).sum(), tools };
                *last = Some((Arc::clone(set), offered.clone()));
                offered
            }
        }
    }

    fn choose(&self, set: &ToolSet) -> Arc<[Tool]> {
        let Some(lock) = &self.lock else { return set.tools().clone() };
        for change in lock.changes(&ToolLock::of(set)) {
            tracing::warn!(reason = reason(&change), "the tools are not those of the lockfile");
        }
        let may = |tool: &&Tool| set.get(tool.name.as_str()).is_some_and(|entry| self.check(entry).is_ok());
        set.tools().iter().filter(may).cloned().collect()
    }

    fn holds(&self, entry: &ToolEntry) -> bool {
        self.lock.as_ref().is_some_and(|lock| lock.change(entry).is_none())
    }

    fn change(&self, entry: &ToolEntry) -> Option<DefinitionChange> {
        self.lock.as_ref()?.change(entry)
    }
}

/// What differs, in one line and without the server's own words.
fn reason(change: &DefinitionChange) -> String {
    match change {
        DefinitionChange::Added { server, tool, .. } => {
            format!("{tool:?} of {server} is not in the lockfile")
        }
        DefinitionChange::Removed { server, tool } => format!("{tool:?} of {server} is gone"),
        DefinitionChange::Changed { server, tool, members } => {
            let places: Vec<&str> = members.iter().map(|member| member.pointer.as_str()).take(5).collect();
            format!("{tool:?} of {server} differs from the lockfile at {}", places.join(", ").escape_debug())
        }
    }
}
