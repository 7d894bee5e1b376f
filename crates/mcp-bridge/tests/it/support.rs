//! What every test needs: an HTTP client for this machine, and a bridge to one server.

use std::sync::Arc;
use std::time::Duration;

use toolgate_http_client::{HttpClient, HyperClient};
use toolgate_mcp_bridge::{Bridge, BridgeError, Server};
use toolgate_tool_types::{JsonObject, ToolName, ToolResult};

pub(crate) fn http() -> Arc<dyn HttpClient> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Arc::new(HyperClient::builder(Arc::new(tls)).with_insecure_loopback(true).build())
}

pub(crate) fn server(name: &str, url: &str) -> Server {
    Server::new(name, url, http()).unwrap().with_call_timeout(Duration::from_secs(5))
}

pub(crate) fn bridge(url: &str) -> Bridge {
    Bridge::new(vec![server("one", url)]).unwrap()
}

/// Lists, checks and calls.
pub(crate) async fn call(bridge: &Bridge, tool: &str, arguments: &str) -> Result<ToolResult, BridgeError> {
    bridge.tools().await?;
    let call = bridge.check(&ToolName::new(tool).unwrap(), JsonObject::parse(arguments).unwrap())?;
    bridge.call(call).await
}

pub(crate) async fn names(bridge: &Bridge) -> Vec<String> {
    bridge.tools().await.unwrap().iter().map(|tool| tool.name.to_string()).collect()
}
