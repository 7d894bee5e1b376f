//! Cohere chat.

use serde_json::Value;

use super::{as_parts, as_text, drop_default, drop_empty, each, schema};

pub(super) fn normal(body: &mut Value) {
    for tool in each(body, "tools").filter(|tool| tool["function"].is_object()) {
        drop_empty(&mut tool["function"], "description");
        schema(&mut tool["function"], "parameters");
    }
    for message in each(body, "messages") {
        match message["role"].as_str() {
            Some("user" | "assistant") => {
                as_parts(message, "content");
                drop_empty(message, "content");
                drop_empty(message, "tool_calls");
                for part in each(message, "content") {
                    if let Some(image) = part.get_mut("image_url") {
                        drop_default(image, "detail", "auto");
                    }
                }
            }
            _ => as_text(message, "content", "\n"),
        }
    }
    drop_empty(body, "documents");
}
