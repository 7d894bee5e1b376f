//! What OpenAI's chat completions refuse, in their words.
//!
//! Kept apart from the endpoint because a counterpart that takes anything proves nothing about its client. The words
//! are those of recorded refusals where there are any, and of public reports otherwise.

use serde_json::{Value, json};

use super::canonical::Refusal;
use super::openai_shape::REQUEST;
use super::shape::{Fault, Problem, Wire, check as check_shape};
use super::strict_openai_tools::check_tools;
use super::words::{dotted, expectation, kind};

/// A refusal of a request that is at fault.
pub(crate) fn invalid(message: &str, param: Option<&str>, code: Option<&str>) -> Refusal {
    refusal(400, message, param, code)
}

pub(crate) fn refusal(status: u16, message: &str, param: Option<&str>, code: Option<&str>) -> Refusal {
    let kind = match status {
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    };
    Refusal {
        status,
        body: json!({"error": {"message": message, "type": kind, "param": param, "code": code}}),
    }
}

pub(crate) fn check(body: &Value) -> Result<(), Refusal> {
    if !body["model"].is_string() {
        return Err(invalid("you must provide a model parameter", None, None));
    }
    if let Some(fault) = check_shape(body, &REQUEST, Wire::Nullish).first() {
        return Err(in_words(fault));
    }
    not_empty(body, "messages")?;
    check_options(body)?;
    check_tools(body)?;
    check_messages(body["messages"].as_array().expect("checked above"))
}

pub(crate) fn not_empty(body: &Value, name: &str) -> Result<(), Refusal> {
    if body[name].as_array().is_none_or(|list| !list.is_empty()) {
        return Ok(());
    }
    let message = format!(
        "Invalid '{name}': empty array. Expected an array with minimum length 1, but got an empty array instead."
    );
    Err(invalid(&message, Some(name), Some("empty_array")))
}

fn check_options(body: &Value) -> Result<(), Refusal> {
    if body["stream_options"].is_object() && body["stream"] != true {
        let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(invalid(message, Some("stream_options"), None));
    }
    if body["model"].as_str().is_some_and(|model| model.contains(char::is_whitespace)) {
        return Err(invalid("invalid model ID", None, None));
    }
    Ok(())
}

/// Every call is answered by the tool messages that follow, and every tool message answers a call.
fn check_messages(messages: &[Value]) -> Result<(), Refusal> {
    let mut calls: Vec<&str> = Vec::new();
    let mut answered: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().expect("checked by the table");
            check_tool_message(index, id, &calls)?;
            answered.push(id);
            continue;
        }
        all_answered(index, &calls, &answered)?;
        calls = ids(message);
        answered.clear();
        let says_something = ["content", "refusal", "audio", "function_call"].iter();
        if calls.is_empty() && says_something.map(|name| &message[name]).all(Value::is_null) {
            return Err(null_content(index));
        }
    }
    all_answered(messages.len(), &calls, &answered)
}

fn check_tool_message(index: usize, id: &str, calls: &[&str]) -> Result<(), Refusal> {
    if calls.is_empty() {
        // "preceeding" is theirs.
        let message = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message \
                       with 'tool_calls'.";
        return Err(invalid(message, Some(&format!("messages.[{index}].role")), None));
    }
    if !calls.contains(&id) {
        let message = format!(
            "Invalid parameter: 'tool_call_id' of '{id}' not found in 'tool_calls' of previous message."
        );
        return Err(invalid(&message, Some(&format!("messages.[{index}].tool_call_id")), None));
    }
    Ok(())
}

fn all_answered(index: usize, calls: &[&str], answered: &[&str]) -> Result<(), Refusal> {
    let open: Vec<&str> = calls.iter().copied().filter(|id| !answered.contains(id)).collect();
    if open.is_empty() {
        return Ok(());
    }
    let message = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each \
         'tool_call_id'. The following tool_call_ids did not have response messages: {}",
        open.join(", ")
    );
    Err(invalid(&message, Some(&format!("messages.[{index}].role")), None))
}

fn ids(message: &Value) -> Vec<&str> {
    let calls = message["tool_calls"].as_array().into_iter().flatten();
    calls.filter_map(|call| call["id"].as_str()).collect()
}

fn null_content(index: usize) -> Refusal {
    let param = format!("messages.[{index}].content");
    invalid("Invalid value for 'content': expected a string, got null.", Some(&param), None)
}

pub(crate) fn in_words(fault: &Fault) -> Refusal {
    let at = dotted(&fault.path);
    match &fault.problem {
        Problem::Missing => {
            let message = format!("Missing required parameter: '{at}'.");
            invalid(&message, Some(&at), Some("missing_required_parameter"))
        }
        Problem::Unknown => {
            invalid(&format!("Unknown parameter: '{at}'."), Some(&at), Some("unknown_parameter"))
        }
        Problem::Wrong { found: Value::Null, .. } if at.ends_with("].content") => {
            let message = "Invalid value for 'content': expected a string, got null.";
            invalid(message, Some(&at.replace('[', ".[")), None)
        }
        Problem::Wrong { expected, found } => {
            let message = format!(
                "Invalid type for '{at}': expected {}, but got {} instead.",
                expectation(expected),
                kind(found)
            );
            invalid(&message, Some(&at), Some("invalid_type"))
        }
        Problem::NotListed { allowed, found, tag } => {
            let at = match (tag, at.as_str()) {
                (Some(tag), "") => (*tag).to_owned(),
                (Some(tag), _) => format!("{at}.{tag}"),
                (None, _) => at,
            };
            let found = found.as_str().unwrap_or_default();
            let message = format!("Invalid value: '{found}'. Supported values are: {}.", listed(allowed));
            invalid(&message, Some(&at), Some("invalid_value"))
        }
    }
}

/// `'a', 'b', and 'c'`.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [one, two] => format!("{one} and {two}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    }
}
