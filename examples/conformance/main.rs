//! The client that the MCP conformance suite runs: `toolgate-mcp-bridge` and `toolgate-oauth-cc`, one scenario a process.
//!
//! Started as `conformance URL` with the scenario's name in the environment. `cargo xtask conformance` runs the suite.

mod authorization;
mod context;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use serde_json::{Map, Value, json};
use toolgate_http_client::{HttpClient, HyperClient};
use toolgate_mcp_bridge::{Bridge, Elicit, Elicitation, ElicitationAnswer, Server};
use toolgate_tls_config::ClientTls;
use toolgate_tool_types::{JsonObject, Tool, ToolName};

use crate::context::{Context, context, scenario};

/// The suite cannot stop a client that hangs; this client stops itself.
const DEADLINE: Duration = Duration::from_secs(25);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().next_back().ok_or("expected the server's URL as the last argument")?;
    tokio::time::timeout(DEADLINE, run(&scenario()?, &url, &context()?)).await?
}

async fn run(scenario: &str, url: &str, context: &Context) -> Result<(), Box<dyn Error>> {
    let http = HyperClient::builder(ClientTls::new().build()?).with_insecure_loopback(true).build();
    let is_auth = scenario.starts_with("auth/");
    let client: Arc<dyn HttpClient> =
        if is_auth { authorization::authorized(http, url, context).await? } else { Arc::new(http) };
    let mut server = Server::new("suite", url, client)?.with_elicitation(Arc::new(Willing));
    if is_auth {
        server = server.with_extension("io.modelcontextprotocol/oauth-client-credentials");
    }
    let bridge = Bridge::new(vec![server])?;
    let done = calls(scenario, &bridge, context).await;
    bridge.close().await;
    done
}

/// Lists the tools and calls those that the scenario watches.
async fn calls(scenario: &str, bridge: &Bridge, context: &Context) -> Result<(), Box<dyn Error>> {
    let tools = bridge.tools().await?;
    match scenario {
        "http-custom-headers" => {
            for wanted in &context.tool_calls {
                call(bridge, &wanted.name, wanted.arguments.clone()).await?;
            }
            Ok(())
        }
        // The echo shows whether a schema arrives as it was sent.
        "json-schema-2020-12-preservation" => {
            let tool = bridge.lookup("json_schema_2020_12_tool").ok_or("the suite's tool is missing")?;
            let arguments = format!(r#"{{"schema": {}}}"#, tool.tool().input_schema);
            call(bridge, "json_schema_echo", JsonObject::parse(&arguments)?).await
        }
        "initialize" | "json-schema-ref-no-deref" => Ok(()),
        _ => {
            let calls =
                tools.iter().map(async |tool| call(bridge, tool.name.as_str(), arguments(tool)?).await);
            try_join_all(calls).await.map(drop)
        }
    }
}

/// Something for each argument that the tool requires.
fn arguments(tool: &Tool) -> Result<JsonObject, Box<dyn Error>> {
    let schema: Value = tool.input_schema.read()?;
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let arguments = required.filter_map(Value::as_str).map(|name| {
        let kind = schema.pointer(&format!("/properties/{name}/type")).and_then(Value::as_str);
        let value = match kind {
            Some("number" | "integer") => json!(5),
            Some("boolean") => json!(true),
            _ => json!("anything"),
        };
        (name.to_owned(), value)
    });
    Ok(JsonObject::from_serialize(&arguments.collect::<Map<_, _>>())?)
}

async fn call(bridge: &Bridge, tool: &str, arguments: JsonObject) -> Result<(), Box<dyn Error>> {
    let call = bridge.check(&ToolName::new(tool)?, arguments)?;
    bridge.call(call).await?;
    Ok(())
}

/// Says yes to every form, with the defaults that its schema names.
struct Willing;

#[async_trait]
impl Elicit for Willing {
    async fn elicit(&self, _: Elicitation) -> ElicitationAnswer {
        ElicitationAnswer::Accept(JsonObject::empty())
    }
}
