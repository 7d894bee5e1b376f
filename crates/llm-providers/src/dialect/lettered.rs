//! Names of tools that begin with a letter: "function name is invalid, must start with a letter and can contain letters, numbers,
//! underscores, and dashes" (Moonshot), and all tools cost the request that one of them costs.

use std::borrow::Cow;

use toolgate_tool_types::Tool;

use super::aliases::{self, Aliases};

/// The tools whose names are not accepted, each with the name that stands for it.
pub(super) fn aliases(tools: &[Tool]) -> Aliases {
    aliases::distinct(tools, is_accepted, spelled)
}

/// The name of a call in history, of which nobody else has need.
pub(super) fn of_call(plain: Cow<'_, str>) -> Cow<'_, str> {
    if is_accepted(&plain) { plain } else { spelled(0, &plain).into() }
}

fn is_accepted(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// A letter in front, and a number where there are others.
fn spelled(number: u32, name: &str) -> String {
    let front = if number == 0 { "f_".to_owned() } else { format!("f{number}_") };
    aliases::fronted(&front, name.chars())
}

#[cfg(test)]
mod tests {
    use toolgate_tool_types::JsonObject;

    use super::*;

    #[test]
    fn aliases_begin_with_a_letter_and_differ() {
        let long = format!("9{}", "a".repeat(63));
        let longer = format!("{}b", &long[..63]);
        let names = ["plain-x", "21st_magic", "f_21st_magic", "_x", "-x", &long, &longer];
        let tools: Vec<Tool> =
            names.map(|name| Tool::new(name.parse().unwrap(), "", JsonObject::empty())).into();
        let known: Vec<String> = aliases(&tools).iter().map(|(_, alias)| alias.to_string()).collect();
        assert_eq!(&known[..3], ["f1_21st_magic", "f__x", "f_-x"]);
        assert!(known.iter().all(|alias| is_accepted(alias) && alias.len() <= 64));
        assert_ne!(known[3], known[4]);
        assert_eq!((of_call("9".into()), of_call("a".into())), ("f_9".into(), "a".into()));
    }
}
