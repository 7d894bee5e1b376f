//! Scripts: what a model answers to what, as data.
//!
//! A script is a list of rules, of which the first that fits answers. It is written in TOML or JSON, or built in Rust:
//!
//! ```
//! use toolgate_testkit::models::Script;
//! let script = Script::from_toml(r#"
//! otherwise.text = "I do not know."
//!
//! [[rule]]
//! when.user = "(?i)who is (?<customer>[A-Z0-9]+)"
//! then.calls = [{ tool = "get_customer_info", arguments = { customer_id = "{customer}" } }]
//!
//! [[rule]]
//! when.results = ["get_customer_info"]
//! then.text = "They are {result:/name}."
//! "#);
//! ```

use std::time::Duration;

use regex::{Captures, Regex};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::canonical::{Arguments, Call, Conversation, Reply, ToolResult};
use super::template::Sources;

/// Ordered rules, and what to do when none fits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Tried in this order.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
    /// The catch-all.
    pub otherwise: Action,
}

/// One rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What must be the case.
    pub when: When,
    /// What to do then.
    pub then: Action,
}

/// The condition of a rule. Everything that is set must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The latest user text matches.
    pub user: Option<Pattern>,
    /// The conversation ends with tool results, among them one of each of these tools (of any, if none is named).
    /// Not set: it ends with the user's text.
    pub results: Option<Vec<String>>,
    /// Whether the last result is marked as an error. OpenAI's dialect has no such mark.
    pub is_error: Option<bool>,
    /// The last result fulfils all of these.
    pub result: Vec<Condition>,
    /// Fewer results than this since the user last spoke.
    pub fewer_than: Option<usize>,
}

/// A condition on a value inside the last tool result.
#[derive(Clone, Debug, Deserialize)]
pub struct Condition {
    /// JSON Pointer (RFC 6901).
    pub at: String,
    /// What must be true of the value there.
    #[serde(flatten)]
    pub test: Test,
}

/// What must be true of a value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// A greater number.
    Above(f64),
    /// The same number or a smaller one.
    AtMost(f64),
    /// This value.
    Equals(Value),
    /// It is there, or it is not.
    Present(bool),
}

/// What to do: a fault, or else text and calls, or one of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Action {
    /// The text of the reply, with placeholders as told [here](super#templates).
    pub text: Option<String>,
    /// Calls of the reply; several are parallel.
    pub calls: Vec<ScriptedCall>,
    /// An error response instead of a reply.
    pub fault: Option<Fault>,
    /// Milliseconds to wait before the response.
    pub delay_ms: u64,
}

/// A tool call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptedCall {
    /// Name of the tool.
    pub tool: String,
    /// An object, in whose strings placeholders are filled; or a string that is sent as it is, to play a model that
    /// writes something other than a JSON object.
    #[serde(default)]
    pub arguments: ScriptedArguments,
}

/// Arguments of a [`ScriptedCall`].
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum ScriptedArguments {
    /// Arguments as they should be.
    Object(Map<String, Value>),
    /// Anything else.
    Raw(String),
}

impl Default for ScriptedArguments {
    fn default() -> Self {
        Self::Object(Map::new())
    }
}

/// An error response.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// HTTP status.
    pub status: u16,
    /// The body; without one, an error body of the API that was asked.
    pub body: Option<Value>,
}

/// A regular expression over user texts.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(Regex);

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(pattern: String) -> Result<Self, regex::Error> {
        Regex::new(&pattern).map(Self)
    }
}

impl Pattern {
    /// # Panics
    ///
    /// If it is not a regular expression.
    pub fn new(pattern: &str) -> Self {
        Self(Regex::new(pattern).expect("a regular expression"))
    }
}

/// What a script makes of a conversation.
#[derive(Debug)]
pub(crate) enum Answer {
    Reply(Reply),
    Fault(Fault),
}

impl Script {
    /// The scenarios of the demo, and those that tests of limits and refusals need: see `demo.toml`.
    pub fn demo() -> Self {
        Self::from_toml(include_str!("demo.toml"))
    }

    /// Reads a script written in TOML.
    ///
    /// # Panics
    ///
    /// If it is not one.
    pub fn from_toml(text: &str) -> Self {
        toml::from_str(text).expect("a script in TOML")
    }

    /// Reads a script written in JSON.
    ///
    /// # Panics
    ///
    /// If it is not one.
    pub fn from_json(text: &str) -> Self {
        serde_json::from_str(text).expect("a script in JSON")
    }

    /// A script without rules, that always answers `text`.
    pub fn saying(text: &str) -> Self {
        Self { rules: Vec::new(), otherwise: Action { text: Some(text.to_owned()), ..Action::default() } }
    }

    /// Adds a rule behind the others.
    #[must_use]
    pub fn with_rule(mut self, when: When, then: Action) -> Self {
        self.rules.push(Rule { when, then });
        self
    }

    /// What the first rule that fits answers, and how long to wait before.
    pub(crate) fn answer(&self, conversation: &Conversation) -> (Answer, Duration) {
        let rule = self.rules.iter().find(|rule| rule.when.holds(conversation));
        let action = rule.map_or(&self.otherwise, |rule| &rule.then);
        let captures = rule.and_then(|rule| rule.when.captures(conversation.asked()));
        let sources = Sources { captures, results: conversation.results() };
        (action.answer(&sources), Duration::from_millis(action.delay_ms))
    }
}

impl When {
    fn holds(&self, conversation: &Conversation) -> bool {
        let asked = self.user.is_none() || self.captures(conversation.asked()).is_some();
        let latest = conversation.latest_results();
        let ending = match &self.results {
            None => conversation.ends_with_user(),
            Some(tools) => {
                let returned = |tool: &String| latest.iter().any(|result| result.tool == *tool);
                !latest.is_empty() && tools.iter().all(returned)
            }
        };
        let last = latest.last();
        asked
            && ending
            && self.is_error.is_none_or(|is_error| last.is_some_and(|last| last.is_error == is_error))
            && self.result.iter().all(|condition| last.is_some_and(|last| condition.holds(last)))
            && self.fewer_than.is_none_or(|limit| conversation.results().len() < limit)
    }

    fn captures<'a>(&self, asked: &'a str) -> Option<Captures<'a>> {
        self.user.as_ref().and_then(|Pattern(pattern)| pattern.captures(asked))
    }
}

impl Condition {
    fn holds(&self, result: &ToolResult) -> bool {
        let value = result.content.pointer(&self.at);
        let number = value.and_then(Value::as_f64);
        match &self.test {
            Test::Above(limit) => number.is_some_and(|number| number > *limit),
            Test::AtMost(limit) => number.is_some_and(|number| number <= *limit),
            Test::Equals(wanted) => value == Some(wanted),
            Test::Present(wanted) => value.is_some() == *wanted,
        }
    }
}

impl Action {
    fn answer(&self, sources: &Sources<'_>) -> Answer {
        if let Some(fault) = &self.fault {
            return Answer::Fault(fault.clone());
        }
        let calls = self.calls.iter().map(|call| Call {
            tool: call.tool.clone(),
            arguments: match &call.arguments {
                ScriptedArguments::Object(map) => Arguments::Object(sources.fill_all(map)),
                ScriptedArguments::Raw(text) => Arguments::Raw(text.clone()),
            },
        });
        Answer::Reply(Reply {
            text: self.text.as_ref().map(|text| sources.fill(text)),
            calls: calls.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::canonical::Item;
    use super::*;

    fn said(script: &Script, items: Vec<Item>) -> String {
        match script.answer(&Conversation { items }).0 {
            Answer::Reply(reply) => reply.text.unwrap_or_default(),
            Answer::Fault(fault) => fault.status.to_string(),
        }
    }

    fn ending_with(is_error: bool, text: &str) -> Vec<Item> {
        let result = Item::Result(ToolResult::new("look", is_error, text));
        vec![Item::User("Look.".to_owned()), Item::Model, result]
    }

    #[test]
    fn the_first_rule_that_fits_answers() {
        let script = Script::from_toml(
            r#"
            otherwise.text = "otherwise"
            rule = [
                { when.results = ["other"], then.text = "never" },
                { when.results = ["look"], when.is_error = true, then.fault.status = 500 },
                { when.results = [], when.result = [{ at = "/kind", equals = "cat" }], then.text = "a cat" },
                { when.results = [], when.result = [{ at = "/kind", present = false }], then.text = "nothing" },
                { when.results = [], when.result = [{ at = "/age", above = 5 }], then.text = "old" },
                { when.results = [], when.result = [{ at = "/age", at_most = 5 }], then.text = "young" },
            ]"#,
        );
        assert_eq!(said(&script, vec![Item::User("Look.".to_owned())]), "otherwise");
        assert_eq!(said(&script, ending_with(true, "{}")), "500");
        assert_eq!(said(&script, ending_with(false, r#"{"kind":"cat"}"#)), "a cat");
        assert_eq!(said(&script, ending_with(false, "plain words")), "nothing");
        assert_eq!(said(&script, ending_with(false, r#"{"kind":"dog","age":5.5}"#)), "old");
        assert_eq!(said(&script, ending_with(false, r#"{"kind":"dog","age":5}"#)), "young");
        assert_eq!(said(&script, ending_with(false, r#"{"kind":"dog"}"#)), "otherwise");
    }
}
