//! What Anthropic refuses of the order of messages: who speaks first, and results that do not follow their calls.

use serde_json::Value;

use super::canonical::Refusal;
use super::strict_anthropic::invalid;

/// Messages of one role in a row, which the API joins.
struct Turn<'a> {
    role: &'a str,
    /// Index of the first message.
    first: usize,
    /// Each block with its place, such as `messages.2.content.0`.
    blocks: Vec<(String, &'a Value)>,
}

pub(crate) fn check_turns(messages: &[Value]) -> Result<(), Refusal> {
    check_roles(messages)?;
    check_contents(messages)?;
    let turns = turns(messages);
    let mut calls: Vec<&str> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let results = check_results(turn, &calls)?;
        if let Some(previous) = index.checked_sub(1).map(|index| &turns[index]) {
            all_answered(previous.first, &calls, &results)?;
        }
        calls = if turn.role == "assistant" { ids(turn) } else { Vec::new() };
        if calls.iter().any(|id| seen.contains(id)) {
            return Err(invalid("messages: `tool_use` ids must be unique"));
        }
        seen.extend(&calls);
    }
    all_answered(turns.last().map_or(0, |turn| turn.first), &calls, &[])
}

fn check_roles(messages: &[Value]) -> Result<(), Refusal> {
    match messages.first().and_then(|message| message["role"].as_str()) {
        Some("user") => Ok(()),
        Some("assistant") => Err(invalid("messages: first message must use the \"user\" role")),
        Some(_) => Err(invalid(
            "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \
             \"system\" as an input message role.",
        )),
        None => Err(invalid("messages: at least one message is required")),
    }
}

fn check_contents(messages: &[Value]) -> Result<(), Refusal> {
    for (index, message) in messages.iter().enumerate() {
        let content = &message["content"];
        let empty =
            content.as_str().is_some_and(str::is_empty) || content.as_array().is_some_and(Vec::is_empty);
        let last = index + 1 == messages.len();
        if empty && !(last && message["role"] == "assistant") {
            return Err(invalid(&format!(
                "messages.{index}: all messages must have non-empty content except for the optional final \
                 assistant message"
            )));
        }
        let blocks = content.as_array().map_or(&[][..], Vec::as_slice);
        for (number, block) in blocks.iter().enumerate() {
            check_text(block, &message["role"])?;
            check_failure(block, &format!("messages.{index}.content.{number}.tool_result"))?;
        }
        // Messages of one role in a row are one.
        let is_followed = messages.get(index + 1).is_some_and(|next| next["role"] == message["role"]);
        let is_thought = |block: &Value| block["type"] == "thinking" || block["type"] == "redacted_thinking";
        if !is_followed && blocks.last().is_some_and(is_thought) {
            return Err(invalid(&format!(
                "messages.{index}: The final block in an assistant message cannot be `thinking`."
            )));
        }
    }
    match messages.last() {
        Some(message) if message["role"] == "assistant" && ends_in_space(&message["content"]) => {
            Err(invalid("messages: final assistant content cannot end with trailing whitespace"))
        }
        _ => Ok(()),
    }
}

fn check_text(block: &Value, role: &Value) -> Result<(), Refusal> {
    match block["text"].as_str() {
        Some("") => Err(invalid("messages: text content blocks must be non-empty")),
        // A model may write such a block beside its server tools, and it may be sent back.
        Some(text) if text.trim().is_empty() && role != "assistant" => {
            Err(invalid("messages: text content blocks must contain non-whitespace text"))
        }
        _ => Ok(()),
    }
}

/// A failure says something, and in text alone.
fn check_failure(result: &Value, at: &str) -> Result<(), Refusal> {
    if result["type"] != "tool_result" || result["is_error"] != true {
        return Ok(());
    }
    let content = &result["content"];
    let blocks = content.as_array().map_or(&[][..], Vec::as_slice);
    if content.as_str().is_none_or(str::is_empty) && blocks.is_empty() {
        return Err(invalid(&format!("{at}: content cannot be empty if `is_error` is true")));
    }
    match blocks.iter().all(|block| block["type"] == "text") {
        true => Ok(()),
        false => Err(invalid(&format!("{at}: all content must be type `text` if `is_error` is true"))),
    }
}

fn ends_in_space(content: &Value) -> bool {
    let last = content.as_array().and_then(|blocks| blocks.last()).map(|block| &block["text"]);
    last.unwrap_or(content).as_str().is_some_and(|text| text.ends_with(char::is_whitespace))
}

fn turns(messages: &[Value]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().expect("checked by the table");
        let place = |block: usize| format!("messages.{index}.content.{block}");
        let blocks = message["content"].as_array().into_iter().flatten();
        let blocks = blocks.enumerate().map(|(block, value)| (place(block), value)).collect();
        match turns.last_mut() {
            Some(turn) if turn.role == role => turn.blocks.extend(blocks),
            // Instructions in mid-conversation stand beside the turns, not between them.
            _ if role == "system" => {}
            _ => turns.push(Turn { role, first: index, blocks }),
        }
    }
    turns
}

/// The ids of the results that open a turn; every result in it must answer one of `calls`.
fn check_results<'a>(turn: &Turn<'a>, calls: &[&str]) -> Result<Vec<&'a str>, Refusal> {
    let mut answered: Vec<&str> = Vec::new();
    let mut opening = true;
    for (place, block) in &turn.blocks {
        let Some(id) = block["tool_use_id"].as_str().filter(|_| block["type"] == "tool_result") else {
            opening = false;
            continue;
        };
        if !calls.contains(&id) {
            return Err(invalid(&format!(
                "{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block \
                 must have a corresponding `tool_use` block in the previous message."
            )));
        }
        if answered.contains(&id) {
            return Err(invalid(&format!(
                "{place}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}"
            )));
        }
        if opening {
            answered.push(id);
        }
    }
    Ok(answered)
}

fn all_answered(index: usize, calls: &[&str], answered: &[&str]) -> Result<(), Refusal> {
    let open: Vec<&str> = calls.iter().copied().filter(|id| !answered.contains(id)).collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(invalid(&format!(
        "messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each \
         `tool_use` block must have a corresponding `tool_result` block in the next message.",
        open.join(", ")
    )))
}

fn ids<'a>(turn: &Turn<'a>) -> Vec<&'a str> {
    let calls = turn.blocks.iter().filter(|(_, block)| block["type"] == "tool_use");
    calls.filter_map(|(_, block)| block["id"].as_str()).collect()
}
