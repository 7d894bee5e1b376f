//! What is wrong with a body, in words.
//!
//! Kept apart because several APIs name places and JSON types alike, and because some have no known words of their own for
//! a wrong body: [`plainly`] stands in for those.

use serde_json::Value;

use super::shape::{Fault, Problem, Shape, Step};

/// The difference in plain words: where, what was expected, what was found.
pub(crate) fn plainly(fault: &Fault) -> String {
    let at = dotted(&fault.path);
    match &fault.problem {
        Problem::Missing => format!("{at} is required"),
        Problem::Unknown => format!("{at} is not known"),
        Problem::Wrong { expected, found } => {
            format!("{at} must be {}, not {}", expectation(expected), kind(found))
        }
        Problem::NotListed { allowed, found, tag } => {
            let at = tag.map_or_else(|| at.clone(), |tag| format!("{at}.{tag}"));
            format!("{at} must be one of {}, not {found}", allowed.join(", "))
        }
    }
}

/// `messages[0].content`.
pub(crate) fn dotted(path: &[Step]) -> String {
    let mut dotted = String::new();
    for step in path {
        match step {
            Step::Member(name) if dotted.is_empty() => dotted.push_str(name),
            Step::Member(name) => dotted.push_str(&format!(".{name}")),
            Step::Index(index) | Step::Entry(index) => dotted.push_str(&format!("[{index}]")),
            Step::Variant(_) => {}
        }
    }
    dotted
}

pub(crate) fn expectation(shape: &Shape) -> String {
    match shape {
        Shape::Any => "a value".to_owned(),
        Shape::Text | Shape::OneOf(_) => "a string".to_owned(),
        Shape::Flag => "a boolean".to_owned(),
        Shape::Integer => "an integer".to_owned(),
        Shape::Number => "a decimal".to_owned(),
        Shape::Map | Shape::MapOf(_) | Shape::Object(_) | Shape::Tagged(_) => "an object".to_owned(),
        Shape::List(Shape::Text | Shape::OneOf(_)) => "an array of strings".to_owned(),
        Shape::List(_) => "an array of objects".to_owned(),
        Shape::Either(shapes) => {
            let kinds: Vec<String> = shapes.iter().map(expectation).collect();
            format!("one of {}", kinds.join(" or ").replace(" or an ", " or ").replace(" or a ", " or "))
        }
    }
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
