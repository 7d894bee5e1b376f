//! The one rule that every provider has for tool calls, checked before a request leaves.
//!
//! Each call of an assistant message is answered exactly once, right after it. Providers refuse anything else, each
//! with words of its own; checked here, a conversation that works with one model works with all.

use crate::{ErrorKind, Message, ProviderError};

/// Checks that calls and results pair up.
pub(crate) fn check(provider: &str, messages: &[Message]) -> Result<(), ProviderError> {
    let mut open: Vec<&str> = Vec::new();
    let mut answered: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        if let Message::Tool(tool) = message {
            let id = tool.call_id.as_str();
            match open.iter().position(|waiting| *waiting == id) {
                Some(place) => answered.push(open.swap_remove(place)),
                None if answered.contains(&id) => return refuse(provider, index, "answers a call twice", id),
                None => return refuse(provider, index, "answers a call that was not made just before", id),
            }
            continue;
        }
        if matches!(message, Message::CachePoint) {
            continue;
        }
        if let Some(waiting) = open.first() {
            return refuse(
                provider,
                index,
                "comes before the result of a call; add one tool message for",
                waiting,
            );
        }
        answered.clear();
        if let Message::Assistant(message) = message {
            for call in message.tool_calls() {
                if open.contains(&call.id.as_str()) {
                    return refuse(provider, index, "has two calls with one id", call.id.as_str());
                }
                open.push(call.id.as_str());
            }
        }
    }
    match open.first() {
        Some(waiting) => {
            refuse(provider, messages.len(), "is missing: add one tool message for the call", waiting)
        }
        None => Ok(()),
    }
}

fn refuse(provider: &str, index: usize, what: &str, id: &str) -> Result<(), ProviderError> {
    let message = format!("messages[{index}] {what}: {id}");
    Err(ProviderError::new(ErrorKind::InvalidRequest, provider, message))
}

#[cfg(test)]
mod tests {
    use toolgate_tool_types::{CallId, ToolCall, ToolResult};

    use super::*;
    use crate::{AssistantMessage, AssistantPart};

    fn call(id: &str) -> ToolCall {
        ToolCall::new(CallId::new(id), "t", "{}")
    }

    fn result(id: &str) -> Message {
        Message::tool_result(&call(id), ToolResult::text("ok"))
    }

    fn asks(ids: &[&str]) -> Message {
        AssistantMessage::new(ids.iter().map(|id| AssistantPart::ToolCall(call(id))).collect()).into()
    }

    fn said(messages: &[Message]) -> String {
        check("p", messages).unwrap_err().to_string()
    }

    #[test]
    fn results_may_come_in_any_order() {
        let messages =
            [Message::user("u"), asks(&["a", "b"]), result("b"), result("a"), asks(&["a"]), result("a")];
        check("p", &messages).unwrap();
    }

    #[test]
    fn missing_orphan_and_doubled_results_are_named() {
        assert!(
            said(&[asks(&["a", "b"]), result("a"), Message::user("u")]).contains("messages[2] comes before")
        );
        assert!(said(&[asks(&["a", "b"]), result("a")]).contains("messages[2] is missing"));
        assert!(said(&[Message::user("u"), result("x")]).contains("not made just before: x"));
        assert!(said(&[asks(&["a"]), result("a"), result("a")]).contains("answers a call twice"));
        assert!(said(&[asks(&["a", "a"])]).contains("two calls with one id"));
    }
}
