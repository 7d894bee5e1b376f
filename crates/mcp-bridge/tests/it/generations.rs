//! Both protocol generations, and how quickly the right one is found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::response::Response;
use serde_json::{Value, json};
use toolgate_mcp_bridge::{Bridge, BridgeError};

use crate::liar::{
    Ask, Liar, empty, json_response, legacy_start, modern_start, response, stall, text, tool, with_tool,
};
use crate::support::{bridge, call, names, server};

/// Ways in which servers of the old generation answer `server/discover`.
fn old_answers() -> Vec<fn(&Ask) -> Response> {
    vec![
        |_| empty(400),
        |_| response(404, "text/html", "<h1>Not Found</h1>"),
        |_| response(405, "text/plain", "no"),
        |_| response(500, "text/plain", "TypeError: undefined"),
        |_| json_response(200, &json!({})),
        |ask| ask.result(json!({})),
        |_| empty(200),
        |_| empty(202),
        |ask| ask.error(-32601, "Method not found"),
        |_| {
            json_response(
                400,
                &json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32000, "message": "No session"}}),
            )
        },
        |_| {
            let error = json!({"code": -32600, "message": "x"});
            json_response(400, &json!({"jsonrpc": "2.0", "id": "server-error", "error": error}))
        },
        |_| response(200, "text/event-stream", ": nothing\n\n"),
    ]
}

#[tokio::test]
async fn an_old_server_is_found_at_once_however_it_says_no() {
    for (index, answer) in old_answers().into_iter().enumerate() {
        let started = Instant::now();
        let liar = Liar::start(move |ask| match ask.method.as_str() {
            "server/discover" => answer(ask),
            _ => legacy_start(ask).unwrap_or_else(|| ask.result(json!({"tools": [tool("t")]}))),
        })
        .await;
        assert_eq!(names(&bridge(&liar.url)).await, ["t"], "answer {index}");
        assert!(started.elapsed() < Duration::from_secs(2), "answer {index} took {:?}", started.elapsed());
        let initialize = &liar.asked("initialize")[0];
        assert_eq!(initialize.params["protocolVersion"], "2025-11-25");
        assert_eq!(liar.asked("tools/list")[0].header("mcp-protocol-version"), Some("2025-11-25"));
        assert_eq!(liar.asked("tools/list")[0].header("mcp-session-id"), Some("s-1"));
    }
}

#[tokio::test]
async fn an_old_server_that_never_answers_what_it_does_not_know_is_found_in_time() {
    let liar = Liar::start(|ask| match ask.method.as_str() {
        "server/discover" => stall("text/event-stream"),
        _ => legacy_start(ask).unwrap_or_else(|| ask.result(json!({"tools": [tool("t")]}))),
    })
    .await;
    let server = server("one", &liar.url).with_call_timeout(Duration::from_millis(300));
    assert_eq!(names(&Bridge::new(vec![server]).unwrap()).await, ["t"]);
}

#[tokio::test]
async fn a_modern_server_is_asked_without_a_session_and_with_its_headers() {
    let listed = json!({"name": "t", "inputSchema": {"type": "object",
        "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}});
    // A malformed neighbour must not cost the others their headers.
    let liar = Liar::modern(move |ask| match ask.method.as_str() {
        "tools/list" => ask.result(json!({"tools": [listed.clone(), 7], "resultType": "complete"})),
        _ => ask.result(text("ok")),
    })
    .await;
    let bridge = Bridge::new(vec![
        server("one", &liar.url).with_extension("io.modelcontextprotocol/oauth-client-credentials"),
    ])
    .unwrap();
    assert_eq!(call(&bridge, "t", r#"{"region": "eu"}"#).await.unwrap().to_text("t"), "ok");
    let called = &liar.asked("tools/call")[0];
    assert_eq!(called.header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(called.header("mcp-method"), Some("tools/call"));
    assert_eq!(called.header("mcp-name"), Some("t"));
    assert_eq!(called.header("mcp-param-region"), Some("eu"));
    let meta = &called.params["_meta"];
    assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
    let extensions = &meta["io.modelcontextprotocol/clientCapabilities"]["extensions"];
    assert_eq!(extensions["io.modelcontextprotocol/oauth-client-credentials"], json!({}));
    assert!(
        liar.asked("initialize").is_empty()
            && liar.all().iter().all(|ask| ask.header("mcp-session-id").is_none())
    );
}

#[tokio::test]
async fn a_server_that_names_older_versions_is_initialized() {
    let liar = Liar::start(|ask| match ask.method.as_str() {
        "server/discover" => {
            let data = json!({"supported": ["2025-06-18"], "requested": "2026-07-28"});
            let error = json!({"code": -32022, "message": "Unsupported protocol version", "data": data});
            json_response(400, &json!({"jsonrpc": "2.0", "id": ask.id, "error": error}))
        }
        _ => legacy_start(ask).unwrap_or_else(|| ask.result(json!({"tools": [tool("t")]}))),
    })
    .await;
    assert_eq!(names(&bridge(&liar.url)).await, ["t"]);
}

/// It came with another HTTP transport, and there are servers that name it and speak the newer one; those that are programs have
/// none.
#[tokio::test]
async fn a_server_of_the_first_version_is_spoken_to_in_it() {
    let answer = with_tool(|ask| ask.result(text("ok")));
    let liar = Liar::start(move |ask| match ask.method.as_str() {
        "initialize" => ask.result(json!({"protocolVersion": "2024-11-05", "capabilities": {"tools": {}},
            "serverInfo": {"name": "x", "version": "1"}})),
        "notifications/initialized" => empty(202),
        _ => answer(ask),
    })
    .await;
    assert_eq!(call(&bridge(&liar.url), "t", "{}").await.unwrap().to_text("t"), "ok");
    assert_eq!(liar.asked("tools/call")[0].header("mcp-protocol-version"), Some("2024-11-05"));
}

#[tokio::test]
async fn a_version_that_nobody_here_speaks_is_refused() {
    let liar = Liar::start(|ask| match ask.method.as_str() {
        "initialize" => ask.result(json!({"protocolVersion": "1999-01-01", "capabilities": {},
            "serverInfo": {"name": "x", "version": "1"}})),
        _ => legacy_start(ask).unwrap_or_else(|| empty(404)),
    })
    .await;
    let error = bridge(&liar.url).tools().await.unwrap_err();
    assert!(
        matches!(&error, BridgeError::UnsupportedVersion { offered, .. } if offered == "1999-01-01"),
        "{error}"
    );
}

#[tokio::test]
async fn the_generation_is_remembered_until_the_server_changes_it() {
    let upgraded = Arc::new(AtomicBool::new(false));
    let now = upgraded.clone();
    let answer = with_tool(|ask| ask.result(text("ok")));
    let liar = Liar::start(move |ask| {
        let start = if now.load(Ordering::Relaxed) { modern_start(ask) } else { legacy_start(ask) };
        start.unwrap_or_else(|| answer(ask))
    })
    .await;
    let bridge = bridge(&liar.url);
    call(&bridge, "t", "{}").await.unwrap();
    bridge.close().await;
    call(&bridge, "t", "{}").await.unwrap();
    assert_eq!((liar.asked("server/discover").len(), liar.asked("initialize").len()), (1, 2));

    bridge.close().await;
    upgraded.store(true, Ordering::Relaxed);
    call(&bridge, "t", "{}").await.unwrap();
    assert_eq!((liar.asked("server/discover").len(), liar.asked("initialize").len()), (2, 3));
    let last: Option<Ask> = liar.asked("tools/call").pop();
    assert_eq!(last.and_then(|ask| ask.header("mcp-session-id").map(str::to_owned)), None::<String>);
}

#[tokio::test]
async fn a_result_of_an_unknown_type_is_refused() {
    for result_type in ["input_required", "poem"] {
        let result = json!({"resultType": result_type, "content": []});
        let liar = Liar::modern(with_tool(move |ask| ask.result(Value::clone(&result)))).await;
        let error = call(&bridge(&liar.url), "t", "{}").await.unwrap_err();
        assert!(matches!(error, BridgeError::Protocol { .. }) && error.may_have_run(), "{error}");
    }
}

#[tokio::test]
async fn a_header_mismatch_did_nothing_and_makes_the_list_out_of_date() {
    let liar = Liar::modern(with_tool(|ask| {
        let error = json!({"code": -32020, "message": "Header mismatch: Mcp-Param-Region"});
        json_response(400, &json!({"jsonrpc": "2.0", "id": ask.id, "error": error}))
    }))
    .await;
    let bridge = bridge(&liar.url);
    let error = call(&bridge, "t", "{}").await.unwrap_err();
    assert!(matches!(error, BridgeError::Refused { code: -32020, .. }) && !error.may_have_run(), "{error}");
    bridge.tools().await.unwrap();
    assert_eq!((liar.asked("tools/list").len(), liar.asked("tools/call").len()), (2, 1));
}
