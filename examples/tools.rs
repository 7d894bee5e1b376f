//! `toolgate-mcp-bridge` with a bearer token: what a server's tools are, and one call.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;

use toolgate_http_client::HyperClient;
use toolgate_mcp_bridge::{Bridge, Server};
use toolgate_oauth_cc::{BearerAuth, ClientAuthentication, ClientCredentials, Secret, TokenCache};
use toolgate_testkit::{Rig, RigSettings};
use toolgate_tls_config::ClientTls;
use toolgate_tool_types::{JsonObject, ToolName};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let rig = Rig::start(RigSettings::default()).await;
    let http = HyperClient::builder(ClientTls::new().with_ca_file(rig.ca_path()).build()?).build();
    let secret = ClientAuthentication::SecretPost(Secret::new("openai-client-secret"));
    let credentials = ClientCredentials::new(&rig.token_url(), "openai-mcp-client", secret)?;
    let tokens = Arc::new(TokenCache::new(credentials, Arc::new(http.clone())));
    let bearer = BearerAuth::new(http, tokens, rig.mcp_url().parse()?);

    let bridge = Bridge::new(vec![Server::new("crm", &rig.mcp_url(), Arc::new(bearer))?])?;
    for tool in bridge.tools().await?.iter() {
        println!("{}: {}", tool.name, tool.description);
    }
    let arguments = JsonObject::parse(r#"{"customer_id": "JOHNDOE123"}"#)?;
    let call = bridge.check(&ToolName::new("get_customer_info")?, arguments)?;
    println!("{}", bridge.call(call).await?.to_text("get_customer_info"));
    bridge.close().await;
    Ok(())
}
