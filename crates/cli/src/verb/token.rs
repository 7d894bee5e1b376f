//! `toolgate token`: what this client's tokens say, each after it has been verified.

use std::time::SystemTime;

use serde_json::{Map, Value, json};
use toolgate::{
    AccessToken, AuthorizationServer, Config, Error, TokenClient, Toolgate, VerifiedToken, redacted_url,
};

use crate::args::Token;
use crate::failure::Failure;
use crate::say::say;
use crate::style::{BAD, FAINT, GOOD, STRONG, in_row, plain};
use crate::wait::wait;

/// One client's token, and where it comes from.
struct Told {
    token: AccessToken,
    verified: std::sync::Arc<VerifiedToken>,
    server: AuthorizationServer,
}

pub(crate) async fn run(config: Config, arguments: Token) -> Result<(), Failure> {
    let toolgate = Toolgate::open(config).map_err(Failure::setup)?;
    let clients = asked_for(&toolgate, arguments.server.as_deref())?;
    let Some(first) = clients.first() else {
        // It says what is missing for one.
        return toolgate.token().await.map(drop).map_err(Failure::of);
    };
    if arguments.show_secret {
        let (token, _) = wait("token", first.token()).await.map_err(Failure::of)?;
        say!("{}", token.expose_secret());
        return Ok(());
    }
    let mut told = Vec::new();
    for client in &clients {
        told.push(wait("token", tell(client)).await);
    }
    if arguments.json {
        say!("{}", report(&clients, &told)?);
    } else {
        show(&clients, &told);
    }
    // One token is missed as loudly as all of them.
    match told.into_iter().find_map(Result::err) {
        Some(error) => Err(Failure::of(error)),
        None => Ok(()),
    }
}

/// The clients to tell about.
fn asked_for(toolgate: &Toolgate, server: Option<&str>) -> Result<Vec<TokenClient>, Failure> {
    let mut clients = toolgate.token_clients();
    if let Some(server) = server {
        clients.retain(|client| client.servers().iter().any(|name| name == server));
        if clients.is_empty() {
            let servers = toolgate.config().servers();
            let names: Vec<&str> = servers.keys().map(String::as_str).collect();
            let names = names.join(", ");
            return Err(Failure::setup(format_args!(
                "no token is for the MCP server {server:?}: expected one that is reached by a url, out of {names}"
            )));
        }
    }
    Ok(clients)
}

async fn tell(client: &TokenClient) -> Result<Told, Error> {
    let (token, verified) = client.token().await?;
    Ok(Told { token, verified, server: client.authorization_server().await? })
}

/// The first token's members as they have always been, and all of them under `clients`.
fn report(clients: &[TokenClient], told: &[Result<Told, Error>]) -> Result<Value, Failure> {
    let mut report = match told.first() {
        Some(Ok(first)) => members(first)?,
        _ => Map::new(),
    };
    let mut all = Vec::new();
    for (client, told) in clients.iter().zip(told) {
        let mut members = match told {
            Ok(told) => members(told)?,
            Err(error) => Map::from_iter([("error".to_owned(), error.to_string().into())]),
        };
        members.insert("servers".to_owned(), client.servers().into());
        all.push(Value::Object(members));
    }
    report.insert("clients".to_owned(), all.into());
    Ok(Value::Object(report))
}

fn members(told: &Told) -> Result<Map<String, Value>, Failure> {
    let Told { token, verified, server } = told;
    let claims: Value = serde_json::from_str(verified.claims_json()).map_err(Failure::setup)?;
    let granted: Option<Vec<&String>> = token.scopes().map(|scopes| scopes.iter().collect());
    let members = json!({
        "claims": claims,
        "scopes": verified.scopes().iter().collect::<Vec<_>>(),
        "granted_scopes": granted,
        "token_type": token.token_type().as_str(),
        "expires_in_seconds": token.expires_in().as_secs(),
        "authorization_server": server,
    });
    Ok(members.as_object().cloned().unwrap_or_default())
}

fn show(clients: &[TokenClient], told: &[Result<Told, Error>]) {
    for (client, told) in clients.iter().zip(told) {
        if clients.len() > 1 {
            say!("{STRONG}for {}{STRONG:#}", plain(&client.servers().join(", ")));
        }
        match told {
            Ok(told) => show_one(told, client.oauth().accept.introspect),
            // A single one is told as what ends this command.
            Err(error) if clients.len() > 1 => say!("{BAD}✗{BAD:#} {}", plain(&error.to_string())),
            Err(_) => {}
        }
    }
    if told.iter().any(Result::is_ok) {
        say!("{FAINT}the token itself: toolgate token --show-secret{FAINT:#}");
    }
}

fn show_one(told: &Told, introspected: bool) {
    let Told { verified, server, .. } = told;
    let left = verified.expires_at().duration_since(SystemTime::now()).unwrap_or_default();
    let by = if introspected { "its server's word" } else { "signature" };
    say!("{GOOD}✓{GOOD:#} verified: {by}, issuer, audience, expiry");
    let row = |name: &str, value: &str| say!("{name:8}  {}", in_row(value));
    row("issuer", verified.issuer());
    row("audience", &verified.audiences().collect::<Vec<_>>().join(", "));
    if let Some(subject) = verified.subject() {
        row("subject", subject);
    }
    let scopes = verified.scopes().iter().collect::<Vec<_>>().join(" ");
    row("scopes", if scopes.is_empty() { "none" } else { &scopes });
    row("expires", &format!("in {} s", left.as_secs()));
    let asked = redacted_url(&server.token_endpoint);
    row("asked", &format!("{asked} with {}", server.client_authentication));
}
