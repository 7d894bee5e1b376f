//! The client's own tools: shown to the model, never run here.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use toolgate::{JsonObject, Tool, ToolName};
use toolgate_llm_providers::ToolChoice;

use super::text_or::TextOr;
use crate::refusal::Refusal;

/// A tool as it is sent.
#[derive(Deserialize)]
pub(super) struct Incoming {
    r#type: String,
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    description: Option<Arc<str>>,
    parameters: Option<Box<RawValue>>,
}

/// `tool_choice` as it is sent.
pub(super) type Choice = TextOr<Named>;

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    function: Option<Name>,
    allowed_tools: Option<Allowed>,
}

#[derive(Debug, Deserialize)]
struct Name {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Allowed {
    mode: String,
    tools: Vec<Named>,
}

pub(super) fn parse(incoming: Vec<Incoming>) -> Result<Vec<Tool>, Refusal> {
    let read = |(place, tool): (usize, Incoming)| {
        let wrong = |what: String| Refusal::invalid(&format!("tools[{place}]"), what);
        let function = match tool.function {
            Some(function) if tool.r#type == "function" => function,
            _ => return Err(wrong("expected a tool of type function".to_owned())),
        };
        let name = ToolName::new(&function.name).map_err(|error| wrong(error.to_string()))?;
        let schema = match function.parameters {
            Some(parameters) => JsonObject::from_raw(parameters).map_err(|error| wrong(error.to_string()))?,
            None => JsonObject::parse(r#"{"type":"object","properties":{}}"#)
                .map_err(|error| wrong(error.to_string()))?,
        };
        Ok(Tool::new(name, function.description.unwrap_or_default(), schema))
    };
    incoming.into_iter().enumerate().map(read).collect()
}

/// The choice, which must be one that `tools` allow. Where it allows some of them, the others are not offered.
pub(super) fn choose(choice: Choice, tools: &mut Vec<Tool>) -> Result<ToolChoice, Refusal> {
    match choice {
        Choice::Text(word) => mode(&word, tools),
        Choice::Other(Named { function: Some(function), .. }) => {
            named(&function, tools).map(|tool| ToolChoice::Tool(tool.name.clone()))
        }
        Choice::Other(Named { allowed_tools: Some(allowed), .. }) => {
            *tools = allowed.of(tools)?;
            match allowed.mode.as_str() {
                word @ ("auto" | "required") => mode(word, tools),
                _ => Err(wrong("expected auto or required as mode of allowed_tools")),
            }
        }
        Choice::Other(_) => Err(wrong(EXPECTED)),
    }
}

const EXPECTED: &str = "expected auto, none, required, a function or allowed_tools";

fn wrong(what: &str) -> Refusal {
    Refusal::invalid("tool_choice", what)
}

fn mode(word: &str, tools: &[Tool]) -> Result<ToolChoice, Refusal> {
    match word {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        // Of the servers' tools, each answer would ask for one, and the conversation had no end.
        "required" if tools.is_empty() => Err(wrong(
            "required needs tools of your own in the request: leave it out, or name them under tools",
        )),
        "required" => Ok(ToolChoice::Required),
        _ => Err(wrong(EXPECTED)),
    }
}

fn named<'a>(function: &Name, tools: &'a [Tool]) -> Result<&'a Tool, Refusal> {
    let named = tools.iter().find(|tool| tool.name.as_str() == function.name);
    named.ok_or_else(|| wrong(&format!("{:?} is none of the tools of this request", function.name)))
}

impl Allowed {
    /// Those of `tools` that are allowed, which is one at least: with none the servers' would be offered.
    fn of(&self, tools: &[Tool]) -> Result<Vec<Tool>, Refusal> {
        if self.tools.is_empty() {
            return Err(wrong("expected one function at least under allowed_tools; none allows no tool"));
        }
        let names = self.tools.iter().map(|allowed| {
            let function = allowed.function.as_ref();
            function.ok_or_else(|| wrong("expected tools of type function under allowed_tools"))
        });
        let allowed = names.map(|name| named(name?, tools)).collect::<Result<Vec<_>, _>>()?;
        Ok(tools
            .iter()
            .filter(|tool| allowed.iter().any(|allowed| allowed.name == tool.name))
            .cloned()
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_read_and_other_kinds_are_refused() {
        let read = |text: &str| parse(serde_json::from_str(text).unwrap());
        let tools =
            read(r#"[{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]"#);
        let tools = tools.unwrap();
        assert_eq!(tools[0].input_schema.as_str(), r#"{"type": "object"}"#);
        assert!(read(r#"[{"type": "web_search"}]"#).is_err());
        assert!(read(r#"[{"type": "function", "function": {"name": "a b"}}]"#).is_err());
        let choice = |text: &str| choose(serde_json::from_str(text).unwrap(), &mut tools.clone());
        assert_eq!(choice("\"required\""), Ok(ToolChoice::Required));
        let named = choice(r#"{"type": "function", "function": {"name": "look"}}"#);
        assert_eq!(named, Ok(ToolChoice::Tool(ToolName::new("look").unwrap())));
        assert!(choice(r#"{"type": "function", "function": {"name": "other"}}"#).is_err());
        assert!(choice(r#"{"type": "custom", "custom": {"name": "look"}}"#).is_err());
        assert!(choice("\"sometimes\"").is_err());
        let of_none = |word: &str| choose(Choice::Text(word.into()), &mut Vec::new());
        assert!(of_none("required").is_err(), "it would be passed over");
        assert_eq!((of_none("auto"), of_none("none")), (Ok(ToolChoice::Auto), Ok(ToolChoice::None)));
    }

    /// OpenAI API, `ChatCompletionAllowedToolsChoice`: "Constrains the tools available to the model to a pre-defined set."
    #[test]
    fn of_several_tools_those_are_offered_that_are_allowed() {
        let function = |name: &str| format!(r#"{{"type": "function", "function": {{"name": "{name}"}}}}"#);
        let brought = ["look", "listen", "wait"].map(function).join(", ");
        let chosen = |mode: &str, allowed: &str| {
            let mut tools = parse(serde_json::from_str(&format!("[{brought}]")).unwrap()).unwrap();
            let choice = format!(
                r#"{{"type": "allowed_tools", "allowed_tools": {{"mode": "{mode}", "tools": [{allowed}]}}}}"#
            );
            let choice = choose(serde_json::from_str(&choice).unwrap(), &mut tools)?;
            Ok::<_, Refusal>((choice, tools.iter().map(|tool| tool.name.to_string()).collect::<Vec<_>>()))
        };
        let two = ["wait", "look"].map(function).join(", ");
        let found = chosen("auto", &two).unwrap();
        assert_eq!(found, (ToolChoice::Auto, vec!["look".to_owned(), "wait".to_owned()]));
        assert_eq!(chosen("required", &two).unwrap().0, ToolChoice::Required);
        for (mode, allowed, says) in [
            ("auto", "", "one function at least"),
            ("none", &*two, "auto or required"),
            ("auto", r#"{"type": "custom"}"#, "type function"),
            ("auto", &*function("other"), r#"\"other\" is none of the tools"#),
        ] {
            let said = chosen(mode, allowed).unwrap_err().json();
            assert!(said.contains(says), "{said}");
        }
    }
}
