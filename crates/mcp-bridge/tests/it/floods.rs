//! Servers that send more than anybody can use: messages, events, changes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::response::Response;
use futures_util::StreamExt;
use serde_json::{Value, json};
use toolgate_http_client::{HttpClient, HttpError, Request};
use toolgate_mcp_bridge::{Bridge, BridgeError, Server};

use crate::liar::{Liar, empty, json_response, text, with_tool};
use crate::streams::{answer, event, stream};
use crate::support::{bridge, call, http};

/// Two bytes each, and each would be an event of its own.
#[tokio::test]
async fn mb_21_a_batch_has_a_thousand_messages_at_most() {
    for as_stream in [true, false] {
        let liar = Liar::legacy(with_tool(move |ask| {
            let mut batch = vec![json!(0); 1_000];
            batch.push(answer(ask, &text("too late")));
            let batch = Value::Array(batch);
            if as_stream { stream(event(&batch)) } else { json_response(200, &batch) }
        }))
        .await;
        let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
        assert!(matches!(&error, BridgeError::TooLarge { what: "a batch", .. }), "{error}");
        assert!(error.may_have_run());
    }
}

/// Answers calls with `events` over and over, for ten seconds, as fast as they are read.
struct Torrent(Arc<dyn HttpClient>, Bytes);

#[async_trait::async_trait]
impl HttpClient for Torrent {
    async fn send(&self, request: Request) -> Result<toolgate_http_client::Response, HttpError> {
        if !String::from_utf8_lossy(request.body()).contains("tools/call") {
            return self.0.send(request).await;
        }
        let (start, events) = (Instant::now(), self.1.clone());
        let endless = futures_util::stream::repeat_with(move || Ok(events.clone()));
        let endless =
            endless.take_while(move |_| std::future::ready(start.elapsed() < Duration::from_secs(10)));
        let body = toolgate_http_client::Body::from_stream(endless);
        let response = Response::builder().header("content-type", "text/event-stream");
        Ok(response.body(body).unwrap())
    }
}

/// No event says anything, and nothing is ever waited for.
#[tokio::test]
async fn mb_21_a_deadline_holds_however_fast_events_come() {
    for events in ["data:\n\n".repeat(1_000), ":\n".repeat(1_000), "data:\n\n".to_owned()] {
        let liar = Liar::legacy(with_tool(|_| empty(404))).await;
        let torrent = Arc::new(Torrent(http(), events.into()));
        let server = Server::new("one", &liar.url, torrent).unwrap();
        let bridge = Bridge::new(vec![server.with_call_timeout(Duration::from_millis(500))]).unwrap();
        let start = Instant::now();
        let error = call(&bridge, "t", "{}").await.unwrap_err();
        assert!(matches!(error, BridgeError::Timeout { method: "tools/call", .. }), "{error}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

/// A list may be 32 MiB, and each is read, judged and hashed.
#[tokio::test]
async fn a_list_that_changes_all_the_time_is_asked_for_once_a_second() {
    let liar = Liar::legacy(with_tool(|ask| {
        let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
        stream([event(&changed), event(&answer(ask, &text("ran")))].concat())
    }))
    .await;
    let (bridge, start) = (bridge(&liar.url), Instant::now());
    for _ in 0..3 {
        call(&bridge, "t", "{}").await.unwrap();
    }
    assert_eq!(liar.asked("tools/list").len(), 3, "each change is seen before the next call");
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
}
