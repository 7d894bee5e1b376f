//! Calls whose answers come as streams: what a server asks in between, streams that break off.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::Notify;
use toolgate_mcp_bridge::{Bridge, BridgeError, Elicit, Elicitation, ElicitationAnswer, Server};
use toolgate_tool_types::{JsonObject, ToolName};

use crate::calls::{Mark, Marking};
use crate::liar::{Ask, Liar, empty, legacy_start, response, text, tool, with_tool};
use crate::support::{bridge, call, http, server};

const EVENTS: &str = "text/event-stream";

fn event(message: &Value) -> Bytes {
    Bytes::from(format!("data: {message}\n\n"))
}

fn answer(id: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

/// A stream of `asked`, and of what `answered` makes once `go_on` is told.
fn two_parts(
    asked: &Value,
    go_on: Arc<Notify>,
    answered: impl FnOnce() -> Value + Send + 'static,
) -> Response {
    let first = futures_util::stream::iter([Ok::<_, std::io::Error>(event(asked))]);
    let second = futures_util::stream::once(async move {
        go_on.notified().await;
        Ok(event(&answered()))
    });
    response(200, EVENTS, Body::from_stream(first.chain(second)))
}

/// A server that asks `method` during each call, and answers it with what it was answered.
async fn asks(method: &'static str, params: Value) -> Liar {
    let (told, go_on) = (Arc::new(Mutex::new(Value::Null)), Arc::new(Notify::new()));
    Liar::legacy(move |ask| match ask.method.as_str() {
        "tools/list" => ask.result(json!({"tools": [tool("t")]})),
        "tools/call" => {
            let asked = json!({"jsonrpc": "2.0", "id": "q-1", "method": method, "params": params});
            let (id, told) = (ask.id.clone(), told.clone());
            two_parts(&asked, go_on.clone(), move || answer(&id, &text(&told.lock().unwrap().to_string())))
        }
        _ => {
            *told.lock().unwrap() = ask.body.clone();
            go_on.notify_one();
            empty(202)
        }
    })
    .await
}

/// Answers at once, or never.
struct Person(Option<ElicitationAnswer>);

#[async_trait]
impl Elicit for Person {
    async fn elicit(&self, _: Elicitation) -> ElicitationAnswer {
        match &self.0 {
            Some(answer) => answer.clone(),
            None => std::future::pending().await,
        }
    }
}

fn question() -> Value {
    json!({"message": "Sure?", "requestedSchema": {"type": "object", "properties": {}}})
}

#[tokio::test]
async fn a_server_may_ask_before_it_answers() {
    let liar = asks("ping", json!({})).await;
    let said = call(&bridge(&liar.url), "t", "{}").await.unwrap().to_text("t");
    let told = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    assert_eq!(told(said), answer(&json!("q-1"), &json!({})));

    let liar = asks("elicitation/create", question()).await;
    let person = Arc::new(Person(Some(ElicitationAnswer::Decline)));
    let bridge = Bridge::new(vec![server("one", &liar.url).with_elicitation(person)]).unwrap();
    let said = call(&bridge, "t", "{}").await.unwrap().to_text("t");
    assert_eq!(told(said), answer(&json!("q-1"), &json!({"action": "decline"})));
    let reply = liar.all().into_iter().find(|ask| ask.body["result"].is_object()).unwrap();
    assert_eq!(
        (reply.header("mcp-session-id"), reply.header("mcp-protocol-version")),
        (Some("s-1"), Some("2025-11-25"))
    );
}

/// The server may do without the answer, and the call is not to wait for it then.
#[tokio::test]
async fn an_answer_ends_a_call_although_a_question_is_open() {
    let liar = Liar::legacy(with_tool(|ask| {
        let asked = json!({"jsonrpc": "2.0", "id": 1, "method": "elicitation/create", "params": question()});
        let body = [event(&asked), event(&answer(&ask.id, &text("done")))].concat();
        response(200, EVENTS, body)
    }))
    .await;
    let bridge =
        Bridge::new(vec![server("one", &liar.url).with_elicitation(Arc::new(Person(None)))]).unwrap();
    assert_eq!(call(&bridge, "t", "{}").await.unwrap().to_text("t"), "done");
}

/// Each is answered with a request, so a stream of them would have this client flood whoever the server likes.
#[tokio::test]
async fn a_server_asks_a_thousand_times_at_most() {
    let liar = Liar::legacy(with_tool(|ask| {
        let mut body: Vec<u8> =
            (0..1_001).flat_map(|id| event(&json!({"jsonrpc": "2.0", "id": id, "method": "ping"}))).collect();
        body.extend(event(&answer(&ask.id, &text("done"))));
        response(200, EVENTS, body)
    }))
    .await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(error.to_string().contains("1000 requests of the server"), "{error}");
}

#[tokio::test]
async fn progress_that_comes_with_the_answer_is_told_before_it() {
    let liar = Liar::legacy(with_tool(|ask| {
        let token = &ask.params["_meta"]["progressToken"];
        let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress",
            "params": {"progressToken": token, "progress": 1, "total": 2}});
        response(200, EVENTS, [event(&progress), event(&answer(&ask.id, &text("done")))].concat())
    }))
    .await;
    let bridge = bridge(&liar.url);
    bridge.tools().await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let checked = bridge.check(&ToolName::new("t").unwrap(), JsonObject::empty()).unwrap();
    let checked = checked.with_progress(move |progress| listener.lock().unwrap().push(progress.progress));
    bridge.call(checked).await.unwrap();
    assert_eq!(*told.lock().unwrap(), [1.0]);
}

#[tokio::test]
async fn a_notification_that_cannot_be_read_costs_only_itself() {
    let liar = Liar::legacy(with_tool(|ask| {
        let odd = [
            json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": {}}}),
            json!({"jsonrpc": "2.0", "method": "notifications/of/the/future", "params": []}),
        ];
        let mut body: Vec<u8> = odd.iter().flat_map(event).collect();
        body.extend(event(&answer(&ask.id, &text("done"))));
        response(200, EVENTS, body)
    }))
    .await;
    assert_eq!(call(&bridge(&liar.url), "t", "{}").await.unwrap().to_text("t"), "done");
}

/// Breaks each stream off behind an event with an id, and answers a resumption with `resumed`.
async fn breaks_off(resumed: impl Fn(&Ask, usize) -> Response + Send + Sync + 'static) -> Liar {
    let resumptions = AtomicUsize::new(0);
    Liar::start(move |ask| match (ask.verb.as_str(), ask.method.as_str()) {
        ("GET", _) if ask.header("last-event-id").is_some() => {
            resumed(ask, resumptions.fetch_add(1, Ordering::Relaxed))
        }
        (_, "tools/list") => ask.result(json!({"tools": [tool("t")]})),
        (_, "tools/call") => response(200, EVENTS, "id: e-1\nretry: 1\ndata:\n\n"),
        _ => legacy_start(ask).unwrap_or_else(|| empty(404)),
    })
    .await
}

/// It was sent, so it is not to be sent again, whatever becomes of its stream.
#[tokio::test]
async fn a_call_whose_stream_cannot_be_resumed_is_not_made_again() {
    for status in [400, 404, 405, 503] {
        let liar = breaks_off(move |_, _| empty(status)).await;
        let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
        assert!(matches!(error, BridgeError::OutcomeUnknown { .. }), "{status}: {error}");
        assert_eq!(liar.asked("tools/call").len(), 1, "{status}");
        let resumptions = liar.all().iter().filter(|ask| ask.header("last-event-id").is_some()).count();
        assert_eq!(resumptions, if status == 503 { 5 } else { 1 }, "{status}");
    }
}

#[tokio::test]
async fn a_stream_is_resumed_behind_its_last_event_as_often_as_it_breaks() {
    let liar = breaks_off(|ask, resumed| match resumed {
        0 => empty(503),
        1 => response(200, EVENTS, "id: e-2\ndata:\n\n"),
        2 => response(200, EVENTS, ": nothing yet\n\n"),
        _ => {
            assert_eq!(ask.header("last-event-id"), Some("e-2"));
            response(
                200,
                EVENTS,
                event(&json!({"jsonrpc": "2.0", "id": 1_i64 << 30, "result": text("late")})),
            )
        }
    })
    .await;
    assert_eq!(call(&bridge(&liar.url), "t", "{}").await.unwrap().to_text("t"), "late");
    assert_eq!(liar.asked("tools/call").len(), 1);
}

/// The server would take the request for one for another stream.
#[tokio::test]
async fn a_stream_is_not_resumed_behind_an_id_that_cannot_be_sent() {
    for (id, is_sent) in [("e\u{1}", false), ("e\u{7f}", false), ("\u{e9}", true)] {
        let liar = Liar::start(move |ask| match (ask.verb.as_str(), ask.method.as_str()) {
            ("GET", _) => {
                let behind = ask.headers.get("last-event-id").map(|id| id.as_bytes().to_vec());
                let said = text(&String::from_utf8(behind.unwrap_or_default()).unwrap());
                response(200, EVENTS, event(&json!({"jsonrpc": "2.0", "id": 1_i64 << 30, "result": said})))
            }
            (_, "tools/list") => ask.result(json!({"tools": [tool("t")]})),
            (_, "tools/call") => response(200, EVENTS, format!("id: {id}\nretry: 1\ndata:\n\n")),
            _ => legacy_start(ask).unwrap_or_else(|| empty(404)),
        })
        .await;
        match call(&bridge(&liar.url), "t", "{}").await {
            Ok(result) => assert_eq!((result.to_text("t").as_str(), is_sent), (id, true)),
            Err(error) => {
                assert!(matches!(error, BridgeError::OutcomeUnknown { .. }) && !is_sent, "{id:?}: {error}");
            }
        }
    }
}

/// A stream without an end that never brings the answer is bounded by the call's deadline, and not asked for in a busy loop.
#[tokio::test]
async fn a_stream_that_breaks_for_ever_ends_at_the_deadline() {
    let liar = breaks_off(|_, _| response(200, EVENTS, "id: e-1\nretry: 0\ndata:\n\n")).await;
    let hasty = server("one", &liar.url).with_call_timeout(Duration::from_millis(600));
    let error = call(&Bridge::new(vec![hasty]).unwrap(), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::Timeout { method: "tools/call", .. }), "{error}");
    let resumptions = liar.all().iter().filter(|ask| ask.header("last-event-id").is_some()).count();
    assert!((1..=3).contains(&resumptions), "{resumptions}");
}

/// A comment is no event, so no limit of events would ever end it.
#[tokio::test]
async fn mb_21_a_resumed_stream_is_bounded_too() {
    let liar = breaks_off(|_, _| {
        let comment = Bytes::from([b": ".as_slice(), &[b'x'; 1 << 20], b"\n\n"].concat());
        let endless = futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(comment.clone()));
        response(200, EVENTS, Body::from_stream(endless))
    })
    .await;
    let patient = server("one", &liar.url).with_call_timeout(Duration::from_secs(120));
    let error = call(&Bridge::new(vec![patient]).unwrap(), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::TooLarge { .. }), "{error}");
}

/// What an application gives a call, such as the token that it was admitted with, belongs to all of its requests.
#[tokio::test]
async fn every_request_of_a_call_carries_what_the_call_carries() {
    let liar = Liar::start(|ask| match (ask.verb.as_str(), ask.method.as_str()) {
        ("GET", _) if ask.header("last-event-id").is_some() => response(
            200,
            EVENTS,
            event(&json!({"jsonrpc": "2.0", "id": 1_i64 << 30, "result": text("late")})),
        ),
        (_, "tools/list") => ask.result(json!({"tools": [tool("t")]})),
        (_, "tools/call") => {
            let asked = json!({"jsonrpc": "2.0", "id": "q-1", "method": "ping"});
            response(200, EVENTS, [b"id: e-1\nretry: 250\n".as_slice(), &event(&asked)].concat())
        }
        _ => legacy_start(ask).unwrap_or_else(|| empty(202)),
    })
    .await;
    let marking = Server::new("one", &liar.url, Arc::new(Marking(http()))).unwrap();
    let bridge = Bridge::new(vec![marking]).unwrap();
    bridge.tools().await.unwrap();
    let checked = bridge.check(&ToolName::new("t").unwrap(), JsonObject::empty()).unwrap();
    bridge.call(checked.with_extension(Mark("a"))).await.unwrap();
    let asked = liar.all();
    let resumed = asked.iter().find(|ask| ask.header("last-event-id").is_some()).unwrap();
    let replied = asked.iter().find(|ask| ask.body["result"].is_object()).unwrap();
    assert_eq!((resumed.header("mark"), replied.header("mark")), (Some("a"), Some("a")));
}

#[tokio::test]
async fn no_two_requests_of_a_session_have_one_id() {
    let liar = Liar::legacy(with_tool(|ask| ask.result(text("ok")))).await;
    let bridge = bridge(&liar.url);
    for _ in 0..3 {
        call(&bridge, "t", "{}").await.unwrap();
    }
    bridge.tools().await.unwrap();
    let ids: Vec<_> =
        liar.all().into_iter().filter(|ask| ask.method != "server/discover").map(|ask| ask.id).collect();
    let ids: Vec<_> = ids.into_iter().filter(|id| !id.is_null()).map(|id| id.to_string()).collect();
    let distinct: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "{ids:?}");
    for ask in liar.asked("tools/call") {
        assert_eq!(ask.params["_meta"], json!({"progressToken": ask.id}));
    }
}
