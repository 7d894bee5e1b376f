//! Tool names for Gemini, which wants a letter or an underscore first (`FunctionDeclaration.name`).

use toolgate_tool_types::{Tool, ToolName};

use crate::dialect::format::Aliases;

/// The tools whose names are not accepted, each with the name that stands for it: reversible, and the same for the
/// same tools.
pub(in crate::dialect) fn aliases(tools: &[Tool]) -> Aliases {
    let mut aliases = Aliases::new();
    for tool in tools.iter().filter(|tool| !is_accepted(tool.name.as_str())) {
        let taken = |alias: &str| {
            tools.iter().any(|other| other.name.as_str() == alias)
                || aliases.iter().any(|(_, other)| **other == *alias)
        };
        let mut alias = alias(tool.name.as_str());
        while taken(&alias) {
            alias = self::alias(&alias);
        }
        aliases.push((tool.name.as_str().into(), alias.into()));
    }
    aliases
}

pub(super) fn is_accepted(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// An underscore in front; the end gives way where the name would grow too long.
pub(super) fn alias(name: &str) -> String {
    std::iter::once('_').chain(name.chars()).take(ToolName::MAX_LEN).collect()
}

#[cfg(test)]
mod tests {
    use toolgate_tool_types::JsonObject;

    use super::*;

    #[test]
    fn aliases_are_accepted_and_differ() {
        let long = format!("9{}", "a".repeat(63));
        let longer = format!("{}b", &long[..63]);
        let names = ["plain", "3d_print", "_3d_print", "-x", &long, &longer];
        let tools: Vec<Tool> =
            names.map(|name| Tool::new(name.parse().unwrap(), "", JsonObject::empty())).into();
        let aliases = aliases(&tools);
        let known: Vec<&str> = aliases.iter().map(|(_, alias)| &**alias).collect();
        assert_eq!(&known[..2], ["__3d_print", "_-x"]);
        assert!(known.iter().all(|alias| is_accepted(alias) && alias.len() <= 64));
        assert_ne!(known[2], known[3]);
    }
}
