//! What Anthropic's messages refuse, in their words.
//!
//! Kept apart from the endpoint because a counterpart that takes anything proves nothing about its client. The words
//! are those of recorded refusals where there are any, and of public reports otherwise.

use serde_json::{Value, json};

use super::anthropic_shape::REQUEST;
use super::canonical::Refusal;
use super::shape::{Fault, Problem, Shape, Step, Wire, check as check_shape};
use super::strict_anthropic_turns::check_turns;

/// A refusal of a request that is at fault.
pub(crate) fn invalid(message: &str) -> Refusal {
    refusal(400, message)
}

pub(crate) fn refusal(status: u16, message: &str) -> Refusal {
    let kind = match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    Refusal { status, body: json!({"type": "error", "error": {"type": kind, "message": message}}) }
}

/// `version` is that of the header `anthropic-version`.
pub(crate) fn check(body: &Value, version: &str) -> Result<(), Refusal> {
    if let Some(fault) = check_shape(body, &REQUEST, Wire::Exact).first() {
        return Err(in_words(fault));
    }
    if body["max_tokens"].as_i64().is_some_and(|tokens| tokens < 1) {
        return Err(invalid("max_tokens: Input should be greater than or equal to 1"));
    }
    if version == "2026-10-21" {
        check_removed(body)?;
    }
    check_tools(body)?;
    check_thinking(body)?;
    check_turns(body["messages"].as_array().expect("checked by the table"))
}

/// What the API took until its version 2026-10-21.
fn check_removed(body: &Value) -> Result<(), Refusal> {
    for name in ["temperature", "top_p", "top_k"] {
        if body.get(name).is_some() {
            return Err(invalid(&format!("{name}: Extra inputs are not permitted")));
        }
    }
    for (index, message) in body["messages"].as_array().into_iter().flatten().enumerate() {
        for (number, block) in message["content"].as_array().into_iter().flatten().enumerate() {
            let at = format!("messages.{index}.content.{number}");
            if message["role"] == "assistant" && block["type"] == "document" {
                return Err(invalid(&format!(
                    "{at}: document blocks are not permitted in assistant messages"
                )));
            }
            let cites =
                block["type"] == "text" && block["citations"].as_array().is_some_and(|list| !list.is_empty());
            if message["role"] == "user" && cites {
                return Err(invalid(&format!(
                    "{at}.text.citations: citations are not permitted in user messages"
                )));
            }
        }
    }
    Ok(())
}

fn check_tools(body: &Value) -> Result<(), Refusal> {
    let mut names: Vec<&str> = Vec::new();
    for (index, tool) in body["tools"].as_array().into_iter().flatten().enumerate() {
        if let Some(name) = tool["name"].as_str() {
            if names.contains(&name) {
                return Err(invalid("tools: Tool names must be unique."));
            }
            names.push(name);
        }
        if tool["type"].is_null() || tool["type"] == "custom" {
            check_custom_tool(index, tool)?;
        }
    }
    match body["tool_choice"]["name"].as_str() {
        Some(chosen) if !names.contains(&chosen) => {
            Err(invalid(&format!("Tool '{chosen}' not found in provided tools")))
        }
        _ => Ok(()),
    }
}

fn check_custom_tool(index: usize, tool: &Value) -> Result<(), Refusal> {
    let name = tool["name"].as_str().expect("checked by the table");
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !letters || name.is_empty() || name.len() > 128 {
        let pattern = "^[a-zA-Z0-9_-]{1,128}$";
        let message = format!("tools.{index}.custom.name: String should match pattern '{pattern}'");
        return Err(invalid(&message));
    }
    let schema = &tool["input_schema"];
    let at = format!("tools.{index}.custom.input_schema");
    match schema.get("type") {
        None => return Err(invalid(&format!("{at}.type: Field required"))),
        Some(kind) if kind != "object" => {
            return Err(invalid(&format!("{at}.type: Input should be 'object'")));
        }
        Some(_) => {}
    }
    if ["oneOf", "allOf", "anyOf"].iter().any(|name| schema.get(name).is_some()) {
        let message = "input_schema does not support oneOf, allOf, or anyOf at the top level";
        return Err(invalid(&format!("{at}: {message}")));
    }
    if !jsonschema::draft202012::meta::is_valid(schema) {
        let message = "JSON schema is invalid. It must match JSON Schema draft 2020-12 \
                       (https://json-schema.org/draft/2020-12). Learn more about tool use at \
                       https://docs.claude.com/en/docs/tool-use.";
        return Err(invalid(&format!("{at}: {message}")));
    }
    Ok(())
}

fn check_thinking(body: &Value) -> Result<(), Refusal> {
    let Some(budget) = body["thinking"]["budget_tokens"].as_i64() else {
        return Ok(());
    };
    if budget < 1024 {
        return Err(invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"));
    }
    if body["max_tokens"].as_i64().is_some_and(|tokens| tokens <= budget) {
        return Err(invalid("`max_tokens` must be greater than `thinking.budget_tokens`."));
    }
    if body["tool_choice"]["type"] == "any" || body["tool_choice"]["type"] == "tool" {
        return Err(invalid("Thinking may not be enabled when tool_choice forces tool use."));
    }
    Ok(())
}

fn in_words(fault: &Fault) -> Refusal {
    let at = dotted(&fault.path);
    let complaint = match &fault.problem {
        Problem::Missing => "Field required".to_owned(),
        Problem::Unknown => "Extra inputs are not permitted".to_owned(),
        Problem::Wrong { expected, .. } => format!("Input should be {}", expectation(expected)),
        Problem::NotListed { allowed, tag: None, .. } => format!("Input should be {}", listed(allowed)),
        Problem::NotListed { allowed, found, tag: Some(tag) } => {
            let tags: Vec<String> = allowed.iter().map(|name| format!("'{name}'")).collect();
            format!(
                "Input tag '{}' found using '{tag}' does not match any of the expected tags: {}",
                found.as_str().unwrap_or_default(),
                tags.join(", ")
            )
        }
    };
    invalid(&format!("{at}: {complaint}"))
}

/// `messages.0.content.0.text.cache_control`: the chosen variant is part of the path.
fn dotted(path: &[Step]) -> String {
    let steps: Vec<String> = path
        .iter()
        .map(|step| match step {
            Step::Member(name) => name.clone(),
            Step::Index(index) | Step::Entry(index) => index.to_string(),
            Step::Variant(name) => (*name).to_owned(),
        })
        .collect();
    steps.join(".")
}

/// `'a', 'b' or 'c'`.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

fn expectation(shape: &Shape) -> String {
    match shape {
        Shape::Any => "valid".to_owned(),
        Shape::Text | Shape::OneOf(_) => "a valid string".to_owned(),
        Shape::Flag => "a valid boolean".to_owned(),
        Shape::Integer => "a valid integer".to_owned(),
        Shape::Number => "a valid number".to_owned(),
        Shape::Map | Shape::MapOf(_) => "a valid dictionary".to_owned(),
        Shape::Object(_) | Shape::Tagged(_) => "an object".to_owned(),
        Shape::List(_) => "a valid array".to_owned(),
        Shape::Either(shapes) => shapes.first().map_or_else(String::new, expectation),
    }
}
