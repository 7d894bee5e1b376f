//! `toolgate token`: what this client's token says, after it has been verified.

use std::time::SystemTime;

use toolgate::{Config, Toolgate};

use crate::args::Token;
use crate::failure::Failure;
use crate::style::{FAINT, GOOD};

pub(crate) async fn run(config: Config, arguments: Token) -> Result<(), Failure> {
    let toolgate = Toolgate::open(config).map_err(Failure::setup)?;
    let (token, verified) = toolgate.token().await.map_err(Failure::setup)?;
    if arguments.show_secret {
        anstream::println!("{}", token.expose_secret());
        return Ok(());
    }
    if arguments.json {
        anstream::println!("{}", verified.claims_json());
        return Ok(());
    }
    let left = verified.expires_at().duration_since(SystemTime::now()).unwrap_or_default();
    anstream::println!("{GOOD}✓{GOOD:#} verified: signature, issuer, audience, expiry");
    anstream::println!("issuer    {}", verified.issuer());
    anstream::println!("audience  {}", verified.audiences().collect::<Vec<_>>().join(", "));
    if let Some(subject) = verified.subject() {
        anstream::println!("subject   {subject}");
    }
    anstream::println!("scopes    {}", verified.scopes().iter().collect::<Vec<_>>().join(" "));
    anstream::println!("expires   in {} s", left.as_secs());
    anstream::println!("{FAINT}the token itself: toolgate token --show-secret{FAINT:#}");
    Ok(())
}
