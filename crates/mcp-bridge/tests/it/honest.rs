//! Against rmcp's own server, in both generations.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::serve::ListenerExt;
use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::streamable_http_server::session::SessionManager;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};

use crate::support::{bridge, call, names};

#[derive(Clone, Default)]
pub(crate) struct Echo {
    executed: Arc<AtomicUsize>,
}

impl ServerHandler for Echo {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let schema: JsonObject =
            serde_json::from_str(r#"{"type": "object", "properties": {"say": {"type": "string"}}}"#).unwrap();
        Ok(ListToolsResult::with_all_items(vec![Tool::new("echo", "Says it back.", Arc::new(schema))]))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.executed.fetch_add(1, Ordering::Relaxed);
        let said = request.arguments.unwrap_or_default()["say"].as_str().unwrap_or_default().to_owned();
        Ok(CallToolResponse::Complete(CallToolResult::success(vec![ContentBlock::text(said)])))
    }
}

struct Honest {
    url: String,
    echo: Echo,
    sessions: Arc<LocalSessionManager>,
}

/// With `modern` off, the server knows nothing of `server/discover`.
async fn start(modern: bool) -> Honest {
    let (echo, sessions) = (Echo::default(), Arc::<LocalSessionManager>::default());
    let served = echo.clone();
    let service = StreamableHttpService::new(
        move || Ok(served.clone()),
        sessions.clone(),
        StreamableHttpServerConfig::default(),
    );
    let old = middleware::from_fn(move |request: Request, next: Next| async move {
        let asks = request.headers().get("mcp-method").is_some_and(|method| method == "server/discover");
        if asks && !modern { http::StatusCode::BAD_REQUEST.into_response() } else { next.run(request).await }
    });
    let app = Router::new().nest_service("/mcp", service).layer(old);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    // Nagle's algorithm would hold back each event by 40 ms.
    let listener = listener.tap_io(|tcp| tcp.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    Honest { url, echo, sessions }
}

#[tokio::test]
async fn both_generations_list_and_call() {
    for modern in [true, false] {
        let honest = start(modern).await;
        let bridge = bridge(&honest.url);
        assert_eq!(names(&bridge).await, ["echo"]);
        let result = call(&bridge, "echo", r#"{"say": "grüße"}"#).await.unwrap();
        assert_eq!(result.to_text("echo"), "grüße");
        assert_eq!(honest.sessions.sessions.read().await.is_empty(), modern, "modern: {modern}");
        bridge.close().await;
        assert!(honest.sessions.sessions.read().await.is_empty());
    }
}

#[tokio::test]
async fn calls_run_side_by_side() {
    let honest = start(false).await;
    let bridge = bridge(&honest.url);
    bridge.tools().await.unwrap();
    let calls = (0..50).map(|n| {
        let bridge = &bridge;
        async move {
            let said = call(bridge, "echo", &format!(r#"{{"say": "{n}"}}"#)).await.unwrap();
            assert_eq!(said.to_text("echo"), n.to_string());
        }
    });
    futures_util::future::join_all(calls).await;
    assert_eq!(honest.echo.executed.load(Ordering::Relaxed), 50);
}

#[tokio::test]
async fn a_session_that_the_server_dropped_costs_no_call_and_doubles_none() {
    let honest = start(false).await;
    let bridge = bridge(&honest.url);
    call(&bridge, "echo", r#"{"say": "1"}"#).await.unwrap();
    let ids: Vec<_> = honest.sessions.sessions.read().await.keys().cloned().collect();
    for id in ids {
        honest.sessions.close_session(&id).await.unwrap();
    }
    assert_eq!(call(&bridge, "echo", r#"{"say": "2"}"#).await.unwrap().to_text("echo"), "2");
    assert_eq!(honest.echo.executed.load(Ordering::Relaxed), 2);
}
