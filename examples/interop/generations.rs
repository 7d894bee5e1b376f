//! The crates without the facade, for what it has no setting for: trust in one issuer whatever the server names
//! (RFC 9728), and the protocol generation with sessions at servers that speak both.

use std::sync::Arc;

use toolgate_examples::check::{Outcome, equal, holds, reason};
use toolgate_http_client::{HttpClient, Origin};
use toolgate_mcp_bridge::{Bridge, Server};
use toolgate_oauth_cc::discovery::{Discovery, Trust};
use toolgate_oauth_cc::{BearerAuth, Secret, TokenCache};
use toolgate_tool_types::{JsonObject, ToolName, ToolResult};

use crate::decorators::{BeforeStateless, SessionWatch};
use crate::mcp::McpPeer;
use crate::peers::{Peers, SECRET};

/// A client with a token for `peer`, of which nothing was known but its URL and the issuer to trust.
async fn authorized(peers: &Peers, peer: &McpPeer) -> Result<Arc<dyn HttpClient>, String> {
    let http = peers.http()?;
    let trust = Trust::Issuer(peers.issuer.clone());
    let found = Discovery::new(http.clone()).from_resource(&peer.url, &trust).await.map_err(reason)?;
    equal("scopes of the resource", &found.resource.scopes_supported, &vec!["mcp:read".to_owned()])?;
    let authentication = found.server.secret_authentication(Secret::new(SECRET)).map_err(reason)?;
    let credentials = found.credentials("basic", authentication, ["mcp:read"]).map_err(reason)?;
    let origin: Origin = peer.url.parse().map_err(reason)?;
    let tokens = Arc::new(TokenCache::new(credentials, http.clone()));
    Ok(Arc::new(BearerAuth::new(http, tokens, origin)))
}

pub(crate) async fn discovered(peers: &Peers, peer: &McpPeer) -> Outcome {
    let trap = Trust::Issuer("https://localhost:1".to_owned());
    let refused = Discovery::new(peers.http()?).from_resource(&peer.url, &trap).await;
    let class = refused.err().map(|error| error.kind());
    equal("with another issuer trusted", class, Some("untrusted_authorization_server"))?;
    exchange(peer, authorized(peers, peer).await?).await
}

pub(crate) async fn before_stateless(peers: &Peers, peer: &McpPeer) -> Outcome {
    let watch = Arc::new(SessionWatch::new(authorized(peers, peer).await?));
    exchange(peer, Arc::new(BeforeStateless(watch.clone()))).await?;
    holds("there was no session", watch.session().is_some())
}

/// Lists, calls, and lets a tool say no.
async fn exchange(peer: &McpPeer, http: Arc<dyn HttpClient>) -> Outcome {
    let bridge =
        Bridge::new(vec![Server::new(peer.name, &peer.url, http).map_err(reason)?]).map_err(reason)?;
    equal("tools", bridge.tools().await.map_err(reason)?.len(), 3)?;
    let sum = call(&bridge, "add", r#"{"a": 40, "b": 2}"#).await?;
    equal("add says", (sum.is_error, &*sum.to_text("add")), (false, "42"))?;
    let refusal = call(&bridge, "fail", r#"{"reason": "on purpose"}"#).await?;
    equal("fail is an error", refusal.is_error, true)?;
    holds(format_args!("{refusal:?}"), refusal.to_text("fail").contains("refused: on purpose"))?;
    bridge.close().await;
    Ok(())
}

/// One call with everything in between.
pub(crate) async fn call(bridge: &Bridge, tool: &str, arguments: &str) -> Result<ToolResult, String> {
    let name = ToolName::new(tool).map_err(reason)?;
    let arguments = JsonObject::parse(arguments).map_err(reason)?;
    let checked = bridge.check(&name, arguments).map_err(reason)?;
    bridge.call(checked).await.map_err(|error| format!("{tool}: {error}"))
}
