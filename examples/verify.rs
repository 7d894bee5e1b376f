//! `toolgate-jwt-verify` alone: what a resource server does with a token that it is shown.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;

use toolgate_http_client::HyperClient;
use toolgate_jwt_verify::{KeySource, Verifier};
use toolgate_oauth_cc::{ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenSource};
use toolgate_testkit::{Rig, RigSettings};
use toolgate_tls_config::ClientTls;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let rig = Rig::start(RigSettings::default()).await;
    let http = Arc::new(HyperClient::builder(ClientTls::new().with_ca_file(rig.ca_path()).build()?).build());
    let secret = ClientAuthentication::SecretPost(Secret::new("openai-client-secret"));
    let credentials = ClientCredentials::new(&rig.token_url(), "openai-mcp-client", secret)?;
    let token = TokenCache::new(credentials, http.clone()).token().await?;

    let verifier =
        Verifier::new(rig.issuer(), ["openai-mcp-client"], KeySource::remote(&rig.jwks_url(), http)?)?;
    let verified = verifier.verify(token.expose_secret()).await?;
    println!(
        "{} may {}",
        verified.subject().unwrap_or("nobody"),
        verified.scopes().iter().collect::<Vec<_>>().join(", ")
    );

    let (signed, _) = token.expose_secret().rsplit_once('.').ok_or("not a JWT")?;
    let forged = format!("{signed}.{}", "A".repeat(342));
    println!("a forged one: {}", verifier.verify(&forged).await.err().ok_or("it was accepted")?);
    Ok(())
}
