//! Tool names for Gemini, which wants a letter or an underscore first (`FunctionDeclaration.name`).

use std::borrow::Cow;

use toolgate_tool_types::Tool;

use crate::dialect::aliases::{self, Aliases};

/// The tools whose names are not accepted, each with the name that stands for it.
pub(in crate::dialect) fn aliases(tools: &[Tool]) -> Aliases {
    aliases::distinct(tools, is_accepted, spelled)
}

fn is_accepted(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// The name of a call in history, of which nobody else has need.
pub(super) fn of_call(plain: Cow<'_, str>) -> Cow<'_, str> {
    if is_accepted(&plain) { plain } else { spelled(0, &plain).into() }
}

/// An underscore in front, and a number where there are others.
fn spelled(number: u32, name: &str) -> String {
    let front = if number == 0 { "_".to_owned() } else { format!("_{number}_") };
    aliases::fronted(&front, name.chars())
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
        assert_eq!(&known[..2], ["_1_3d_print", "_-x"]);
        assert!(known.iter().all(|alias| is_accepted(alias) && alias.len() <= 64));
        assert_ne!(known[2], known[3]);
    }
}
