//! Places in a body and JSON types, in words.
//!
//! Kept apart because several APIs name them alike.

use serde_json::Value;

use super::shape::{Shape, Step};

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
