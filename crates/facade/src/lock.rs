//! `toolgate.lock`: the definitions of tools that the operator has approved, by server.
//!
//! A definition is what a model sees and a client acts on; a server that changes one after it was approved changes
//! what the model is told (CVE-2025-54136). Definitions are compared by the SHA-256 of their canonical JSON (RFC 8785)
//! and kept whole beside it, so that a change can be shown.

mod change;

pub use change::{DefinitionChange, MemberChange};

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use toolgate_audit_log::Digest;
use toolgate_mcp_bridge::{ToolEntry, ToolSet};
use toolgate_tool_types::JsonObject;

use crate::{ConfigError, config};

/// The members of a definition that are locked: what a model sees or a client acts on.
const LOCKED: [&str; 6] = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];

/// The approved definitions.
///
/// ```no_run
/// # async fn example(toolgate: toolgate::Toolgate) -> Result<(), Box<dyn std::error::Error>> {
/// use toolgate::ToolLock;
///
/// let (locked, now) = (ToolLock::read("toolgate.lock")?, ToolLock::of(&*toolgate.tool_set().await?));
/// for change in locked.changes(&now) {
///     println!("{change:?}");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolLock {
    version: Version,
    /// By the server's name here, then by the server's name for the tool.
    servers: BTreeMap<String, BTreeMap<String, Locked>>,
}

/// The version of the file's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Version;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Locked {
    sha256: String,
    definition: Value,
}

impl ToolLock {
    /// Everything that the servers offer now, tools that are withheld included.
    #[must_use]
    pub fn of(set: &ToolSet) -> Self {
        let mut lock = Self::default();
        let offered = set.tools().iter().filter_map(|tool| set.get(tool.name.as_str()));
        for entry in offered.chain(set.withheld()) {
            let tools = lock.servers.entry(entry.server().to_owned()).or_default();
            tools.insert(entry.remote_name().to_owned(), Locked::of(entry));
        }
        lock
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`ConfigError::NoLock`] when there is none; [`ConfigError::Lock`] when it cannot be read, is no lockfile, or a definition in it does not match its hash.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let failed = |reason: String| ConfigError::Lock { path: path.to_owned(), reason };
        let text = config::text_of(path, config::LARGEST).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ConfigError::NoLock { path: path.to_owned() },
            _ => failed(error.to_string()),
        })?;
        let lock: Self = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        for (server, tools) in &lock.servers {
            for (tool, locked) in tools {
                if locked.sha256 != hash(&locked.definition) {
                    return Err(failed(format!(
                        "the definition of {tool} of {server} does not match its hash"
                    )));
                }
            }
        }
        Ok(lock)
    }

    /// Writes the file at `path`: as a whole, or not at all.
    ///
    /// # Errors
    /// [`ConfigError::LockUnwritten`] when it cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), ConfigError> {
        let path = path.as_ref();
        let failed = |reason: String| ConfigError::LockUnwritten { path: path.to_owned(), reason };
        let mut text = serde_json::to_string_pretty(self).map_err(|error| failed(error.to_string()))?;
        text.push('\n');
        let draft = path.with_extension("lock.new");
        std::fs::write(&draft, text).map_err(|error| {
            // A part of it is no lockfile, and would lie about.
            let _ = std::fs::remove_file(&draft);
            failed(error.to_string())
        })?;
        std::fs::rename(&draft, path).map_err(|error| failed(error.to_string()))
    }

    /// How many tools are locked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.servers.values().map(BTreeMap::len).sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is different in `now`, in the order of servers and tools.
    #[must_use]
    pub fn changes(&self, now: &Self) -> Vec<DefinitionChange> {
        let names = |lock: &Self| -> Vec<(String, String)> {
            let of = |(server, tools): (&String, &BTreeMap<String, Locked>)| {
                tools.keys().map(|tool| (server.clone(), tool.clone())).collect::<Vec<_>>()
            };
            lock.servers.iter().flat_map(of).collect()
        };
        let mut all = names(self);
        all.extend(names(now));
        all.sort();
        all.dedup();
        let changed = |(server, tool): (String, String)| {
            let definition =
                |lock: &'_ Self| lock.get(&server, &tool).map(|locked| locked.definition.clone());
            let (before, after) = (definition(self), definition(now));
            DefinitionChange::between(server.clone(), tool.clone(), before.as_ref(), after.as_ref())
        };
        all.into_iter().filter_map(changed).collect()
    }

    /// What is different about `entry`, if anything.
    pub(crate) fn change(&self, entry: &ToolEntry) -> Option<DefinitionChange> {
        let (server, tool) = (entry.server(), entry.remote_name());
        let before = self.get(server, tool);
        if before.is_some_and(|before| before.sha256 == digest(entry)) {
            return None;
        }
        let now = Locked::of(entry);
        let before = before.map(|before| &before.definition);
        DefinitionChange::between(server.to_owned(), tool.to_owned(), before, Some(&now.definition))
    }

    fn get(&self, server: &str, tool: &str) -> Option<&Locked> {
        self.servers.get(server)?.get(tool)
    }
}

impl Locked {
    fn of(entry: &ToolEntry) -> Self {
        Self::read(entry.definition())
    }

    fn read(text: &JsonObject) -> Self {
        let definition = match text.read::<Map<String, Value>>() {
            Ok(mut whole) => {
                whole.retain(|member, _| LOCKED.contains(&member.as_str()));
                Value::Object(whole)
            }
            // What cannot be read has no canonical form: it is locked letter by letter.
            Err(_) => Value::String(text.as_str().to_owned()),
        };
        Self { sha256: hash(&definition), definition }
    }
}

/// The hash of a tool's definition, as the lockfile and the records have it. Made once for each definition.
pub(crate) fn digest(entry: &ToolEntry) -> &str {
    entry.digest_with(|definition| Locked::read(definition).sha256)
}

/// Hexadecimal SHA-256 of the canonical form.
fn hash(definition: &Value) -> String {
    // Of a JSON value there is always one.
    let canonical = serde_json_canonicalizer::to_vec(definition).unwrap_or_default();
    Digest::of(&canonical).sha256
}

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        if version == 1 { Ok(Self) } else { Err(format!("expected version 1, found {version}")) }
    }
}

impl From<Version> for u32 {
    fn from(Version: Version) -> Self {
        1
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lock(definition: Value) -> ToolLock {
        let locked = Locked { sha256: hash(&definition), definition };
        let tools = BTreeMap::from([("look_up".to_owned(), locked)]);
        ToolLock { version: Version, servers: BTreeMap::from([("crm".to_owned(), tools)]) }
    }

    #[test]
    fn order_is_no_change_and_every_locked_member_is() {
        let before = lock(json!({"name": "look_up", "inputSchema": {"type": "object", "maxProperties": 10}}));
        let turned = r#"{"inputSchema":{"maxProperties":1e1,"type":"object"},"name":"look_up"}"#;
        let turned: Value = serde_json::from_str(turned).unwrap();
        let Value::Object(mut members) = turned.clone() else { unreachable!() };
        assert_eq!(
            hash(&turned),
            hash(&before.servers["crm"]["look_up"].definition),
            "RFC 8785 section 3.2.2.3"
        );
        for member in ["title", "description", "outputSchema", "annotations"] {
            members.insert(member.to_owned(), json!("x"));
            let changes = before.changes(&lock(Value::Object(members.clone())));
            assert_eq!(changes.len(), 1, "{member}");
            members.remove(member);
        }
    }

    #[test]
    fn a_file_reads_back_and_an_edited_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("toolgate.lock");
        let lock = lock(json!({"name": "look_up", "description": "Looks up."}));
        let none = ToolLock::read(&path).unwrap_err().to_string();
        assert!(none.starts_with("there is no lockfile") && none.contains("`toolgate tools lock`"), "{none}");
        let nowhere = lock.write(folder.path().join("none/toolgate.lock")).unwrap_err().to_string();
        assert!(nowhere.starts_with("cannot write the lockfile"), "{nowhere}");
        lock.write(&path).unwrap();
        assert_eq!(ToolLock::read(&path).unwrap(), lock);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft stays behind");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("Looks up.", "Sends secrets.")).unwrap();
        assert!(ToolLock::read(&path).unwrap_err().to_string().contains("does not match its hash"));
        std::fs::write(&path, text.replace("\"version\": 1", "\"version\": 2")).unwrap();
        assert!(ToolLock::read(&path).unwrap_err().to_string().contains("expected version 1"));
    }

    #[test]
    fn what_does_not_reach_a_model_is_not_locked() {
        let read = |text: &str| Locked::read(&JsonObject::parse(text).unwrap());
        let plain = read(r#"{"name":"a","description":"b","inputSchema":{"type":"object"}}"#);
        let more = read(r#"{"_meta":{"at":1},"name":"a","description":"b","inputSchema":{"type":"object"}}"#);
        assert_eq!(plain, more);
        assert_eq!(plain.definition["description"], "b");
        assert!(plain.definition.get("_meta").is_none());
    }

    #[test]
    fn tools_that_come_and_go_are_told_in_their_order() {
        let locked = |server: &str, tools: &[&str]| {
            let of = |tool: &&str| {
                let definition = json!({"name": *tool, "description": format!("Does {tool}.")});
                ((*tool).to_owned(), Locked { sha256: hash(&definition), definition })
            };
            (server.to_owned(), tools.iter().map(of).collect())
        };
        let lock = |servers: Vec<(String, BTreeMap<String, Locked>)>| ToolLock {
            version: Version,
            servers: servers.into_iter().collect(),
        };
        let before = lock(vec![locked("b", &["kept", "gone"]), locked("c", &["left"])]);
        let after = lock(vec![locked("a", &["first"]), locked("b", &["kept", "new"])]);
        let shown: Vec<String> = before.changes(&after).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["+ a: first  Does first.", "- b: gone", "+ b: new  Does new.", "- c: left"]);
        assert!(before.changes(&before).is_empty());
        assert_eq!((before.len(), before.is_empty()), (3, false));
        assert_eq!((ToolLock::default().len(), ToolLock::default().is_empty()), (0, true));
    }
}
