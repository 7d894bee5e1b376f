//! Names that stand for tools' names which a dialect does not accept: reversible, the same for the same tools, and found
//! whatever names a server has chosen.

use std::collections::HashSet;
use std::sync::Arc;

use toolgate_tool_types::{Tool, ToolName};

/// Names of tools, each with the one that stands for it.
pub(crate) type Aliases = Vec<(Arc<str>, Arc<str>)>;

/// For dialects that accept every tool's name.
pub(super) fn none(_: &[Tool]) -> Aliases {
    Vec::new()
}

/// An alias for each tool whose name is not accepted. `spelled` makes one of the name that differs with each number.
pub(super) fn distinct(
    tools: &[Tool],
    is_accepted: fn(&str) -> bool,
    spelled: fn(u32, &str) -> String,
) -> Aliases {
    let mut taken: HashSet<String> = tools.iter().map(|tool| tool.name.as_str().to_owned()).collect();
    let mut aliases = Aliases::new();
    // One number for all: names that are cut to the same text would try the same numbers again and again.
    let mut numbers = 1..;
    for tool in tools.iter().filter(|tool| !is_accepted(tool.name.as_str())) {
        let name = tool.name.as_str();
        let alias = std::iter::once(0).chain(&mut numbers).map(|number| spelled(number, name));
        let alias = alias.into_iter().find(|alias| taken.insert(alias.clone()));
        aliases.extend(alias.map(|alias| (name.into(), alias.into())));
    }
    aliases
}

/// `name` with something in front; the end gives way where it would grow too long.
pub(super) fn fronted(front: &str, name: impl Iterator<Item = char>) -> String {
    front.chars().chain(name).take(ToolName::MAX_LEN).collect()
}

#[cfg(test)]
mod tests {
    use toolgate_tool_types::JsonObject;

    use super::*;
    use crate::Dialect;

    /// Each takes what would stand for another, up to names that cannot grow any more.
    #[test]
    fn a_server_that_takes_every_alias_gets_others() {
        let underscores = |count| "_".repeat(count);
        let mut names: Vec<String> = (1..=64).map(underscores).collect();
        names.extend((0..64).map(|count| format!("{}9{}", underscores(count), "a".repeat(63 - count))));
        names.extend((1..64).map(|number| format!("_{number}_9{}", "a".repeat(50))));
        names.extend(["f_9", "f1_9", "f2_9", "9"].map(str::to_owned));
        let tools: Vec<Tool> =
            names.iter().map(|name| Tool::new(name.parse().unwrap(), "", JsonObject::empty())).collect();
        for dialect in Dialect::ALL {
            let aliases = (dialect.format().aliases)(&tools);
            let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
            all.extend(aliases.iter().map(|(_, alias)| &**alias));
            let many = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), many, "{dialect}: two tools have one name");
            assert!(aliases.iter().all(|(_, alias)| alias.len() <= ToolName::MAX_LEN), "{dialect}");
        }
    }
}
