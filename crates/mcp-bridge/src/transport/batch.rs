//! Batches: several JSON-RPC messages in one array (JSON-RPC 2.0 section 6). MCP 2025-03-26 alone has them, and wants a
//! client to read them; none is sent from here.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;
use sse_stream::Sse;

use crate::failure::Failure;

use super::stream;

/// The most messages of one batch. An honest one has an answer and a few notifications: no batch is sent that a server could
/// answer with one. Two bytes are enough for a message that says nothing, and each costs a hundred here.
pub(super) const MAX: usize = 1_000;

/// The messages of `text`, if it is a batch.
pub(super) fn messages(text: &str) -> Result<Option<Vec<&str>>, Failure> {
    if !text.trim_start().starts_with('[') {
        return Ok(None);
    }
    let mut batch = Batch::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let read = batch.deserialize(&mut json).and_then(|()| json.end());
    if batch.is_over {
        return Err(Failure::TooLarge { what: "a batch", limit: format!("{MAX} messages") });
    }
    Ok(read.ok().map(|()| batch.messages))
}

/// A batch as far as it may go.
#[derive(Default)]
struct Batch<'a> {
    messages: Vec<&'a str>,
    is_over: bool,
}

impl<'de> DeserializeSeed<'de> for &mut Batch<'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut Batch<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a batch")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(message) = seq.next_element::<&RawValue>()? {
            if self.messages.len() == MAX {
                self.is_over = true;
                return Err(A::Error::custom("too many messages"));
            }
            self.messages.push(message.get());
        }
        Ok(())
    }
}

/// `event` as one event for each message. Only the last has its id: who resumes after an earlier one would be told the
/// rest of the batch never. None has its name, which says no more than that these are messages.
pub(super) fn apart(event: Sse) -> Result<Vec<Sse>, Failure> {
    let Some(messages) = stream::message(&event).map(messages).transpose()?.flatten() else {
        return Ok(vec![event]);
    };
    let retry = event.retry;
    let each = messages.into_iter().map(|message| Sse {
        event: None,
        data: Some(message.to_owned()),
        id: None,
        retry,
    });
    let mut apart: Vec<Sse> = each.collect();
    if let Some(last) = apart.last_mut() {
        last.id = event.id;
    }
    Ok(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: &str) -> Sse {
        Sse {
            event: Some("message".to_owned()),
            data: Some(data.to_owned()),
            id: Some("7".to_owned()),
            retry: None,
        }
    }

    #[test]
    fn a_batch_comes_apart_and_all_else_stays_whole() {
        let apart = apart(event(r#" [{"a": 1}, {"b": [2]}]"#)).unwrap();
        let told: Vec<_> =
            apart.iter().map(|sse| (sse.data.as_deref().unwrap(), sse.id.as_deref())).collect();
        assert_eq!(told, [(r#"{"a": 1}"#, None), (r#"{"b": [2]}"#, Some("7"))]);
        for whole in [r#"{"a": [1]}"#, "[1", "", "[1] 2"] {
            assert_eq!(super::apart(event(whole)).unwrap()[0].data.as_deref(), Some(whole));
        }
        let other = Sse { event: Some("ping".to_owned()), ..event("[1,2]") };
        assert_eq!(super::apart(other).unwrap().len(), 1, "no message");
    }

    #[test]
    fn mb_21_a_batch_is_bounded_and_multiplies_nothing() {
        let of = |count: usize| format!("[{}]", vec!["0"; count].join(","));
        let largest = apart(event(&of(MAX))).unwrap();
        assert_eq!(largest.len(), MAX);
        assert!(largest.iter().all(|sse| sse.event.is_none()));
        for over in [of(MAX + 1), of(8 << 20), format!("[{}", "0,".repeat(MAX + 1))] {
            let failure = apart(event(&over)).unwrap_err();
            assert!(matches!(failure, Failure::TooLarge { what: "a batch", .. }), "{failure:?}");
        }
    }
}
