//! The reference server of the TypeScript SDK: no authentication, plain http on this machine, the generation with
//! sessions. Its tools that read its environment or fetch from the internet are never called.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use toolgate_examples::check::{Checks, Outcome, equal, holds, reason};
use toolgate_http_client::{HttpClient, HyperClient};
use toolgate_mcp_bridge::{Bridge, BridgeError, Server};
use toolgate_tls_config::ClientTls;
use toolgate_tool_types::{Content, JsonObject, ToolName};

use crate::decorators::SessionWatch;
use crate::generations::call;
use crate::peers::{Peers, variable};

/// A bridge to it, and the session that the bridge is in.
struct Everything {
    url: String,
    http: Arc<dyn HttpClient>,
    watch: Arc<SessionWatch>,
    bridge: Bridge,
}

impl Everything {
    fn new(peers: &Peers, url: &str) -> Result<Self, String> {
        let tls = ClientTls::new().with_ca_file(peers.ca_file()).build().map_err(reason)?;
        let http: Arc<dyn HttpClient> =
            Arc::new(HyperClient::builder(tls).with_insecure_loopback(true).build());
        let watch = Arc::new(SessionWatch::new(http.clone()));
        let server = Server::new("everything", url, watch.clone()).map_err(reason)?;
        let bridge = Bridge::new(vec![server]).map_err(reason)?;
        Ok(Self { url: url.to_owned(), http, watch, bridge })
    }
}

pub(crate) async fn checks(peers: &Peers, checks: &mut Checks) -> Result<(), String> {
    let url = variable("INTEROP_EVERYTHING")?;
    let fresh = || Everything::new(peers, &url);
    checks.run("server-everything: its tools are listed", listed(fresh()?)).await;
    checks.run("server-everything: text, structured content, image and resource", contents(fresh()?)).await;
    checks.run("server-everything: a call that reports progress", progress(fresh()?)).await;
    checks.run("server-everything: a tool that says no is an answer", said_no(fresh()?)).await;
    checks.run("server-everything: arguments that do not fit are not sent", unfit(fresh()?)).await;
    checks.run("server-everything: a session that it forgot (400) is made anew", forgotten(fresh()?)).await;
    checks.run("server-everything: plain http needs to be allowed", plain_http(peers, &url)).await;
    Ok(())
}

async fn listed(everything: Everything) -> Outcome {
    let set = everything.bridge.tool_set().await.map_err(reason)?;
    for name in
        ["echo", "get-sum", "get-structured-content", "get-tiny-image", "trigger-long-running-operation"]
    {
        holds(format_args!("{name} is missing"), set.get(name).is_some())?;
    }
    holds(format_args!("left out: {:?}", set.skipped()), set.skipped().is_empty())?;
    everything.bridge.close().await;
    Ok(())
}

async fn contents(everything: Everything) -> Outcome {
    let bridge = &everything.bridge;
    bridge.tools().await.map_err(reason)?;
    let echo = call(bridge, "echo", r#"{"message": "grüße 🦀"}"#).await?;
    equal("echo", &*echo.to_text("echo"), "Echo: grüße 🦀")?;
    let sum = call(bridge, "get-sum", r#"{"a": 40, "b": 2}"#).await?;
    holds(format_args!("{sum:?}"), sum.to_text("get-sum").contains("42"))?;
    let weather = call(bridge, "get-structured-content", r#"{"location": "Chicago"}"#).await?;
    holds("there is no structured content", weather.structured.is_some())?;
    let image = call(bridge, "get-tiny-image", "{}").await?;
    let is_image = |content: &Content| matches!(content, Content::Image { .. });
    holds("there is no image", image.content.iter().any(is_image))?;
    let resource =
        call(bridge, "get-resource-reference", r#"{"resourceType": "Text", "resourceId": 1}"#).await?;
    holds(format_args!("{} items", resource.content.len()), resource.content.len() >= 2)?;
    bridge.close().await;
    Ok(())
}

async fn progress(everything: Everything) -> Outcome {
    everything.bridge.tools().await.map_err(reason)?;
    let arguments = r#"{"duration": 0.3, "steps": 3}"#;
    let done = call(&everything.bridge, "trigger-long-running-operation", arguments).await?;
    everything.bridge.close().await;
    holds(format_args!("{done:?}"), !done.is_error && done.to_text("operation").contains("completed"))
}

async fn said_no(everything: Everything) -> Outcome {
    everything.bridge.tools().await.map_err(reason)?;
    let refusal = call(&everything.bridge, "get-resource-reference", r#"{"resourceId": -1}"#).await?;
    everything.bridge.close().await;
    equal("is an error", refusal.is_error, true)?;
    holds(format_args!("{refusal:?}"), refusal.to_text("tool").contains("Invalid resourceId"))
}

async fn unfit(everything: Everything) -> Outcome {
    everything.bridge.tools().await.map_err(reason)?;
    let name = ToolName::new("get-sum").map_err(reason)?;
    let arguments = JsonObject::parse(r#"{"a": "forty"}"#).map_err(reason)?;
    let refused = everything.bridge.check(&name, arguments);
    everything.bridge.close().await;
    holds("they fit", matches!(refused, Err(BridgeError::InvalidArguments { .. })))
}

/// Ends the bridge's session behind its back. The server then answers 400, where the specification wants 404.
async fn forgotten(everything: Everything) -> Outcome {
    let Everything { url, http, watch, bridge } = everything;
    bridge.tools().await.map_err(reason)?;
    let session = watch.session().ok_or("there is no session")?;
    let end = http::Request::builder().method(Method::DELETE).uri(&url).header("mcp-session-id", &session);
    let ended = http.send(end.body(Bytes::new()).map_err(reason)?).await.map_err(reason)?;
    equal("the session ends with", ended.status().as_u16(), 200)?;
    let echo = call(&bridge, "echo", r#"{"message": "again"}"#).await?;
    equal("echo", &*echo.to_text("echo"), "Echo: again")?;
    holds("it is the same session", watch.session().is_some_and(|now| now != session))?;
    bridge.close().await;
    Ok(())
}

async fn plain_http(peers: &Peers, url: &str) -> Outcome {
    let server = Server::new("everything", url, peers.http()?).map_err(reason)?;
    let error = Bridge::new(vec![server]).map_err(reason)?.tools().await.err().ok_or("it was not needed")?;
    holds(format_args!("{error}"), matches!(error, BridgeError::Unreachable { .. }))
}
