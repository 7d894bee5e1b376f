//! Protected resource metadata (RFC 9728): one document per spelling of the endpoint, and one at the root.
//!
//! Each names as `resource` exactly what its own URL was built from (section 3.3); the root's names the endpoint with
//! the slash, as MCP servers do that publish nothing else.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::controls::McpControls;
use crate::oauth::SCOPES;

pub(super) async fn root(State(server): State<McpControls>) -> Response {
    document(&server, "/mcp/")
}

pub(super) async fn mcp(State(server): State<McpControls>) -> Response {
    document(&server, "/mcp")
}

pub(super) async fn mcp_slash(State(server): State<McpControls>) -> Response {
    document(&server, "/mcp/")
}

fn document(server: &McpControls, path: &str) -> Response {
    server.count_metadata_request();
    Json(json!({
        "resource": server.resource(path),
        "authorization_servers": [server.authorization_server().issuer()],
        "scopes_supported": SCOPES,
        "bearer_methods_supported": ["header"],
        "resource_name": "toolgate testkit",
    }))
    .into_response()
}
