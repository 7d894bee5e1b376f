//! What Cohere's chat refuses. The words are those of recorded refusals where there are any.

use serde_json::{Value, json};

use super::canonical::Refusal;
use super::cohere_shape::REQUEST;
use super::shape::{Wire, check as check_shape};
use super::words::plainly;

pub(crate) fn refusal(status: u16, message: &str) -> Refusal {
    Refusal { status, body: json!({"id": "00000000-0000-0000-0000-000000000000", "message": message}) }
}

pub(crate) fn check(body: &Value) -> Result<(), Refusal> {
    if let Some(fault) = check_shape(body, &REQUEST, Wire::Nullish).first() {
        return Err(refusal(400, &format!("invalid request: {}", plainly(fault))));
    }
    let model = body["model"].as_str().unwrap_or_default();
    if model.contains(char::is_whitespace) {
        let advice = "make sure the correct model ID was used and that you have access to the model.";
        return Err(refusal(404, &format!("model '{model}' not found, {advice}")));
    }
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    if messages.is_empty() {
        return Err(refusal(400, "invalid request: messages must be at least 1 message long"));
    }
    check_calls(messages)
}

/// Every call is answered, and every result answers a call that was made before it.
fn check_calls(messages: &[Value]) -> Result<(), Refusal> {
    let mut open: Vec<&Value> = Vec::new();
    for message in messages {
        open.extend(message["tool_calls"].as_array().into_iter().flatten().map(|call| &call["id"]));
        if message["role"] != "tool" {
            continue;
        }
        let id = &message["tool_call_id"];
        let Some(place) = open.iter().position(|waiting| *waiting == id) else {
            let what = format!("invalid request: tool call id {id} not found in previous tool calls");
            return Err(refusal(400, &what));
        };
        open.swap_remove(place);
    }
    match open.first() {
        Some(id) => Err(refusal(400, &format!("invalid request: no tool result for the tool call id {id}"))),
        None => Ok(()),
    }
}
