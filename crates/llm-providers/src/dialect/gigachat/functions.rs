//! Tools as functions. A name is made of Latin letters, of `_` and digits after the first: others have one that stands for
//! them.

use std::borrow::Cow;

use serde_json::value::RawValue;
use toolgate_tool_types::Tool;

use super::wire;
use crate::dialect::aliases::{self, Aliases};
use crate::dialect::{RenderedTools, tools};

pub(super) fn render(tools: &RenderedTools) -> Option<Box<RawValue>> {
    let function = |tool| function(tools, tool);
    let functions: Vec<wire::Function<'_>> = tools.tools().iter().map(function).collect();
    serde_json::value::to_raw_value(&functions).ok()
}

fn function<'a>(tools: &'a RenderedTools, tool: &'a Tool) -> wire::Function<'a> {
    wire::Function {
        name: tools.alias(tool.name.as_str()),
        description: &tool.description,
        parameters: match tools::object_schema(&tool.input_schema) {
            Some(completed) => Cow::Owned(completed),
            None => Cow::Borrowed(tool.input_schema.as_raw()),
        },
    }
}

/// The name of a function that was offered, or called in another conversation.
pub(super) fn name<'a>(tools: &'a RenderedTools, name: &'a str) -> Cow<'a, str> {
    match tools.alias(name) {
        alias if is_accepted(alias) => Cow::Borrowed(alias),
        other => Cow::Owned(spelled(0, other)),
    }
}

pub(super) fn aliases(tools: &[Tool]) -> Aliases {
    aliases::distinct(tools, is_accepted, spelled)
}

fn is_accepted(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A letter in front, and a number where there are others.
fn spelled(number: u32, name: &str) -> String {
    let front = if number == 0 { "f_".to_owned() } else { format!("f{number}_") };
    aliases::fronted(&front, name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }))
}

#[cfg(test)]
mod tests {
    use toolgate_tool_types::JsonObject;

    use super::*;

    #[test]
    fn aliases_are_accepted_and_differ() {
        let long = format!("{}-", "a".repeat(63));
        let longer = format!("{}-a", "a".repeat(62));
        let names = ["plain", "get-time", "f_get_time", "3d_print", "_x", &long, &longer];
        let tools: Vec<Tool> =
            names.map(|name| Tool::new(name.parse().unwrap(), "", JsonObject::empty())).into();
        let known: Vec<String> = aliases(&tools).iter().map(|(_, alias)| alias.to_string()).collect();
        assert_eq!(&known[..3], ["f1_get_time", "f_3d_print", "f__x"]);
        assert!(known.iter().all(|alias| is_accepted(alias) && alias.len() <= 64));
        assert_ne!(known[3], known[4]);
    }
}
