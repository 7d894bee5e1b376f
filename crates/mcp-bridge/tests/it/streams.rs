//! Answers as event streams, honest and not.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::Notify;
use toolgate_mcp_bridge::{Bridge, BridgeError};

use crate::liar::{Ask, Liar, empty, json_response, legacy_start, response, stall, text, tool, with_tool};
use crate::support::{bridge, call, names, server};

pub(crate) fn event(message: &Value) -> String {
    format!("event: message\ndata: {message}\n\n")
}

pub(crate) fn answer(ask: &Ask, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": ask.id, "result": result})
}

pub(crate) fn stream(body: String) -> Response {
    response(200, "text/event-stream; charset=utf-8", body)
}

#[tokio::test]
async fn answers_come_after_comments_notifications_and_priming_events() {
    let liar = Liar::legacy(with_tool(|ask| {
        let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress",
            "params": {"progressToken": 1, "progress": 1}});
        let odd = json!({"content": [{"type": "odd"}, {"type": "text", "text": "streamed"}]});
        stream(format!(": hello\n\nid: 1\ndata:\n\n{}{}", event(&progress), event(&answer(ask, &odd))))
    }))
    .await;
    let result = call(&bridge(&liar.url), "t", "{}").await.unwrap();
    assert_eq!((result.content.len(), result.to_text("t").as_str()), (2, "streamed"));
}

/// WHATWG HTML section 9.2.6: a line without a colon is a field without a value, a field of another name and a `retry`
/// that is no number are ignored, of two names the later counts.
#[tokio::test]
async fn what_the_standard_ignores_breaks_nothing() {
    let liar = Liar::legacy(with_tool(|ask| {
        let odd = "\u{feff}data\r\r: odd\r\nunknown: 1\nno colon\nretry: soon\nid\nid: 1\nevent: ping\n";
        stream(format!("{odd}{}", event(&answer(ask, &text("read")))))
    }))
    .await;
    assert_eq!(call(&bridge(&liar.url), "t", "{}").await.unwrap().to_text("t"), "read");
}

#[tokio::test]
async fn an_event_that_is_not_utf_8_is_refused() {
    let liar =
        Liar::legacy(with_tool(|_| response(200, "text/event-stream", &b"data: \"\xff\"\n\n"[..]))).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(&error, BridgeError::Protocol { reason, .. } if reason.contains("UTF-8")), "{error}");
}

/// MCP 2025-03-26, basic: "implementations MUST support receiving JSON-RPC batches".
#[tokio::test]
async fn messages_may_come_as_a_batch() {
    for as_stream in [true, false] {
        let liar = Liar::legacy(with_tool(move |ask| {
            let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress",
                "params": {"progressToken": 1, "progress": 1}});
            let batch =
                json!([progress, answer(ask, &json!({"content": [{"type": "text", "text": "batched"}]}))]);
            if as_stream { stream(event(&batch)) } else { json_response(200, &batch) }
        }))
        .await;
        assert_eq!(call(&bridge(&liar.url), "t", "{}").await.unwrap().to_text("t"), "batched");
    }
}

#[tokio::test]
async fn a_session_may_start_with_streams() {
    let liar = Liar::start(|ask| match ask.method.as_str() {
        "initialize" => stream(event(&answer(
            ask,
            &json!({"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}}),
        ))),
        "tools/list" => stream(event(&answer(ask, &json!({"tools": [tool("t"), 7]})))),
        _ => legacy_start(ask).unwrap_or_else(|| empty(404)),
    })
    .await;
    assert_eq!(names(&bridge(&liar.url)).await, ["t"]);
}

#[tokio::test]
async fn a_stream_that_ends_without_the_answer_leaves_the_outcome_unknown() {
    let liar = Liar::legacy(with_tool(|_| stream(": working\n\n".to_owned()))).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::OutcomeUnknown { .. }), "{error}");
    assert_eq!(liar.asked("tools/call").len(), 1);
}

#[tokio::test]
async fn a_stream_with_the_answer_to_another_request_is_refused() {
    let liar = Liar::legacy(with_tool(|_| {
        stream(event(&json!({"jsonrpc": "2.0", "id": 4711, "result": text("not yours")})))
    }))
    .await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(&error, BridgeError::Protocol { reason, .. } if reason.contains("4711")), "{error}");
}

#[tokio::test]
async fn only_the_first_answer_of_a_stream_counts() {
    let liar = Liar::legacy(with_tool(|ask| {
        let said = ask.params["arguments"]["n"].to_string();
        stream([said.as_str(), "another"].map(|said| event(&answer(ask, &text(said)))).concat())
    }))
    .await;
    let bridge = bridge(&liar.url);
    for n in ["1", "2", "3"] {
        let result = call(&bridge, "t", &format!(r#"{{"n": {n}}}"#)).await.unwrap();
        assert_eq!(result.to_text("t"), n);
    }
}

#[tokio::test]
async fn an_endless_event_is_cut_off() {
    let liar = Liar::legacy(with_tool(|_| {
        let endless =
            futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 1 << 20])));
        response(200, "text/event-stream", Body::from_stream(endless))
    }))
    .await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(&error, BridgeError::TooLarge { what: "an event", .. }), "{error}");
}

#[tokio::test]
async fn a_changed_list_is_asked_for_again() {
    let liar = Liar::legacy(|ask| {
        let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
        match ask.method.as_str() {
            "tools/list" => ask.result(json!({"tools": [tool("t")]})),
            _ => stream(format!("{}{}", event(&changed), event(&answer(ask, &text("ok"))))),
        }
    })
    .await;
    let bridge = bridge(&liar.url);
    call(&bridge, "t", "{}").await.unwrap();
    for _ in 0..100 {
        bridge.tools().await.unwrap();
        if liar.asked("tools/list").len() == 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the list was not asked for again");
}

/// A proxy cuts off what is silent, and what the server would have told meanwhile is lost.
#[tokio::test]
async fn a_list_is_asked_for_again_after_the_listening_stream_broke_off() {
    let opened = AtomicUsize::new(0);
    let liar = Liar::start(move |ask| match (ask.verb.as_str(), ask.method.as_str()) {
        ("GET", _) if opened.fetch_add(1, Ordering::Relaxed) == 0 => stream(": cut off\n\n".to_owned()),
        ("GET", _) => stall("text/event-stream"),
        (_, "tools/list") => ask.result(json!({"tools": [tool("t")]})),
        _ => legacy_start(ask).unwrap_or_else(|| empty(404)),
    })
    .await;
    let bridge = bridge(&liar.url);
    let listening = || liar.all().iter().filter(|ask| ask.verb == "GET").count();
    bridge.tools().await.unwrap();
    bridge.tools().await.unwrap();
    assert_eq!(liar.asked("tools/list").len(), 1);
    for _ in 0..1_000 {
        if listening() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..100 {
        bridge.tools().await.unwrap();
        if liar.asked("tools/list").len() == 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the list was not asked for again; {} listening streams", listening());
}

#[tokio::test]
async fn a_server_that_asks_for_something_is_refused() {
    let liar = Liar::legacy(with_tool(|ask| {
        let requests = ["elicitation/create", "sampling/createMessage", "roots/list"].map(|method| {
            let params = match method {
                "elicitation/create" => {
                    json!({"message": "password?", "requestedSchema": {"type": "object", "properties": {}}})
                }
                "roots/list" => json!({}),
                _ => json!({"messages": [], "maxTokens": 1}),
            };
            event(&json!({"jsonrpc": "2.0", "id": method, "method": method, "params": params}))
        });
        stream(requests.concat() + &event(&answer(ask, &text("ok"))))
    }))
    .await;
    let bridge = bridge(&liar.url);
    call(&bridge, "t", "{}").await.unwrap();
    for _ in 0..200 {
        let refused = liar.all().iter().filter(|ask| ask.body["error"]["code"] == -32601).count();
        if refused == 3 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{:?}", liar.all().iter().map(|ask| &ask.body).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_answer_may_come_on_a_resumed_stream() {
    let called = Mutex::new(Value::Null);
    let liar = Liar::start(move |ask| match (ask.verb.as_str(), ask.method.as_str()) {
        ("GET", _) if ask.header("last-event-id") == Some("e-1") => {
            let odd = json!({"content": [{"type": "odd"}, {"type": "text", "text": "late"}]});
            stream(event(&json!({"jsonrpc": "2.0", "id": *called.lock().unwrap(), "result": odd})))
        }
        (_, "tools/call") => {
            *called.lock().unwrap() = ask.id.clone();
            stream("id: e-1\nretry: 1\ndata:\n\n".to_owned())
        }
        (_, "tools/list") => ask.result(json!({"tools": [tool("t")]})),
        _ => legacy_start(ask).unwrap_or_else(|| empty(404)),
    })
    .await;
    let result = call(&bridge(&liar.url), "t", "{}").await.unwrap();
    assert_eq!((result.content.len(), result.to_text("t").as_str()), (2, "late"));
    assert_eq!(liar.asked("tools/call").len(), 1);
}

/// Says when the client has hung up.
struct HungUp(Arc<AtomicBool>);

impl Drop for HungUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_modern_call_that_is_given_up_closes_its_stream() {
    let hung_up = Arc::new(AtomicBool::new(false));
    let seen = hung_up.clone();
    let liar = Liar::modern(with_tool(move |_| {
        let guard = HungUp(seen.clone());
        let beat = futures_util::stream::unfold(guard, |guard| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b": beat\n\n")), guard))
        });
        response(200, "text/event-stream", Body::from_stream(beat))
    }))
    .await;
    let bridge =
        Bridge::new(vec![server("one", &liar.url).with_call_timeout(Duration::from_millis(80))]).unwrap();
    let error = call(&bridge, "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::Timeout { method: "tools/call", .. }), "{error}");
    for _ in 0..200 {
        if hung_up.load(Ordering::Relaxed) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the stream was left open");
}

/// Ends streams when told to, long after what they answered.
#[derive(Clone, Default)]
struct Ending {
    go_on: Arc<Notify>,
    ended: Arc<AtomicUsize>,
}

impl Ending {
    fn stream(&self, ask: &Ask, result: &Value) -> Response {
        let Self { go_on, ended } = self.clone();
        let answered = futures_util::stream::iter([Ok(Bytes::from(event(&answer(ask, result))))]);
        let end = futures_util::stream::once(async move {
            go_on.notified().await;
            ended.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::new())
        });
        response(200, "text/event-stream", Body::from_stream(answered.chain(end)))
    }

    /// Whether the streams so far ended, when they did after 100 ms, before the client hung up.
    async fn end(&self, streams: usize) -> bool {
        settle().await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_millis(100)).await;
        tokio::time::resume();
        settle().await;
        self.go_on.notify_one();
        settle().await;
        self.ended.load(Ordering::Relaxed) == streams
    }
}

/// Lets every task do what it can.
async fn settle() {
    for _ in 0..5000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_answered_call_leaves_its_connection_for_the_next() {
    let ending = Ending::default();
    let ends = ending.clone();
    let liar = Liar::modern(with_tool(move |ask| ends.stream(ask, &text("ok")))).await;
    let bridge = bridge(&liar.url);
    for calls in 1..=3 {
        call(&bridge, "t", "{}").await.unwrap();
        assert!(ending.end(calls).await, "call {calls} was hung up on");
    }
    let peers: HashSet<_> = liar.all().iter().map(|ask| ask.peer).collect();
    assert_eq!(peers.len(), 1);
}

#[tokio::test]
async fn the_start_of_a_session_leaves_its_connection_too() {
    let ending = Ending::default();
    let ends = ending.clone();
    let liar = Liar::start(move |ask| match ask.method.as_str() {
        "initialize" => ends.stream(
            ask,
            &json!({"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}}),
        ),
        "tools/list" => ask.result(json!({"tools": [tool("t")]})),
        _ => legacy_start(ask).unwrap_or_else(|| empty(404)),
    })
    .await;
    assert_eq!(names(&bridge(&liar.url)).await, ["t"]);
    assert!(ending.end(1).await);
}
