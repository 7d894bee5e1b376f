//! A hand-written MCP server that answers whatever a test wants, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use serde_json::{Value, json};

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// The client's end of the connection that it came on.
    pub(crate) peer: SocketAddr,
    pub(crate) verb: Method,
    /// The JSON-RPC method, or the empty text.
    pub(crate) method: String,
    pub(crate) id: Value,
    pub(crate) params: Value,
    pub(crate) body: Value,
    pub(crate) headers: HeaderMap,
}

impl Ask {
    /// The answer to this request.
    pub(crate) fn result(&self, result: Value) -> Response {
        json_response(200, &json!({"jsonrpc": "2.0", "id": self.id, "result": result}))
    }

    pub(crate) fn error(&self, code: i32, message: &str) -> Response {
        let error = json!({"code": code, "message": message});
        json_response(200, &json!({"jsonrpc": "2.0", "id": self.id, "error": error}))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub(crate) fn json_response(status: u16, body: &Value) -> Response {
    response(status, "application/json", body.to_string())
}

pub(crate) fn response(status: u16, media_type: &str, body: impl Into<Body>) -> Response {
    Response::builder().status(status).header("content-type", media_type).body(body.into()).unwrap()
}

pub(crate) fn empty(status: u16) -> Response {
    Response::builder().status(status).body(Body::empty()).unwrap()
}

/// Headers, and then silence.
pub(crate) fn stall(media_type: &str) -> Response {
    response(
        200,
        media_type,
        Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>()),
    )
}

/// A running server.
pub(crate) struct Liar {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Ask>>>,
}

impl Liar {
    pub(crate) async fn start(answer: impl Fn(&Ask) -> Response + Send + Sync + 'static) -> Self {
        let asked = Arc::<Mutex<Vec<Ask>>>::default();
        let (seen, answer) = (asked.clone(), Arc::new(answer));
        let app = Router::new().fallback(move |peer, verb: Method, headers: HeaderMap, body: Bytes| {
            let ConnectInfo(peer) = peer;
            let message: Value = serde_json::from_slice(&body).unwrap_or_default();
            let method = message["method"].as_str().unwrap_or_default().to_owned();
            let (id, params) = (message["id"].clone(), message["params"].clone());
            let ask = Ask { peer, verb, method, id, params, body: message, headers };
            seen.lock().unwrap().push(ask.clone());
            let response = answer(&ask).into_response();
            async move { response }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        // The end of a stream is not to wait for an acknowledgement of what came before it.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, asked }
    }

    /// A server of 2025-11-25 that starts sessions properly and answers the rest with `answer`.
    pub(crate) async fn legacy(answer: impl Fn(&Ask) -> Response + Send + Sync + 'static) -> Self {
        Self::start(move |ask| legacy_start(ask).unwrap_or_else(|| answer(ask))).await
    }

    /// A server of 2026-07-28 that answers `server/discover` properly and the rest with `answer`.
    pub(crate) async fn modern(answer: impl Fn(&Ask) -> Response + Send + Sync + 'static) -> Self {
        Self::start(move |ask| modern_start(ask).unwrap_or_else(|| answer(ask))).await
    }

    pub(crate) fn asked(&self, method: &str) -> Vec<Ask> {
        self.asked.lock().unwrap().iter().filter(|ask| ask.method == method).cloned().collect()
    }

    pub(crate) fn all(&self) -> Vec<Ask> {
        self.asked.lock().unwrap().clone()
    }
}

pub(crate) fn legacy_start(ask: &Ask) -> Option<Response> {
    match (ask.verb.as_str(), ask.method.as_str()) {
        ("GET", _) => Some(empty(405)),
        ("DELETE", _) => Some(empty(200)),
        (_, "server/discover") => Some(response(400, "text/plain", "Bad Request: no session")),
        (_, "initialize") => {
            let mut response = ask
                .result(json!({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                "serverInfo": {"name": "liar", "version": "1"}}));
            response.headers_mut().insert("mcp-session-id", "s-1".parse().unwrap());
            Some(response)
        }
        (_, method) if method.starts_with("notifications/") => Some(empty(202)),
        _ => None,
    }
}

pub(crate) fn modern_start(ask: &Ask) -> Option<Response> {
    match ask.method.as_str() {
        "server/discover" => {
            Some(ask.result(json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
            "resultType": "complete"})))
        }
        "initialize" => Some(ask.error(-32601, "Method not found")),
        method if method.starts_with("notifications/") => Some(empty(202)),
        _ => None,
    }
}

/// A tool that takes an optional number.
pub(crate) fn tool(name: &str) -> Value {
    json!({"name": name, "inputSchema": {"type": "object", "properties": {"n": {"type": "integer"}}}})
}

pub(crate) fn text(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

/// Lists `t` and answers its calls with `answer`.
pub(crate) fn with_tool(
    answer: impl Fn(&Ask) -> Response + Send + Sync + 'static,
) -> impl Fn(&Ask) -> Response + Send + Sync + 'static {
    move |ask| match ask.method.as_str() {
        "tools/list" => ask.result(json!({"tools": [tool("t")]})),
        "tools/call" => answer(ask),
        _ => empty(404),
    }
}
