//! Events that repeat the one before to the letter, but for the text that they bring.
//!
//! Most events of a stream do: ids, the model and counts stand around each piece of text again. One of them is read as JSON;
//! those after it are known by comparing bytes, and only their text is read.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::draft::Place;
use super::lenient::Text;

/// The latest event, if reading it did nothing but add its text to a place, or would do nothing more when done again.
///
/// Whoever reads an event in full must [`learn`](Self::learn) it or [`forget`](Self::forget): a later event may only be
/// compared with the latest.
#[derive(Default)]
pub(super) struct Envelope {
    place: Option<Place>,
    event: Vec<u8>,
    /// Where the text is in the event, and the values that nobody reads, in their order.
    holes: Vec<Hole>,
}

struct Hole {
    is_text: bool,
    value: Range<usize>,
}

impl Envelope {
    /// The text of an event that is the learned one but for its text and for what nobody reads, and the place that the
    /// text belongs to.
    pub(super) fn open<'a>(&self, event: &'a [u8]) -> Option<(Place, Text<'a>)> {
        let place = self.place?;
        let (mut rest, mut at, mut text) = (event, 0, None);
        for hole in &self.holes {
            rest = rest.strip_prefix(self.event.get(at..hole.value.start)?)?;
            if hole.is_text {
                if rest.first() != Some(&b'"') {
                    return None;
                }
                let found;
                (found, rest) = first::<Text<'a>>(rest)?;
                text = Some(found);
            } else {
                rest = first::<&RawValue>(rest)?.1;
            }
            at = hole.value.end;
        }
        let end = self.event.get(at..)?;
        if rest != end && !close_alike(rest, end) {
            return None;
        }
        Some((place, text?))
    }

    /// Takes note of an event whose `text` went to `place`, and of values in it that nobody reads and that differ from event
    /// to event. All are slices of the event; the text is what stands between the quotes.
    pub(super) fn learn<const N: usize>(
        &mut self,
        event: &[u8],
        place: Place,
        text: &str,
        unread: [Option<&RawValue>; N],
    ) {
        self.forget();
        self.holes.clear();
        let Some(value) = quoted(event, text) else { return };
        self.holes.push(Hole { is_text: true, value });
        for raw in unread.into_iter().flatten() {
            let Some(value) = within(event, raw.get()) else { return };
            self.holes.push(Hole { is_text: false, value });
        }
        self.holes.sort_unstable_by_key(|hole| hole.value.start);
        self.event.clear();
        self.event.extend_from_slice(event);
        self.place = Some(place);
    }

    /// Nothing that comes is like the latest event.
    pub(super) fn forget(&mut self) {
        self.place = None;
    }
}

/// Where `value` lies in `event`.
fn within(event: &[u8], value: &str) -> Option<Range<usize>> {
    let start = value.as_ptr().addr().checked_sub(event.as_ptr().addr())?;
    let range = start..start.checked_add(value.len())?;
    (range.end <= event.len()).then_some(range)
}

/// Where `text` lies in `event`, with the quotes around it.
fn quoted(event: &[u8], text: &str) -> Option<Range<usize>> {
    let Range { start, end } = within(event, text)?;
    let range = start.checked_sub(1)?..end.checked_add(1)?;
    let found = event.get(range.clone())?;
    (found.first() == Some(&b'"') && found.last() == Some(&b'"')).then_some(range)
}

/// Whether both do nothing but close the same objects and lists: Anthropic hides the length of a text by blanks there.
fn close_alike(one: &[u8], other: &[u8]) -> bool {
    fn marks(end: &[u8]) -> impl Iterator<Item = &u8> {
        end.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
    }
    marks(one).eq(marks(other)) && marks(one).all(|byte| matches!(byte, b'}' | b']'))
}

/// The value that `json` begins with, and what comes after it.
fn first<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<(T, &'a [u8])> {
    let mut values = serde_json::Deserializer::from_slice(json).into_iter();
    let value = values.next()?.ok()?;
    Some((value, json.get(values.byte_offset()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"id":"1","n":7,"text":"hi"}"#;

    fn slice(of: &str) -> &'static str {
        let start = EVENT.find(of).unwrap();
        &EVENT[start..start + of.len()]
    }

    fn learned(text: &str, unread: Option<&RawValue>) -> Envelope {
        let mut envelope = Envelope::default();
        envelope.learn(EVENT.as_bytes(), 3, text, [unread]);
        envelope
    }

    fn text(envelope: &Envelope, event: &str) -> Option<String> {
        let (place, text) = envelope.open(event.as_bytes())?;
        assert_eq!(place, 3);
        Some(text.to_string())
    }

    #[test]
    fn an_event_that_differs_in_its_text_alone_is_known() {
        let envelope = learned(slice("hi"), None);
        for (event, expected) in [
            (r#"{"id":"1","n":7,"text":"hi"}"#, Some("hi")),
            (r#"{"id":"1","n":7,"text":""}"#, Some("")),
            (r#"{"id":"1","n":7,"text":"ü \"b\"\n\ud83d\ude00"}"#, Some("ü \"b\"\n😀")),
            (r#"{"id":"2","n":7,"text":"hi"}"#, None),
            (r#"{"id":"1","n":8,"text":"hi"}"#, None),
            (r#"{"id":"1","n":7,"text":null}"#, None),
            (r#"{"id":"1","n":7,"text": "hi"}"#, None),
            (r#"{"id":"1","n":7,"text":"hi"  }  "#, Some("hi")),
            (r#"{"id":"1","n":7,"text":"hi" ]"#, None),
            (r#"{"id":"1","n":7,"text":"hi"  "#, None),
            (r#"{"id":"1","n":7,"text":"hi","more":1}"#, None),
            (r#"{"id":"1","n":7,"text":"hi"}}"#, None),
            (r#"{"id":"1","n":7,"text":"hi"#, None),
            (r#"{"id":"1","n":7,"text":"\ud83d"}"#, None),
            ("{\"id\":\"1\",\"n\":7,\"text\":\"a\nb\"}", None),
            ("", None),
        ] {
            assert_eq!(text(&envelope, event).as_deref(), expected, "{event}");
        }
        assert!(envelope.open(b"{\"id\":\"1\",\"n\":7,\"text\":\"\xff\"}").is_none());
    }

    #[test]
    fn what_nobody_reads_may_differ_too() {
        #[derive(Deserialize)]
        struct Event<'a> {
            #[serde(borrow)]
            n: &'a RawValue,
        }
        let event: Event<'_> = serde_json::from_str(EVENT).unwrap();
        let envelope = learned(slice("hi"), Some(event.n));
        for unread in ["7", "10", "-1.5e3", "\"\\\"x\"", "null", "[1, {}]"] {
            let event = format!(r#"{{"id":"1","n":{unread},"text":"b"}}"#);
            assert_eq!(text(&envelope, &event).unwrap(), "b", "{event}");
        }
        for unread in ["", "1,\"m\":2", "\"", "x", "[1"] {
            let event = format!(r#"{{"id":"1","n":{unread},"text":"b"}}"#);
            assert_eq!(text(&envelope, &event), None, "{event}");
        }
    }

    #[test]
    fn what_is_no_slice_of_the_event_is_not_learned() {
        let elsewhere = RawValue::from_string("7".to_owned()).unwrap();
        for (text, unread) in
            [("hi".to_owned().as_str(), None), (slice("hi"), Some(&*elsewhere)), (slice("text\""), None)]
        {
            assert!(learned(text, unread).open(EVENT.as_bytes()).is_none(), "{text}, {unread:?}");
        }
        let mut envelope = learned(slice("hi"), None);
        envelope.forget();
        assert!(envelope.open(EVENT.as_bytes()).is_none());
    }
}
