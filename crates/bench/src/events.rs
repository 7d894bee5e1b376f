//! Reading server-sent events: ours beside sse-stream and eventsource-stream, over the same chunks in memory.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures_util::{FutureExt, StreamExt, stream};
use toolgate_bench::measure::{Cell, interleaved};
use toolgate_http_client::Body;
use toolgate_http_client::sse::{EventStream, Limits};

use crate::table;

const ROUNDS: u32 = 15;
const BATCH: Duration = Duration::from_millis(60);
const EVENTS: usize = 2000;

/// Prints the table.
pub(crate) fn run() {
    let sizes = [
        ("one event per chunk", None),
        ("chunks of 1 KiB", Some(1024)),
        ("chunks of 16 KiB", Some(16 << 10)),
    ];
    let text = text();
    let mut cells: Vec<Cell> =
        sizes.into_iter().flat_map(|(name, size)| cells(name, &chunks(&text, size))).collect();
    let costs = interleaved(&mut cells, ROUNDS, BATCH, || ());
    let rows: Vec<Vec<String>> = cells
        .iter()
        .zip(&costs)
        .enumerate()
        .map(|(index, (cell, cost))| {
            let ours = costs[index - index % 3];
            let bytes = text.len() as f64 / cost.cpu;
            let numbers = [bytes, cost.cpu * 1000.0 / EVENTS as f64].map(table::number);
            let ratio = table::ratio(cost.cpu, ours.cpu);
            [cell.operation, cell.who].map(str::to_owned).into_iter().chain(numbers).chain([ratio]).collect()
        })
        .collect();
    table::print(
        "Server-sent events",
        &["stream", "by", "MB/s of CPU", "ns per event", "CPU, ours = 1"],
        &rows,
    );
}

/// A model's answer in the shape that most providers stream.
fn text() -> Vec<u8> {
    let event = |number: usize| {
        format!(
            "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1800000000,\"model\":\"m\",\
             \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word{number}\"}},\"finish_reason\":null}}]}}\n\n"
        )
    };
    (0..EVENTS).map(event).collect::<String>().into_bytes()
}

fn chunks(text: &[u8], size: Option<usize>) -> Vec<Bytes> {
    let whole = Bytes::copy_from_slice(text);
    let Some(size) = size else {
        let mut rest = whole;
        let mut chunks = Vec::new();
        while let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") {
            chunks.push(rest.split_to(end + 2));
        }
        return chunks;
    };
    (0..whole.len()).step_by(size).map(|at| whole.slice(at..(at + size).min(whole.len()))).collect()
}

fn cells(name: &'static str, chunks: &[Bytes]) -> Vec<Cell> {
    let (ours, sse, eventsource) = (chunks.to_vec(), chunks.to_vec(), chunks.to_vec());
    vec![
        Cell::new(name, "toolgate", move || {
            let body = Body::from_stream(stream::iter(ours.clone().into_iter().map(Ok)));
            let mut events = EventStream::new(body, Limits::default());
            let read = async {
                let mut count = 0;
                while let Some(event) = events.next().await.unwrap() {
                    count += usize::from(!black_box(event).data.is_empty());
                }
                count
            };
            assert_eq!(read.now_or_never(), Some(EVENTS));
        }),
        Cell::new(name, "sse-stream", move || {
            let chunks = stream::iter(sse.clone().into_iter().map(Ok::<_, Infallible>));
            let events = sse_stream::SseStream::from_bytes_stream(chunks);
            let count = events.filter(|event| std::future::ready(black_box(event).is_ok())).count();
            assert_eq!(count.now_or_never(), Some(EVENTS));
        }),
        Cell::new(name, "eventsource-stream", move || {
            let chunks = stream::iter(eventsource.clone().into_iter().map(Ok::<_, Infallible>));
            let events = chunks.eventsource();
            let count = events.filter(|event| std::future::ready(black_box(event).is_ok())).count();
            assert_eq!(count.now_or_never(), Some(EVENTS));
        }),
    ]
}
