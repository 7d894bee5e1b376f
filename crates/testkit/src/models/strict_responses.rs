//! What OpenAI's responses refuse, in their words.

use serde_json::Value;

use super::canonical::Refusal;
use super::responses_shape::REQUEST;
use super::shape::{Wire, check as check_shape};
use super::strict_openai::{in_words, invalid, not_empty};

pub(crate) fn check(body: &Value) -> Result<(), Refusal> {
    if let Some(fault) = check_shape(body, &REQUEST, Wire::Nullish).first() {
        return Err(in_words(fault));
    }
    for name in ["model", "input"] {
        if body[name].is_null() && body["prompt"].is_null() {
            let message = format!("Missing required parameter: '{name}'.");
            return Err(invalid(&message, Some(name), Some("missing_required_parameter")));
        }
    }
    let model = body["model"].as_str().unwrap_or_default();
    if model.contains(char::is_whitespace) {
        let message = format!("The requested model '{model}' does not exist.");
        return Err(invalid(&message, Some("model"), Some("model_not_found")));
    }
    not_empty(body, "input")?;
    // What the API keeps may have calls that are not in the request.
    let more_before = !body["previous_response_id"].is_null() || !body["conversation"].is_null();
    check_calls(body["input"].as_array().map_or(&[], Vec::as_slice), more_before)
}

/// Every call has its output after it, and every output a call before it.
fn check_calls(items: &[Value], mut more_before: bool) -> Result<(), Refusal> {
    let mut open: Vec<&str> = Vec::new();
    for item in items {
        let id = item["call_id"].as_str().unwrap_or_default();
        match item["type"].as_str() {
            Some("function_call") => open.push(id),
            // A call of another kind, or a reference to an item that is kept.
            Some("tool_search_call" | "item_reference") => more_before = true,
            Some("function_call_output") => match open.iter().position(|waiting| *waiting == id) {
                Some(place) => drop(open.swap_remove(place)),
                None if more_before => {}
                None => {
                    let message = format!("No tool call found for function call output with call_id {id}.");
                    return Err(invalid(&message, Some("input"), None));
                }
            },
            _ => {}
        }
    }
    match open.first() {
        Some(id) => {
            let message = format!("No tool output found for function call {id}.");
            Err(invalid(&message, Some("input"), None))
        }
        None => Ok(()),
    }
}
