//! `toolgate token`: what this client's token says, after it has been verified.

use std::time::SystemTime;

use serde_json::{Value, json};
use toolgate::{Config, Toolgate};

use crate::args::Token;
use crate::failure::Failure;
use crate::say::say;
use crate::style::{FAINT, GOOD};

pub(crate) async fn run(config: Config, arguments: Token) -> Result<(), Failure> {
    let toolgate = Toolgate::open(config).map_err(Failure::setup)?;
    let (token, verified) = toolgate.token().await.map_err(Failure::setup)?;
    if arguments.show_secret {
        say!("{}", token.expose_secret());
        return Ok(());
    }
    let server = toolgate.authorization_server().await.map_err(Failure::setup)?;
    if arguments.json {
        let claims: Value = serde_json::from_str(verified.claims_json()).map_err(Failure::setup)?;
        let granted: Option<Vec<&String>> = token.scopes().map(|scopes| scopes.iter().collect());
        let report = json!({
            "claims": claims,
            "scopes": verified.scopes().iter().collect::<Vec<_>>(),
            "granted_scopes": granted,
            "token_type": token.token_type().as_str(),
            "expires_in_seconds": token.expires_in().as_secs(),
            "authorization_server": server,
        });
        say!("{report}");
        return Ok(());
    }
    let left = verified.expires_at().duration_since(SystemTime::now()).unwrap_or_default();
    let by = if toolgate.config().oauth.accept.introspect { "its server's word" } else { "signature" };
    say!("{GOOD}✓{GOOD:#} verified: {by}, issuer, audience, expiry");
    say!("issuer    {}", verified.issuer());
    say!("audience  {}", verified.audiences().collect::<Vec<_>>().join(", "));
    if let Some(subject) = verified.subject() {
        say!("subject   {subject}");
    }
    say!("scopes    {}", verified.scopes().iter().collect::<Vec<_>>().join(" "));
    say!("expires   in {} s", left.as_secs());
    say!("asked     {} with {}", server.token_endpoint, server.client_authentication);
    say!("{FAINT}the token itself: toolgate token --show-secret{FAINT:#}");
    Ok(())
}
