//! What Gemini's `generateContent` refuses, in its words.
//!
//! Kept apart from the endpoint because a counterpart that takes anything proves nothing about its client. The words
//! are those of recorded refusals where there are any, and of public reports otherwise.

use serde_json::{Value, json};

use super::canonical::Refusal;
use super::gemini_shape::REQUEST;
use super::shape::{Fault, Problem, Shape, Step, Wire, check as check_shape, normal};
use super::strict_gemini_contents::check_contents;
use super::strict_gemini_tools::check_tools;

/// A refusal of a request that is at fault.
pub(crate) fn invalid(message: &str) -> Refusal {
    refusal(400, message)
}

pub(crate) fn refusal(status: u16, message: &str) -> Refusal {
    let name = match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        500.. => "INTERNAL",
        _ => "UNKNOWN",
    };
    Refusal { status, body: json!({"error": {"code": status, "message": message, "status": name}}) }
}

/// The request in the names of its table, if there is nothing to refuse.
pub(crate) fn check(model: &str, body: &Value) -> Result<Value, Refusal> {
    let faults = check_shape(body, &REQUEST, Wire::Proto3);
    if !faults.is_empty() {
        return Err(in_words(&faults));
    }
    if model.contains(char::is_whitespace) {
        return Err(invalid("* GenerateContentRequest.model: unexpected model name format\n"));
    }
    let body = normal(body, &REQUEST);
    check_contents(model, &body)?;
    check_tools(&body)?;
    Ok(body)
}

/// The protobuf reader reports every fault at once.
pub(crate) fn in_words(faults: &[Fault]) -> Refusal {
    let lines: Vec<String> = faults.iter().map(in_line).collect();
    let violations: Vec<Value> = faults
        .iter()
        .zip(&lines)
        .map(|(fault, line)| match dotted(parent(fault)) {
            place if place.is_empty() => json!({"description": line}),
            place => json!({"field": place, "description": line}),
        })
        .collect();
    let mut refusal = invalid(&lines.join("\n"));
    refusal.body["error"]["details"] =
        json!([{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}]);
    refusal
}

/// Where the fault is said to be: an unknown name at the object that has it, a wrong value at itself.
fn parent(fault: &Fault) -> &[Step] {
    match fault.problem {
        Problem::Unknown | Problem::Missing => &fault.path[..fault.path.len() - 1],
        Problem::Wrong { .. } | Problem::NotListed { .. } => &fault.path,
    }
}

fn in_line(fault: &Fault) -> String {
    let place = dotted(parent(fault));
    match &fault.problem {
        Problem::Unknown | Problem::Missing => {
            let name = match fault.path.last() {
                Some(Step::Member(name)) => name.as_str(),
                _ => "",
            };
            let at = if place.is_empty() { String::new() } else { format!(" at '{place}'") };
            format!("Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field.")
        }
        Problem::Wrong { expected, found: Value::Array(_) } if !matches!(expected, Shape::List(_)) => {
            let name = place.rsplit('.').next().unwrap_or_default();
            let at = place.strip_suffix(name).unwrap_or_default().trim_end_matches('.');
            let at = if at.is_empty() { String::new() } else { format!(" at '{at}'") };
            format!(
                "Invalid JSON payload received. Unknown name \"{name}\"{at}: Proto field is not repeating, cannot \
                 start list."
            )
        }
        Problem::Wrong { expected, found } => {
            format!("Invalid value at '{place}' ({}), {found}", proto_type(expected))
        }
        Problem::NotListed { found, .. } => format!("Invalid value at '{place}' (TYPE_ENUM), {found}"),
    }
}

/// `tools[0].function_declarations[0].parameters.properties[1].value`, in the names of the protobuf definition.
fn dotted(path: &[Step]) -> String {
    let mut dotted = String::new();
    for step in path {
        match step {
            Step::Member(name) => {
                if !dotted.is_empty() {
                    dotted.push('.');
                }
                dotted.push_str(&snake_case(name));
            }
            Step::Index(index) => dotted.push_str(&format!("[{index}]")),
            Step::Entry(index) => dotted.push_str(&format!("[{index}].value")),
            Step::Variant(_) => {}
        }
    }
    dotted
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn proto_type(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text => "TYPE_STRING",
        Shape::Flag => "TYPE_BOOL",
        Shape::Integer => "TYPE_INT32",
        Shape::Number => "TYPE_DOUBLE",
        Shape::OneOf(_) => "TYPE_ENUM",
        Shape::Any
        | Shape::Map
        | Shape::MapOf(_)
        | Shape::List(_)
        | Shape::Object(_)
        | Shape::Tagged(_)
        | Shape::Either(_) => "TYPE_MESSAGE",
    }
}
