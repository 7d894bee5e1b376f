//! What OpenAI refuses of `tools` and `tool_choice`: names, and the schemas of functions, stricter under `strict`.

use serde_json::{Map, Value};

use super::canonical::Refusal;
use super::strict_openai::{invalid, not_empty};

/// The longest function name.
const NAME_LENGTH: usize = 64;

pub(crate) fn check_tools(body: &Value) -> Result<(), Refusal> {
    not_empty(body, "tools")?;
    let tools = body["tools"].as_array();
    for name in ["tool_choice", "parallel_tool_calls"] {
        if tools.is_none() && !body[name].is_null() {
            let message =
                format!("Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.");
            return Err(invalid(&message, Some(name), None));
        }
    }
    for (index, tool) in tools.into_iter().flatten().enumerate() {
        if tool["type"] == "function" {
            check_function(index, &tool["function"])?;
        }
    }
    check_choice(body)
}

fn check_choice(body: &Value) -> Result<(), Refusal> {
    let Some(chosen) = body["tool_choice"]["function"]["name"].as_str() else {
        return Ok(());
    };
    let mut tools = body["tools"].as_array().into_iter().flatten();
    if tools.any(|tool| tool["function"]["name"] == chosen) {
        return Ok(());
    }
    let message = format!("Tool choice '{chosen}' not found in 'tools' parameter.");
    Err(invalid(&message, Some("tool_choice"), None))
}

fn check_function(index: usize, function: &Value) -> Result<(), Refusal> {
    let name = function["name"].as_str().expect("checked by the table");
    check_name(name, &format!("tools[{index}].function.name"))?;
    let Some(schema) = function["parameters"].as_object().filter(|schema| !schema.is_empty()) else {
        return Ok(());
    };
    let complaint = match schema.get("type").and_then(Value::as_str) {
        Some("object") => complaint(schema, function["strict"] == true, &mut Vec::new()),
        other => Some(format!(
            "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{}\"'.",
            other.unwrap_or("None")
        )),
    };
    match complaint {
        None => Ok(()),
        Some(complaint) => {
            let message = format!("Invalid schema for function '{name}': {complaint}");
            let param = format!("tools[{index}].function.parameters");
            Err(invalid(&message, Some(&param), Some("invalid_function_parameters")))
        }
    }
}

fn check_name(name: &str, at: &str) -> Result<(), Refusal> {
    if name.len() > NAME_LENGTH {
        let message = format!(
            "Invalid '{at}': string too long. Expected a string with maximum length {NAME_LENGTH}, but got a \
             string with length {} instead.",
            name.len()
        );
        return Err(invalid(&message, Some(at), Some("string_above_max_length")));
    }
    if name.is_empty() {
        let message = format!(
            "Invalid '{at}': empty string. Expected a string with minimum length 1, but got an empty string instead."
        );
        return Err(invalid(&message, Some(at), Some("empty_string")));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        let message = format!(
            "Invalid '{at}': string does not match pattern. Expected a string that matches the pattern \
             '^[a-zA-Z0-9_-]+$'."
        );
        return Err(invalid(&message, Some(at), Some("invalid_value")));
    }
    Ok(())
}

/// The first thing wrong with a schema or one inside it; `context` is the way to it.
fn complaint(schema: &Map<String, Value>, strict: bool, context: &mut Vec<String>) -> Option<String> {
    let own = own_complaint(schema, strict);
    if let Some(own) = own {
        let steps: Vec<String> = context.iter().map(|step| format!("'{step}'")).collect();
        let comma = if steps.len() == 1 { "," } else { "" };
        return Some(format!("In context=({}{comma}), {own}", steps.join(", ")));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        context.extend(["properties".to_owned(), name.clone()]);
        let found = property.as_object().and_then(|property| complaint(property, strict, context));
        context.truncate(context.len() - 2);
        if found.is_some() {
            return found;
        }
    }
    let items = schema.get("items").and_then(Value::as_object)?;
    context.push("items".to_owned());
    let found = complaint(items, strict, context);
    context.pop();
    found
}

fn own_complaint(schema: &Map<String, Value>, strict: bool) -> Option<String> {
    match schema.get("type").and_then(Value::as_str) {
        Some("array") if !schema.contains_key("items") => Some("array schema missing items.".to_owned()),
        Some("object") if strict => strict_complaint(schema),
        _ => None,
    }
}

fn strict_complaint(schema: &Map<String, Value>) -> Option<String> {
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Some("'additionalProperties' is required to be supplied and to be false.".to_owned());
    }
    let required = schema.get("required").and_then(Value::as_array);
    let properties = schema.get("properties").and_then(Value::as_object)?;
    let missing = properties.keys().find(|name| {
        required.is_none_or(|required| !required.iter().any(|listed| listed == name.as_str()))
    })?;
    Some(format!(
        "'required' is required to be supplied and to be an array including every key in properties. Missing \
         '{missing}'."
    ))
}
