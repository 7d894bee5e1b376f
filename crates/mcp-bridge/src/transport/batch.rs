//! Batches: several JSON-RPC messages in one array (JSON-RPC 2.0 section 6). MCP 2025-03-26 alone has them, and wants a
//! client to read them; none is sent from here.

use serde_json::value::RawValue;
use sse_stream::Sse;

/// The messages of `text`, if it is a batch.
pub(super) fn messages(text: &str) -> Option<Vec<&str>> {
    if !text.trim_start().starts_with('[') {
        return None;
    }
    let messages: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(messages.into_iter().map(RawValue::get).collect())
}

/// `event` as one event for each message. Only the last has its id: who resumes after an earlier one would be told the
/// rest of the batch never.
pub(super) fn apart(event: Sse) -> Vec<Sse> {
    let Some(messages) = event.data.as_deref().and_then(messages) else { return vec![event] };
    let last = messages.len().saturating_sub(1);
    let each = messages.into_iter().enumerate().map(|(at, message)| Sse {
        event: event.event.clone(),
        data: Some(message.to_owned()),
        id: event.id.clone().filter(|_| at == last),
        retry: event.retry,
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_comes_apart_and_all_else_stays_whole() {
        let event = |data: &str| Sse {
            event: None,
            data: Some(data.to_owned()),
            id: Some("7".to_owned()),
            retry: None,
        };
        let apart = apart(event(r#" [{"a": 1}, {"b": [2]}]"#));
        let told: Vec<_> =
            apart.iter().map(|sse| (sse.data.as_deref().unwrap(), sse.id.as_deref())).collect();
        assert_eq!(told, [(r#"{"a": 1}"#, None), (r#"{"b": [2]}"#, Some("7"))]);
        for whole in [r#"{"a": [1]}"#, "[1", "", "[1] 2"] {
            assert_eq!(super::apart(event(whole))[0].data.as_deref(), Some(whole));
        }
    }
}
