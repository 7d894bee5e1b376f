//! Bodies that are let go before their end has come: the connection stays, within bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use toolgate_http_client::{Body, HttpClient, SendOptions};

use crate::server::{Server, builder, get, read_head};

/// Lets every task do what it can.
async fn settle() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test]
async fn the_connection_is_used_again() {
    let (go_on, ended) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let both = (Arc::clone(&go_on), Arc::clone(&ended));
    let server = Server::start(move |mut stream, _| {
        let (go_on, ended) = both.clone();
        async move {
            while read_head(&mut stream).await.is_some() {
                let begin = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n";
                stream.write_all(begin).await.unwrap();
                go_on.notified().await;
                let _ = stream.write_all(b"0\r\n\r\n").await;
                ended.notify_one();
            }
        }
    })
    .await;
    let client = builder().build();
    for _ in 0..3 {
        let response = client.send(get(&server.url("/"), SendOptions::default())).await.unwrap();
        let mut body = response.into_body();
        assert_eq!(body.chunk().await.unwrap().unwrap(), "hello");
        body.drain();
        let with_its_task = tasks();
        settle().await;
        go_on.notify_one();
        ended.notified().await;
        while tasks() >= with_its_task {
            tokio::task::yield_now().await;
        }
        // What gave the body to that task has yet to put the connection back.
        settle().await;
    }
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_body_that_goes_on_is_given_up() {
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let pieces = stream::repeat_with(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(Bytes::from_static(&[0; 1 << 10]))
    });
    Body::from_stream(pieces).drain();
    settle().await;
    assert_eq!(Arc::strong_count(&read), 1, "the body is still held");
    assert_eq!(read.load(Ordering::Relaxed), 64 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_says_nothing_more_is_given_up() {
    let held = Arc::new(());
    let inside = Arc::clone(&held);
    Body::from_stream(stream::pending().inspect(move |_| drop(Arc::clone(&inside)))).drain();
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(Arc::strong_count(&held), 2);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn without_a_runtime_it_is_dropped() {
    Body::from_stream(stream::pending()).drain();
}
