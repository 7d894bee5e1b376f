//! The client's own tools: shown to the model, never run here.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use toolgate::{JsonObject, Tool, ToolName};
use toolgate_llm_providers::ToolChoice;

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
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Choice {
    Word(String),
    Function { function: Named },
}

#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
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

impl Choice {
    /// The choice, which must be one that `tools` allow.
    pub(super) fn read(self, tools: &[Tool]) -> Result<ToolChoice, Refusal> {
        let wrong = |what: &str| Refusal::invalid("tool_choice", what);
        match self {
            Self::Word(word) => match word.as_str() {
                "auto" => Ok(ToolChoice::Auto),
                "none" => Ok(ToolChoice::None),
                // Of the servers' tools, each answer would ask for one, and the conversation had no end.
                "required" if tools.is_empty() => Err(wrong(
                    "required needs tools of your own in the request: leave it out, or name them under tools",
                )),
                "required" => Ok(ToolChoice::Required),
                _ => Err(wrong("expected auto, none, required or a function")),
            },
            Self::Function { function } => {
                let named = tools.iter().find(|tool| tool.name.as_str() == function.name);
                let named = named.ok_or_else(|| wrong("it names none of the tools of this request"))?;
                Ok(ToolChoice::Tool(named.name.clone()))
            }
        }
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
        let choice = |text: &str| serde_json::from_str::<Choice>(text).unwrap().read(&tools);
        assert_eq!(choice("\"required\""), Ok(ToolChoice::Required));
        let named = choice(r#"{"type": "function", "function": {"name": "look"}}"#);
        assert_eq!(named, Ok(ToolChoice::Tool(ToolName::new("look").unwrap())));
        assert!(choice(r#"{"type": "function", "function": {"name": "other"}}"#).is_err());
        assert!(choice("\"sometimes\"").is_err());
        let of_none = |word: &str| Choice::Word(word.to_owned()).read(&[]);
        assert!(of_none("required").is_err(), "it would be passed over");
        assert_eq!((of_none("auto"), of_none("none")), (Ok(ToolChoice::Auto), Ok(ToolChoice::None)));
    }
}
