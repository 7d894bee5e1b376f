//! Server-sent events in every way that they can be cut into chunks.

use bytes::Bytes;
use toolgate_http_client::sse::{Event, EventReader, EventStream, Limits};
use toolgate_http_client::{Body, HttpError};

fn read(chunks: &[&[u8]], limits: Limits) -> Result<Vec<Event>, HttpError> {
    let mut reader = EventReader::new(limits);
    let mut events = Vec::new();
    for chunk in chunks {
        reader.push(Bytes::copy_from_slice(chunk))?;
        while let Some(event) = reader.next()? {
            events.push(event);
        }
    }
    Ok(events)
}

fn whole(text: &str) -> Vec<Event> {
    read(&[text.as_bytes()], Limits::default()).unwrap()
}

/// Every way to cut `text`: each bit says whether there is a border behind a byte.
fn every_chunking(text: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    (0..1_u32 << (text.len() - 1)).map(move |borders| {
        let mut chunks = Vec::new();
        let mut start = 0;
        for end in (1..text.len()).filter(|end| borders >> (end - 1) & 1 == 1) {
            chunks.push(&text[start..end]);
            start = end;
        }
        chunks.push(&text[start..]);
        chunks
    })
}

#[test]
fn borders_of_chunks_do_not_matter() {
    let texts = [
        "data:ä\r\n\r\nid:1\r\r",
        "\u{feff}data: a\r\ndata\n\n",
        "event:e\rdata:x\n\r\n",
        ":c\n\ndata:é\n\n\r",
    ];
    for text in texts {
        let expected = whole(text);
        assert!(!expected.is_empty(), "{text:?}");
        for chunks in every_chunking(text.as_bytes()) {
            assert_eq!(read(&chunks, Limits::default()).unwrap(), expected, "{chunks:?}");
        }
    }
}

#[test]
fn what_stands_outside_of_events_is_kept_without_comments() {
    let mut reader = EventReader::new(Limits::default());
    let text = ": ping\nfuture: 1\n\ndata: a\n\n{\n: ping\n \"error\": 503\n\n: ping\n}\n";
    reader.push(text.into()).unwrap();
    while reader.next().unwrap().is_some() {}
    assert_eq!(reader.stray(), b"{\n \"error\": 503\n}\n");
}

#[test]
fn every_pair_of_borders_in_a_long_stream() {
    let text = "\u{feff}: hello\r\nretry: 10\r\nid: 7\revent: delta\r\ndata: {\"t\":\"héllo\"}\r\n\r\ndata: one\ndata:two\n\ndata\n\n\ndata: cut off";
    let (text, expected) = (text.as_bytes(), whole(text));
    let shown: Vec<_> = expected.iter().map(|event| (&*event.name, event.text(), &*event.id)).collect();
    let wanted = [("delta", "{\"t\":\"héllo\"}"), ("", "one\ntwo"), ("", "")];
    let wanted: Vec<_> =
        wanted.iter().map(|(name, data)| (name.as_bytes(), (*data).into(), b"7" as &[u8])).collect();
    assert_eq!(shown, wanted);
    for first in 0..text.len() {
        for second in first..text.len() {
            let chunks = [&text[..first], &text[first..second], &text[second..]];
            assert_eq!(read(&chunks, Limits::default()).unwrap(), expected, "{first} {second}");
        }
    }
}

#[test]
fn fields_are_read_as_the_standard_says() {
    assert_eq!(whole("data:  two spaces\n\n")[0].data, " two spaces");
    assert_eq!(whole("data: a: b\n\n")[0].data, "a: b");
    assert!(whole("event: alone\n\nunknown: x\n\n").is_empty());
    assert_eq!(
        whole("id: a\ndata: x\n\nid: b\0\ndata: y\n\nid\ndata: z\n\n")
            .iter()
            .map(|e| e.id.len())
            .collect::<Vec<_>>(),
        [1, 1, 0]
    );
    assert_eq!(whole("data: \u{feff}x\n\n")[0].text(), "\u{feff}x", "a mark inside is text");
    assert_eq!(read(&[b"data: \xff\n\n"], Limits::default()).unwrap()[0].text(), "\u{fffd}");
}

#[test]
fn the_time_to_reconnect_is_bounded() {
    let retry = |text: &'static str| {
        let mut reader = EventReader::new(Limits::default());
        reader.push(Bytes::from_static(text.as_bytes())).unwrap();
        assert_eq!(reader.next().unwrap(), None);
        reader.retry().map(|retry| retry.as_millis())
    };
    assert_eq!(retry("retry: 1500\n"), Some(1500));
    assert_eq!(retry("retry: 99999999999999999999999\n"), Some(60_000));
    assert_eq!(retry("retry: 60001\n"), Some(60_000));
    assert_eq!(retry("retry: -1\n"), None);
    assert_eq!(retry("retry\n"), None);
}

#[test]
fn each_piece_has_its_limit() {
    let limits = Limits::default().with_line(20).with_event(30).with_stream(100);
    let part = |chunks: &[&[u8]]| match read(chunks, limits) {
        Err(HttpError::EventTooLarge { part, .. }) => part,
        other => panic!("{other:?}"),
    };
    assert_eq!(part(&[b"data: 0123456789", b"0123456789\n\n"]), "line");
    assert_eq!(part(&[b"data: 0123456789\ndata: 0123456789\ndata: 0123456789\n\n"]), "event");
    assert_eq!(part(&[b"data: 0\n\n".as_slice(); 12]), "total");
    assert_eq!(part(&[b": keep alive\n".as_slice(); 12]), "total");
}

/// An `id` stays with all events behind it: one of a line's length would come with each of many small ones.
#[test]
fn a_name_and_an_id_have_1_kib_at_most() {
    let event =
        |field: &str, length: usize| format!("{field}: {}\ndata: a\n\ndata: b\n\n", "x".repeat(length));
    for (field, expected) in [("event", "event name"), ("id", "id")] {
        let events = whole(&event(field, 1 << 10));
        assert_eq!((events.len(), events[0].name.len() + events[0].id.len()), (2, 1 << 10));
        match read(&[event(field, (1 << 10) + 1).as_bytes()], Limits::default()) {
            Err(HttpError::EventTooLarge { part, limit }) => assert_eq!((part, limit), (expected, 1 << 10)),
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[test]
fn what_is_exactly_as_large_as_allowed_passes() {
    let limits = Limits::default().with_line(10).with_event(9).with_stream(24);
    // Lines of 10, data of 4, a line feed and 4, and 24 in all.
    let events = read(&[b"data: 0123\ndata: 4567\n\n\n"], limits).unwrap();
    assert_eq!(events[0].data, "0123\n4567");
    for limits in [limits.with_line(9), limits.with_event(8), limits.with_stream(23)] {
        let error = read(&[b"data: 0123\ndata: 4567\n\n\n"], limits).unwrap_err();
        assert!(matches!(error, HttpError::EventTooLarge { .. }), "{limits:?}");
    }
    assert_eq!((limits.line, limits.event, limits.stream), (10, 9, 24));
    let Limits { line, event, stream, .. } = Limits::default();
    assert_eq!((line, event, stream), (1 << 20, 4 << 20, 64 << 20));
}

#[test]
fn a_byte_order_mark_in_front_is_no_part_of_the_first_field() {
    let events = whole("\u{feff}data: a\n\n\u{feff}data: b\n\ndata: c\n\n");
    assert_eq!(events.iter().map(|event| event.text()).collect::<Vec<_>>(), ["a", "c"], "and only in front");
    assert_eq!(whole("data: a\n\n")[0].data, "a");
}

#[test]
fn what_stands_outside_of_events_is_kept_up_to_64_kib() {
    let mut reader = EventReader::new(Limits::default());
    reader.push(Bytes::from(format!("data: a\n\n{{\n{}", "x\n".repeat(40_000)))).unwrap();
    while reader.next().unwrap().is_some() {}
    assert_eq!(reader.stray().len(), 64 << 10);
}

#[test]
fn what_stands_in_place_of_events_is_kept_as_an_event_would_be() {
    let kept = |limits: Limits| {
        let mut reader = EventReader::new(limits);
        reader.push(Bytes::from(format!("\n  {{\n{}", "x\n".repeat(40_000)))).unwrap();
        assert_eq!(reader.next().unwrap(), None);
        reader.stray().len()
    };
    assert_eq!(kept(Limits::default()), 80_004);
    assert_eq!(kept(Limits::default().with_event(1000)), 1000);
}

#[test]
fn chunks_may_come_before_events_are_asked_for() {
    let mut reader = EventReader::new(Limits::default());
    for chunk in ["da", "ta: a\n", "\ndata: b\n\n"] {
        reader.push(chunk.into()).unwrap();
    }
    assert_eq!(reader.next().unwrap().unwrap().data, "a");
    assert_eq!(reader.next().unwrap().unwrap().data, "b");
}

#[tokio::test]
async fn a_body_is_read_as_events() {
    let pieces = ["retry: 90000\ndata: a", "\n\nda", "ta: b\n\ndata: cut off"].map(|piece| Ok(piece.into()));
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let mut events = EventStream::new(body, Limits::default());
    assert_eq!(events.retry(), None);
    assert_eq!(events.next().await.unwrap().unwrap().data, "a");
    assert_eq!(events.retry(), Some(std::time::Duration::from_secs(60)));
    assert_eq!(events.next().await.unwrap().unwrap().data, "b");
    assert_eq!(events.next().await.unwrap(), None);
}

#[test]
fn a_field_within_one_chunk_is_not_copied() {
    let chunk = Bytes::from_static(b"data: {\"delta\":1}\n\n");
    let mut reader = EventReader::new(Limits::default());
    reader.push(chunk.clone()).unwrap();
    let event = reader.next().unwrap().unwrap();
    assert!(chunk.as_ptr_range().contains(&event.data.as_ptr()));
}

/// llama.cpp's word for it: HTML's readers pass such a field over, and what went wrong with it.
#[test]
fn an_error_in_a_field_of_its_own_is_an_event_of_that_name() {
    let events = whole("data: a\n\nerror: {\"code\":400}\n\ndata: [DONE]\n\n");
    let read: Vec<_> = events.iter().map(|event| (&*event.name, &*event.data)).collect();
    assert_eq!(read, [(&b""[..], &b"a"[..]), (b"error", b"{\"code\":400}"), (b"", b"[DONE]")]);
}
