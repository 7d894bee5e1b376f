//! Gemini's responses as a stream: each element a response of its own, calls always whole.

use axum::response::Response;
use serde_json::{Value, json};

use super::gemini::{Framing, Generated};
use super::sse::{pieces, response};

pub(crate) fn stream(generated: &Generated<'_>, parts: Vec<Value>, framing: Framing) -> Response {
    let mut groups: Vec<Vec<Value>> = Vec::new();
    for part in parts {
        match part["text"].as_str() {
            Some(text) => groups.extend(pieces(text).into_iter().map(|piece| vec![json!({"text": piece})])),
            None => match groups.last_mut().filter(|group| group[0]["functionCall"].is_object()) {
                Some(calls) => calls.push(part),
                None => groups.push(vec![part]),
            },
        }
    }
    if groups.is_empty() {
        groups.push(vec![json!({"text": ""})]);
    }
    let last = groups.len() - 1;
    let elements = groups.into_iter().enumerate();
    let elements = elements.map(|(index, parts)| (index, generated.response(parts, index == last)));
    match framing {
        Framing::Sse => {
            // CRLF is theirs.
            let events = elements.map(|(_, element)| format!("data: {element}\r\n\r\n"));
            response("text/event-stream", events.collect())
        }
        Framing::Array => {
            let frames = elements.map(|(index, element)| {
                let (before, after) =
                    (if index == 0 { "[" } else { ",\r\n" }, if index == last { "\n]" } else { "\n" });
                format!("{before}{element}{after}")
            });
            response("application/json; charset=UTF-8", frames.collect())
        }
    }
}
