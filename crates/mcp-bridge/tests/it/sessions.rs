//! Sessions that are forgotten, stall or die, and what is never repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::HeaderValue;
use axum::response::Response;
use serde_json::{Value, json};
use toolgate_mcp_bridge::{Bridge, BridgeError};

use crate::liar::{Ask, Liar, empty, json_response, legacy_start, response, stall, text, tool, with_tool};
use crate::support::{bridge, call, names, server};

type Answer = Box<dyn Fn(&Ask) -> Response + Send + Sync>;

/// Waits until the server has been asked `method`.
async fn until(liar: &Liar, method: &str) -> Vec<Ask> {
    for _ in 0..200 {
        let asked = liar.asked(method);
        if !asked.is_empty() {
            return asked;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!(
        "{method} never came; there were {:?}",
        liar.all().iter().map(|ask| &ask.method).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_forgotten_session_is_replaced_and_the_call_made_once() {
    let bad_request = |message: &str| {
        let error = json!({"code": -32000, "message": message});
        json_response(400, &json!({"jsonrpc": "2.0", "id": null, "error": error}))
    };
    let not_found = |id: &Value| {
        let error = json!({"code": -32001, "message": "Session not found"});
        json_response(404, &json!({"jsonrpc": "2.0", "id": id, "error": error}))
    };
    let forgetful: [Answer; 7] = [
        Box::new(|_| empty(404)),
        // Python's SDK, the TypeScript one, and servers that put the request's id there.
        Box::new(move |_| not_found(&json!("server-error"))),
        Box::new(move |_| not_found(&Value::Null)),
        Box::new(move |ask| not_found(&ask.id)),
        Box::new(move |_| bad_request("Bad Request: No valid session ID provided")),
        Box::new(move |_| bad_request("Invalid session. Send an initialize request without a session ID.")),
        // The TypeScript SDK and `@hono/mcp` after a restart, where one transport serves all.
        Box::new(move |_| bad_request("Bad Request: Server not initialized")),
    ];
    for forget in forgetful {
        let (refused, executed) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let counted = executed.clone();
        let liar = Liar::legacy(with_tool(move |ask| {
            if refused.fetch_add(1, Ordering::Relaxed) == 0 {
                return forget(ask);
            }
            counted.fetch_add(1, Ordering::Relaxed);
            ask.result(text("ran"))
        }))
        .await;
        assert_eq!(call(&bridge(&liar.url), "t", "{}").await.unwrap().to_text("t"), "ran");
        assert_eq!(executed.load(Ordering::Relaxed), 1);
        assert_eq!((liar.asked("initialize").len(), liar.asked("server/discover").len()), (2, 1));
        assert!(liar.asked("initialize")[1].header("mcp-session-id").is_none());
    }
}

/// A server that gives no session id has no session to forget, whatever it means by 404.
#[tokio::test]
async fn mb_31_a_call_is_made_once_where_there_is_no_session() {
    let no = |ask: &Ask| json!({"jsonrpc": "2.0", "id": ask.id, "error": {"code": -32000, "message": "No such customer"}});
    for is_empty in [true, false] {
        let answer = move |ask: &Ask| if is_empty { empty(404) } else { json_response(404, &no(ask)) };
        let without_session = Liar::start(move |ask| {
            let started = legacy_start(ask).map(|mut response| {
                response.headers_mut().remove("mcp-session-id");
                response
            });
            started.unwrap_or_else(|| with_tool(answer)(ask))
        })
        .await;
        for liar in [without_session, Liar::modern(with_tool(answer)).await] {
            let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
            assert_eq!(liar.asked("tools/call").len(), 1, "{error}");
            assert_eq!(matches!(error, BridgeError::Status { status: 404, .. }), is_empty, "{error}");
            assert_eq!(error.may_have_run(), !is_empty, "{error}");
        }
    }
}

/// It was looked at, or may have been, so it is not to be sent again.
#[tokio::test]
async fn mb_31_an_answer_to_the_call_is_no_forgotten_session() {
    let error = |id: &Value, code: i32, message: &str| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}});
    let answers: [Answer; 5] = [
        Box::new(move |ask| json_response(404, &error(&ask.id, -32000, "No such customer"))),
        Box::new(move |ask| json_response(404, &error(&ask.id, -32000, "Session not found"))),
        Box::new(move |ask| json_response(404, &error(&ask.id, -32001, "The customer has no session"))),
        Box::new(|ask| json_response(404, &json!({"jsonrpc": "2.0", "id": ask.id, "result": text("ran")}))),
        Box::new(move |_| {
            json_response(400, &error(&Value::Null, -32000, "Your checkout session is closed"))
        }),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let liar = Liar::legacy(with_tool(answer)).await;
        let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
        assert!(error.may_have_run(), "{number}: {error}");
        assert_eq!(liar.asked("tools/call").len(), 1, "{number}: {error}");
    }
}

/// It may have been started anew, with other tools, and has nobody to tell.
#[tokio::test]
async fn a_server_that_forgot_its_session_is_asked_for_its_tools_again() {
    let restarted = Arc::new(AtomicUsize::new(0));
    let calls = restarted.clone();
    let liar = Liar::legacy(move |ask| match ask.method.as_str() {
        "tools/list" if calls.load(Ordering::Relaxed) == 0 => ask.result(json!({"tools": [tool("t")]})),
        "tools/list" => ask.result(json!({"tools": [tool("t"), tool("u")]})),
        _ if calls.fetch_add(1, Ordering::Relaxed) == 0 => empty(404),
        _ => ask.result(text("ran")),
    })
    .await;
    let bridge = bridge(&liar.url);
    assert_eq!(names(&bridge).await, ["t"]);
    assert_eq!(call(&bridge, "t", "{}").await.unwrap().to_text("t"), "ran");
    assert_eq!(names(&bridge).await, ["t", "u"]);
    assert_eq!(names(&bridge).await, ["t", "u"]);
    assert_eq!(liar.asked("tools/list").len(), 2);
}

/// Such a server refuses another token within the session; a new session is another's.
#[tokio::test]
async fn a_session_that_is_bound_to_a_token_is_replaced_once() {
    let asked = AtomicUsize::new(0);
    let bound = with_tool(move |ask| match asked.fetch_add(1, Ordering::Relaxed) {
        1 => empty(401),
        _ => ask.result(text("ran")),
    });
    let liar = Liar::legacy(bound).await;
    let (bridge, calls) = (bridge(&liar.url), || liar.asked("tools/call").len());
    for (made, opened) in [(1, 1), (3, 2)] {
        assert_eq!(call(&bridge, "t", "{}").await.unwrap().to_text("t"), "ran");
        assert_eq!((calls(), liar.asked("initialize").len()), (made, opened));
    }

    let liar = Liar::legacy(with_tool(|_| empty(401))).await;
    let error = call(&crate::support::bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::Unauthorized { .. }), "{error}");
    assert_eq!((liar.asked("tools/call").len(), liar.asked("initialize").len()), (2, 2));
}

#[tokio::test]
async fn a_session_that_is_always_forgotten_is_an_error() {
    let liar = Liar::legacy(with_tool(|_| empty(404))).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::Status { status: 404, .. }), "{error}");
    assert_eq!(liar.asked("tools/call").len(), 2);
}

#[tokio::test]
async fn a_stalled_call_times_out_is_cancelled_and_not_repeated() {
    for stalled in ["application/json", "text/event-stream"] {
        let liar = Liar::legacy(with_tool(move |_| stall(stalled))).await;
        let server = server("one", &liar.url).with_call_timeout(Duration::from_millis(80));
        let bridge = Bridge::new(vec![server]).unwrap();
        let error = call(&bridge, "t", "{}").await.unwrap_err();
        assert!(matches!(error, BridgeError::Timeout { method: "tools/call", .. }), "{error}");
        assert!(error.may_have_run() && !error.is_transient());
        let cancelled = until(&liar, "notifications/cancelled").await;
        assert_eq!(cancelled[0].params["requestId"], liar.asked("tools/call")[0].id);
        assert_eq!(liar.asked("tools/call").len(), 1);
    }
}

#[tokio::test]
async fn a_dropped_call_is_cancelled() {
    let liar = Liar::legacy(with_tool(|_| stall("text/event-stream"))).await;
    let bridge = bridge(&liar.url);
    tokio::select! {
        result = call(&bridge, "t", "{}") => panic!("{result:?}"),
        asked = until(&liar, "tools/call") => assert_eq!(asked.len(), 1),
    }
    until(&liar, "notifications/cancelled").await;
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_call_leaves_its_outcome_unknown() {
    let cut = || {
        let broken = futures_util::stream::iter([
            Ok(axum::body::Bytes::from_static(b"{\"jsonrpc\"")),
            Err(std::io::Error::other("cut")),
        ]);
        response(200, "application/json", axum::body::Body::from_stream(broken))
    };
    let liar = Liar::legacy(with_tool(move |_| cut())).await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::OutcomeUnknown { .. }), "{error}");
    assert_eq!(liar.asked("tools/call").len(), 1);
}

#[tokio::test]
async fn a_server_that_went_away_was_not_reached() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    drop(listener);
    let error = bridge(&url).tools().await.unwrap_err();
    assert!(matches!(error, BridgeError::Unreachable { .. }) && error.is_transient(), "{error}");
}

#[tokio::test]
async fn an_answer_to_another_request_is_not_taken() {
    let liar = Liar::legacy(with_tool(|ask| {
        json_response(
            200,
            &json!({"jsonrpc": "2.0", "id": ask.id.as_i64().unwrap() + 1, "result": text("not yours")}),
        )
    }))
    .await;
    let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
    assert!(
        matches!(&error, BridgeError::Protocol { reason, .. } if reason.contains("expected the answer")),
        "{error}"
    );
}

/// Whose answer it is must be beyond doubt (CVE-2026-27896: a member name in another case).
#[tokio::test]
async fn an_answer_that_does_not_name_its_request_is_not_taken() {
    for body in [
        r#"{"jsonrpc":"2.0","id":null,"result":RESULT}"#,
        r#"{"jsonrpc":"2.0","result":RESULT}"#,
        r#"{"jsonrpc":"2.0","ID":NUMBER,"result":RESULT}"#,
        r#"{"jsonrpc":"2.0","id":NUMBER,"id":NUMBER,"result":RESULT}"#,
        r#"{"jsonrpc":"2.0","id":NUMBER,"Result":RESULT}"#,
        r#"{"jsonrpc":"2.0","id":[NUMBER],"result":RESULT}"#,
    ] {
        let liar = Liar::legacy(with_tool(move |ask| {
            let body = body.replace("NUMBER", &ask.id.to_string());
            response(200, "application/json", body.replace("RESULT", &text("whose?").to_string()))
        }))
        .await;
        let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
        assert!(matches!(error, BridgeError::Protocol { .. }), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_session_id_that_is_not_visible_ascii_is_refused() {
    for id in ["", "a b", "a\tb", "\u{e9}", &"x".repeat(1025)].map(str::to_owned) {
        let liar = Liar::start(move |ask| {
            let mut response = legacy_start(ask).unwrap_or_else(|| empty(404));
            let value = HeaderValue::from_bytes(id.as_bytes()).unwrap();
            response.headers_mut().insert("mcp-session-id", value);
            response
        })
        .await;
        let error = bridge(&liar.url).tools().await.unwrap_err().to_string();
        assert!(error.contains("visible ASCII"), "{error}");
        assert!(liar.asked("tools/list").is_empty());
    }
}

#[tokio::test]
async fn closing_deletes_the_session() {
    let liar = Liar::legacy(with_tool(|ask| ask.result(text("ok")))).await;
    let bridge = bridge(&liar.url);
    call(&bridge, "t", "{}").await.unwrap();
    bridge.close().await;
    let deleted: Vec<Ask> = liar.all().into_iter().filter(|ask| ask.verb == "DELETE").collect();
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0].header("mcp-session-id"), Some("s-1"));
}

/// Everything that is logged, by us and by what is below us.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_session_id_is_in_no_log_and_no_error() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    // Tests beside this one have no log, and what they came by first would be taken for what nobody hears.
    tracing::callsite::rebuild_interest_cache();
    let liar = Liar::start(|ask| {
        let start = legacy_start(ask).map(|mut response| {
            if ask.method == "initialize" {
                response.headers_mut().insert("mcp-session-id", "canary-7f3a".parse().unwrap());
            }
            response
        });
        start.unwrap_or_else(|| with_tool(|_| empty(404))(ask))
    })
    .await;
    let bridge = bridge(&liar.url);
    let error = call(&bridge, "t", "{}").await.unwrap_err();
    bridge.close().await;
    assert_eq!(liar.asked("tools/call")[0].header("mcp-session-id"), Some("canary-7f3a"));
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("rmcp") && logged.len() > 1000, "the log was not caught: {logged}");
    assert!(!logged.contains("canary-7f3a") && !format!("{error:?}{bridge:?}").contains("canary-7f3a"));
}
