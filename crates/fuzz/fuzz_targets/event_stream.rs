//! Server-sent events (WHATWG HTML section 9.2): whatever the borders of the chunks, the events are the same.
//!
//! Seven bytes of the input choose the sizes of the chunks and, one bit, whether the limits are small; the rest is the stream.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::check_message;
use toolgate_http_client::HttpError;
use toolgate_http_client::sse::{Event, EventReader, Limits};

fuzz_target!(|input: &[u8]| {
    let Some((borders, stream)) = input.split_at_checked(7) else { return };
    let small = borders[0] & 1 == 1;
    let limits = if small { Limits::default().with_line(40).with_event(60) } else { Limits::default() };
    let whole = read(&[stream], limits);
    let mut chunks = Vec::new();
    let mut rest = stream;
    for size in borders.iter().cycle() {
        let (chunk, after) = rest.split_at(rest.len().min(usize::from(*size % 13) + 1));
        chunks.push(chunk);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    let pieces = read(&chunks, limits);
    assert_eq!(whole.0, pieces.0);
    assert_eq!(whole.1.is_some(), pieces.1.is_some());
    for error in whole.1.iter().chain(&pieces.1) {
        check_message(error);
    }
});

fn read(chunks: &[&[u8]], limits: Limits) -> (Vec<Event>, Option<HttpError>) {
    let mut reader = EventReader::new(limits);
    let mut events = Vec::new();
    for chunk in chunks {
        if let Err(error) = reader.push(Bytes::copy_from_slice(chunk)) {
            return (events, Some(error));
        }
        loop {
            match reader.next() {
                Ok(Some(event)) => {
                    assert!(event.data.len() <= limits.event);
                    events.push(event);
                }
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
    }
    (events, None)
}
