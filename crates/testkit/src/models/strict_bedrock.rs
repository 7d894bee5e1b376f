//! What Bedrock's Converse refuses, in the words of recorded refusals and public reports.

use serde_json::{Value, json};

use super::bedrock_shape::REQUEST;
use super::canonical::Refusal;
use super::shape::{Fault, Problem, Step, Wire, check as check_shape};
use super::words::plainly;

pub(crate) fn refusal(status: u16, message: &str) -> Refusal {
    Refusal { status, body: json!({ "message": message }) }
}

fn invalid(message: impl AsRef<str>) -> Refusal {
    refusal(400, message.as_ref())
}

pub(crate) fn check(model: &str, body: &Value) -> Result<(), Refusal> {
    if model.is_empty() || model.contains(char::is_whitespace) {
        return Err(invalid("The provided model identifier is invalid."));
    }
    if let Some(fault) = check_shape(body, &REQUEST, Wire::Nullish).first() {
        return Err(in_words(fault));
    }
    let messages = list(&body["messages"]);
    check_turns(messages)?;
    check_names(body)?;
    check_results(messages)?;
    let uses = |block: &Value| block["toolUse"].is_object() || block["toolResult"].is_object();
    if body["toolConfig"].is_null()
        && messages.iter().any(|message| list(&message["content"]).iter().any(uses))
    {
        return Err(invalid(
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        ));
    }
    Ok(())
}

/// The first word is the user's, and no turn is empty.
fn check_turns(messages: &[Value]) -> Result<(), Refusal> {
    if messages.first().is_none_or(|message| message["role"] != "user") {
        return Err(invalid(
            "A conversation must start with a user message. Try again with a conversation that starts with a user \
             message.",
        ));
    }
    for (index, message) in messages.iter().enumerate() {
        let content = list(&message["content"]);
        if content.is_empty() {
            return Err(invalid(format!(
                "The content field in the Message object at messages.{index} is empty. Add a ContentBlock object to \
                 the content field and try again."
            )));
        }
        for (place, block) in content.iter().enumerate() {
            let at = format!("messages.{index}.content.{place}");
            check_block(&at, block)?;
        }
    }
    Ok(())
}

/// A block is a union.
fn check_block(at: &str, block: &Value) -> Result<(), Refusal> {
    let members = block.as_object().map_or(0, |map| map.values().filter(|value| !value.is_null()).count());
    if members != 1 {
        return Err(invalid(format!(
            "The ContentBlock object at {at} must set one of its keys; it sets {members}."
        )));
    }
    if block["text"].as_str().is_some_and(|text| text.is_empty()) {
        return Err(invalid(format!(
            "The text field in the ContentBlock object at {at} is blank. Add text to the text field, and try again."
        )));
    }
    Ok(())
}

fn check_names(body: &Value) -> Result<(), Refusal> {
    let good = |name: &str| {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
        (1..=64).contains(&name.len()) && name.chars().all(fits)
    };
    for (index, tool) in list(&body["toolConfig"]["tools"]).iter().enumerate() {
        if let Some(name) = tool["toolSpec"]["name"].as_str().filter(|name| !good(name)) {
            return Err(invalid(format!(
                "1 validation error detected: Value '{name}' at 'toolConfig.tools.{}.member.toolSpec.name' failed to \
                 satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]{{1,64}}",
                index + 1
            )));
        }
    }
    Ok(())
}

/// What is called in one turn is answered in the next, and nothing else.
fn check_results(messages: &[Value]) -> Result<(), Refusal> {
    let mut called: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let ids = |kind: &str| {
            let blocks = list(&message["content"]).iter();
            blocks.filter_map(|block| block[kind]["toolUseId"].as_str()).collect::<Vec<_>>()
        };
        let answered = ids("toolResult");
        let open: Vec<&str> = called.iter().copied().filter(|id| !answered.contains(id)).collect();
        if !open.is_empty() {
            return Err(invalid(format!(
                "Expected toolResult blocks at messages.{index}.content for the following Ids: {}",
                open.join(", ")
            )));
        }
        if answered.iter().any(|id| !called.contains(id)) {
            return Err(invalid(format!(
                "The number of toolResult blocks at messages.{index}.content exceeds the number of toolUse blocks of \
                 previous turn."
            )));
        }
        called = ids("toolUse");
    }
    if called.is_empty() {
        return Ok(());
    }
    let index = messages.len();
    let open = called.join(", ");
    Err(invalid(format!(
        "Expected toolResult blocks at messages.{index}.content for the following Ids: {open}"
    )))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn in_words(fault: &Fault) -> Refusal {
    let at = coral(&fault.path);
    invalid(match &fault.problem {
        Problem::Missing => format!(
            "1 validation error detected: Value null at '{at}' failed to satisfy constraint: Member must not be null"
        ),
        Problem::NotListed { allowed, found, .. } => format!(
            "1 validation error detected: Value '{}' at '{at}' failed to satisfy constraint: Member must satisfy enum \
             value set: [{}]",
            found.as_str().unwrap_or_default(),
            allowed.join(", ")
        ),
        // The service itself passes over members that it does not know; a client of its model sends none.
        Problem::Unknown => format!("extraneous key [{at}] is not permitted"),
        Problem::Wrong { .. } => plainly(fault),
    })
}

/// `messages.1.member.role`, as AWS names places.
fn coral(path: &[Step]) -> String {
    let mut names = Vec::new();
    for step in path {
        match step {
            Step::Member(name) => names.push(name.clone()),
            Step::Index(index) | Step::Entry(index) => names.push(format!("{}.member", index + 1)),
            Step::Variant(_) => {}
        }
    }
    names.join(".")
}
