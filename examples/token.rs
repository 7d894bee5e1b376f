//! `toolgate-oauth-cc` alone: a thousand callers, one token request.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;

use futures_util::future::try_join_all;
use toolgate_http_client::HyperClient;
use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenSource};
use toolgate_testkit::{Rig, RigSettings};
use toolgate_tls_config::ClientTls;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let rig = Rig::start(RigSettings::default()).await;
    let http = HyperClient::builder(ClientTls::new().with_ca_file(rig.ca_path()).build()?).build();
    let secret = ClientAuthentication::SecretBasic(Secret::new("openai-client-secret"));
    let credentials = ClientCredentials::new(&rig.token_url(), "openai-mcp-client", secret)?
        .with_scopes(["customer:read", "account:calculate"])?;
    let tokens = TokenCache::new(credentials, Arc::new(http));

    let held = try_join_all((0..1000).map(|_| tokens.token())).await?;
    for token in held.iter().take(1) {
        println!(
            "{} callers hold a token for {:?}, valid for {:?}",
            held.len(),
            token.scopes(),
            token.expires_in()
        );
    }
    println!("the server saw {} token request", rig.oauth().controls().token_requests());
    Ok(())
}
