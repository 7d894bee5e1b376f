//! Which definition of each tool is approved: the one that was first seen, or the one that the operator approved. A changed
//! one is withheld until then (CVE-2025-54136).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use sha2::{Digest, Sha256};
use toolgate_tool_types::ToolName;

use crate::ToolEntry;
use crate::definition::Definition;
use crate::flag::{Finding, Flag};

/// The members of a definition that are pinned: what a model sees or a client acts on.
const PINNED: [&str; 6] = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];

/// The most tools of one server that are approved on sight, all of its lists together: ten lists of as many as one may have, each of
/// other names. Whoever lists more makes them up.
pub(crate) const MOST: usize = 10_000;

/// The SHA-256 of a definition whose members are in order: theirs is no change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(definition: &Value) -> Self {
        let mut text = String::new();
        for member in PINNED {
            write_canonical(definition.get(member).unwrap_or(&Value::Null), &mut text);
            text.push('\n');
        }
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

/// The approved definitions, by server and the name here: a policy and a model know a tool by no other. The server's own name for
/// it is in the fingerprint, so another tool under the same name here is a change.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    approved: Mutex<HashMap<Arc<str>, HashMap<ToolName, Pin>>>,
    offer_flagged: bool,
}

#[derive(Debug, Clone, Copy)]
struct Pin {
    fingerprint: Fingerprint,
    /// Whether it is approved in spite of what its texts look like.
    flagged: bool,
}

impl Pin {
    fn of(definition: &Definition) -> Self {
        Self { fingerprint: definition.fingerprint, flagged: !definition.flags.is_empty() }
    }
}

impl Pins {
    pub(crate) fn offer_flagged(&mut self, offered: bool) {
        self.offer_flagged = offered;
    }

    /// What there is to say of this definition under the name `name`, and whether it is offered. A first one without a flag is
    /// approved by this.
    pub(crate) fn judge(
        &self,
        server: &Arc<str>,
        name: &ToolName,
        definition: &Definition,
    ) -> (Vec<Flag>, bool) {
        let mut flags = definition.flags.clone();
        let mut approved = self.approved.lock().unwrap_or_else(PoisonError::into_inner);
        let approved = approved.entry(server.clone()).or_default();
        match approved.get(name) {
            Some(pin) if pin.fingerprint == definition.fingerprint => (flags, true),
            Some(_) => {
                flags.push(Flag { pointer: String::new(), finding: Finding::Changed });
                (flags, false)
            }
            // None is forgotten: a server could have it so, and come back with another.
            None if approved.len() >= MOST => {
                flags.push(Flag { pointer: String::new(), finding: Finding::TooMany });
                (flags, false)
            }
            None if flags.is_empty() || self.offer_flagged => {
                approved.insert(name.clone(), Pin::of(definition));
                (flags, true)
            }
            None => (flags, false),
        }
    }

    pub(crate) fn approve(&self, entry: &ToolEntry) {
        let mut approved = self.approved.lock().unwrap_or_else(PoisonError::into_inner);
        let approved = approved.entry(entry.server.clone()).or_default();
        approved.insert(entry.name().clone(), Pin::of(&entry.definition));
    }

    /// Takes over what `before` has of `server`, but for what was approved in spite of its flags: whoever said so may not say it any
    /// more.
    pub(crate) fn take_over(&self, before: &Self, server: &Arc<str>) {
        let of_server = before.approved.lock().unwrap_or_else(PoisonError::into_inner).get(server).cloned();
        let pins = of_server.into_iter().flatten().filter(|(_, pin)| !pin.flagged);
        self.approved
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(Arc::clone(server))
            .or_default()
            .extend(pins);
    }
}

/// JSON with sorted members and no space (in the manner of RFC 8785).
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| name.as_str());
            out.push('{');
            for (name, member) in sorted {
                // Writing to a text does not fail.
                let _ = write!(out, "{}:", Value::from(name.as_str()));
                write_canonical(member, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        scalar => {
            let _ = write!(out, "{scalar}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_is_no_change_and_anything_pinned_is() {
        let text = r#"{"name":"a","inputSchema":{"type":"object","properties":{"b":{},"a":{}}}}"#;
        let turned = r#"{"inputSchema":{"properties":{"a":{},"b":{}},"type":"object"},"name":"a"}"#;
        let of = |text: &str| Fingerprint::of(&serde_json::from_str(text).unwrap());
        assert_eq!(of(text), of(turned));
        let one = json!({"name": "a", "description": "x"});
        for other in [
            json!({"name": "a", "title": "x"}),
            json!({"name": "a"}),
            json!({"name": "ax", "description": ""}),
        ] {
            assert_ne!(Fingerprint::of(&one), Fingerprint::of(&other), "{other}");
        }
        assert_eq!(
            Fingerprint::of(&one),
            Fingerprint::of(&json!({"name": "a", "description": "x", "_meta": {"n": 1}}))
        );
    }
}
