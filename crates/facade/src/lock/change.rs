//! What is different about a tool's definition, for people to read.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// What is different about one tool.
///
/// ```
/// # use toolgate::{DefinitionChange, ToolLock};
/// /// The tools that say something else than what was approved.
/// fn changed(approved: &ToolLock, now: &ToolLock) {
///     for change in approved.changes(now) {
///         if let DefinitionChange::Changed { server, tool, members } = change {
///             for member in members {
///                 println!("{server} {tool} {}: {:?} was {:?}", member.pointer, member.after, member.before);
///             }
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DefinitionChange {
    /// The server offers a tool that is not locked.
    Added {
        /// The server.
        server: String,
        /// The server's name for the tool.
        tool: String,
        /// What it says of itself.
        description: String,
    },
    /// A locked tool is gone.
    Removed {
        /// The server.
        server: String,
        /// The server's name for the tool.
        tool: String,
    },
    /// The tool is not what was locked.
    Changed {
        /// The server.
        server: String,
        /// The server's name for the tool.
        tool: String,
        /// The members that differ.
        members: Vec<MemberChange>,
    },
}

/// One member that differs, at its innermost place.
///
/// See the example of [`DefinitionChange`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MemberChange {
    /// JSON pointer (RFC 6901) into the definition.
    pub pointer: String,
    /// What was locked there, as JSON.
    pub before: Option<String>,
    /// What is there now, as JSON.
    pub after: Option<String>,
}

impl DefinitionChange {
    pub(super) fn between(
        server: String,
        tool: String,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Option<Self> {
        match (before, after) {
            (None, None) => None,
            (None, Some(after)) => {
                let description = after.get("description").and_then(Value::as_str).unwrap_or_default();
                Some(Self::Added { server, tool, description: description.to_owned() })
            }
            (Some(_), None) => Some(Self::Removed { server, tool }),
            (Some(before), Some(after)) => {
                let mut members = Vec::new();
                compare(String::new(), Some(before), Some(after), &mut members);
                (!members.is_empty()).then_some(Self::Changed { server, tool, members })
            }
        }
    }
}

/// Collects the innermost places where two values differ.
fn compare(pointer: String, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<MemberChange>) {
    if before == after {
        return;
    }
    if let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) {
        let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let place = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            compare(place, old.get(name), new.get(name), out);
        }
        return;
    }
    let text = |value: Option<&Value>| value.map(ToString::to_string);
    out.push(MemberChange { pointer, before: text(before), after: text(after) });
}

/// One line per place: `+` what is new, `-` what is gone, `~` what was changed.
impl fmt::Display for DefinitionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { server, tool, description } => {
                let first = description.lines().next().unwrap_or_default();
                write!(f, "+ {server}: {tool}  {first}")
            }
            Self::Removed { server, tool } => write!(f, "- {server}: {tool}"),
            Self::Changed { server, tool, members } => {
                write!(f, "~ {server}: {tool}")?;
                for member in members {
                    // Its names are the server's: they could write lines of their own.
                    write!(f, "\n    {}", member.pointer.escape_debug())?;
                    if let Some(before) = &member.before {
                        write!(f, "\n    - {before}")?;
                    }
                    if let Some(after) = &member.after {
                        write!(f, "\n    + {after}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_shown_at_its_innermost_place() {
        let before = json!({"name": "a", "inputSchema": {"properties": {"x/y": {"type": "string"}}}});
        let after =
            json!({"name": "a", "inputSchema": {"properties": {"x/y": {"type": "number"}}}, "title": "A"});
        let change =
            DefinitionChange::between("crm".into(), "a".into(), Some(&before), Some(&after)).unwrap();
        assert_eq!(
            change.to_string(),
            "~ crm: a\n    /inputSchema/properties/x~1y/type\n    - \"string\"\n    + \"number\"\n    /title\n    + \"A\""
        );
        let forged = json!({"name": "a", "inputSchema": {"properties": {"b\n+ crm: c": {}}}});
        let change =
            DefinitionChange::between("crm".into(), "a".into(), Some(&forged), Some(&after)).unwrap();
        assert!(!change.to_string().contains("\n+ crm"), "{change}");
        let removed = DefinitionChange::between("crm".into(), "a".into(), Some(&before), None).unwrap();
        assert_eq!(removed.to_string(), "- crm: a");
    }
}
