//! One conversation and one reply, whatever the dialect.
//!
//! Kept apart because a [`Script`](super::Script) answers conversations, not requests of one API: each dialect reads
//! its request into a [`Conversation`] and renders the [`Reply`].

use serde_json::{Map, Value};

/// What a client said so far. Instructions (system messages) are left out: a script does not obey them.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) items: Vec<Item>,
}

#[derive(Debug)]
pub(crate) enum Item {
    User(String),
    /// Text or tool calls of the model.
    Model,
    Result(ToolResult),
}

/// What a tool returned, as the client passed it on.
#[derive(Clone, Debug)]
pub(crate) struct ToolResult {
    pub(crate) tool: String,
    /// Whether the dialect's own mark for a failed call was set (OpenAI's has none).
    pub(crate) is_error: bool,
    /// The text read as JSON, with or without a line before and after it; as a string if it is none.
    pub(crate) content: Value,
}

impl ToolResult {
    pub(crate) fn new(tool: &str, is_error: bool, text: &str) -> Self {
        let content = serde_json::from_str(text).or_else(|_| serde_json::from_str(framed(text)));
        let content = content.unwrap_or_else(|_| Value::String(text.to_owned()));
        Self { tool: tool.to_owned(), is_error, content }
    }
}

/// What stands between the first line and the last one: a client may put a mark around what a tool said.
fn framed(text: &str) -> &str {
    let inside = text.split_once('\n').and_then(|(_, rest)| rest.rsplit_once('\n'));
    inside.map_or(text, |(inside, _)| inside)
}

impl Conversation {
    /// The latest user text.
    pub(crate) fn asked(&self) -> &str {
        let mut texts = self.items.iter().rev().filter_map(|item| match item {
            Item::User(text) => Some(text.as_str()),
            Item::Model | Item::Result(_) => None,
        });
        texts.next().unwrap_or_default()
    }

    /// Whether the user spoke last.
    pub(crate) fn ends_with_user(&self) -> bool {
        matches!(self.items.last(), Some(Item::User(_)))
    }

    /// The results at the very end: those of the model's latest calls.
    pub(crate) fn latest_results(&self) -> Vec<&ToolResult> {
        let mut results: Vec<_> = self.items.iter().rev().map_while(result).collect();
        results.reverse();
        results
    }

    /// Every result since the user last spoke.
    pub(crate) fn results(&self) -> Vec<&ToolResult> {
        let since = self.items.iter().rposition(|item| matches!(item, Item::User(_)));
        self.items[since.unwrap_or(0)..].iter().filter_map(result).collect()
    }
}

fn result(item: &Item) -> Option<&ToolResult> {
    match item {
        Item::Result(result) => Some(result),
        Item::User(_) | Item::Model => None,
    }
}

/// What the model answers.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) text: Option<String>,
    pub(crate) calls: Vec<Call>,
}

/// One tool call. Several in a reply are parallel calls.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) tool: String,
    pub(crate) arguments: Arguments,
}

#[derive(Debug)]
pub(crate) enum Arguments {
    Object(Map<String, Value>),
    /// Text that need not be JSON, as a model sometimes writes it.
    Raw(String),
}

impl Arguments {
    /// As the model wrote them.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Object(map) => serde_json::to_string(map).expect("JSON values serialise"),
            Self::Raw(text) => text.clone(),
        }
    }
}

impl Reply {
    /// Tokens by the rule of thumb of four letters each: not exact, but in proportion and never zero.
    pub(crate) fn tokens(&self) -> usize {
        let calls: usize = self.calls.iter().map(|call| call.tool.len() + call.arguments.text().len()).sum();
        1 + (self.text.as_ref().map_or(0, String::len) + calls) / 4
    }
}

/// A request as read, and what of it shapes the response.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) model: String,
    pub(crate) conversation: Conversation,
    /// Estimated like [`Reply::tokens`].
    pub(crate) tokens: usize,
}

/// An error response, its body in the words of the API.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) body: Value,
}
