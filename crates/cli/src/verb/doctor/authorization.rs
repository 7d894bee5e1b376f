//! For each client that asks for tokens: discovery, a token, the issuer's keys, and whether the token is good.

use std::time::Duration;

use serde_json::{Map, Value};
use toolgate::{
    Config, Error, Found, KeyHealth, NoToken, SkippedKey, TokenClient, Toolgate, VerifiedToken, VerifyError,
};

use super::network::Ways;
use super::visit::Visit;
use crate::fix;

const STEPS: [&str; 4] = ["discovery", "token", "JWKS", "JWT"];

/// Where a client's servers are named in the settings.
struct Settings {
    token_url: String,
    issuer: String,
    jwks_url: String,
    introspection_url: String,
}

impl Settings {
    fn of(client: &TokenClient, config: &Config) -> Self {
        let own = client
            .servers()
            .iter()
            .find(|name| config.mcp.get(*name).is_some_and(|server| server.oauth.is_some()));
        let (section, variables) = match own {
            Some(name) => (format!("[mcp.{name}.oauth]"), false),
            None => ("[oauth]".to_owned(), true),
        };
        let named = |setting: &str, variable: &str| match variables {
            true => format!("{variable} (or {setting} under {section})"),
            false => format!("{setting} under {section}"),
        };
        Self {
            token_url: named("token_url", "OAUTH_TOKEN_URL"),
            issuer: named("issuer", "OAUTH_ISSUER"),
            jwks_url: named("jwks_url", "OAUTH_JWKS_URL"),
            introspection_url: format!("introspection_url under {section}"),
        }
    }
}

/// Whether any MCP server can be asked: there is a token that may be used, or none is needed.
pub(super) async fn examine(visit: &mut Visit, ways: &mut Ways, toolgate: &Toolgate) -> bool {
    let (clients, config) = (toolgate.token_clients(), toolgate.config());
    if clients.is_empty() {
        visit.group("Authorization server", "");
        visit.good("token", None, "none is needed: no MCP server is sent one");
        return true;
    }
    let several = clients.len() > 1;
    let mut good = false;
    for client in clients {
        visit.about(client.servers());
        let title = match several {
            false => "Authorization server".to_owned(),
            true => format!("Authorization server for {}", client.servers().join(", ")),
        };
        good |= of_client(visit, ways, &config, &client, &title).await;
    }
    visit.about(&[]);
    good
}

/// Whether `client` has a token that may be used.
async fn of_client(
    visit: &mut Visit,
    ways: &mut Ways,
    config: &Config,
    client: &TokenClient,
    title: &str,
) -> bool {
    let (oauth, settings) = (client.oauth(), Settings::of(client, config));
    let (known, setting) = match (&oauth.token_url, &oauth.issuer) {
        (Some(url), _) => (Some(url.as_str()), &settings.token_url),
        (None, Some(issuer)) => (Some(issuer.as_str()), &settings.issuer),
        (None, None) => (None, &settings.token_url),
    };
    visit.group(title, known.unwrap_or("to be found from the MCP server"));
    if let Some(url) = known
        && !ways.walk(visit, config, url, setting).await
    {
        visit.not_tried(&STEPS, "the server cannot be reached");
        return false;
    }
    let rest = STEPS.get(1..).unwrap_or_default();
    let (found, took) = visit.wait("discovery", client.authorization_server()).await;
    let server = match found {
        Ok(server) => server,
        Err(error) => {
            visit.failed("discovery", Some(took), &error, fix::of(&error, setting));
            visit.not_tried(rest, "no authorization server");
            return false;
        }
    };
    let how = match server.found {
        Found::Configured => "as configured",
        Found::Issuer => "from the issuer's metadata",
        _ => "from the MCP server's metadata",
    };
    visit.good("discovery", Some(took), format!("{how}: issuer {}", server.issuer));
    for (url, setting) in
        [(&server.token_endpoint, &settings.token_url), (&server.jwks_url, &settings.jwks_url)]
    {
        if !ways.walked(url) {
            visit.group(title, url);
        }
        if !ways.walk(visit, config, url, setting).await {
            visit.not_tried(rest, "the server cannot be reached");
            return false;
        }
    }
    token(visit, client, &settings).await
}

/// Whether `client` is issued a token that is good.
async fn token(visit: &mut Visit, client: &TokenClient, settings: &Settings) -> bool {
    let (issued, took) = visit.wait("token", client.request_token()).await;
    match issued {
        Ok(lifetime) => visit.good("token", Some(took), format!("issued for {} s", lifetime.as_secs())),
        Err(error) => {
            visit.failed("token", Some(took), &error, fix::of(&error, &settings.token_url));
            visit.not_tried(&["JWKS", "JWT"], "no token");
            return false;
        }
    }
    if client.oauth().accept.introspect {
        introspected(visit, client, &settings.introspection_url).await
    } else {
        verified(visit, client, &settings.token_url).await
    }
}

/// Whether the issuer says that the token is good.
async fn introspected(visit: &mut Visit, client: &TokenClient, setting: &str) -> bool {
    let (told, took) = visit.wait("introspection", client.token()).await;
    match &told {
        Ok((_, token)) => {
            visit.good("introspection", Some(took), format!("active; scopes {}", token.scopes()));
        }
        Err(error) => visit.failed("introspection", Some(took), error, fix::of(error, setting)),
    }
    told.is_ok()
}

/// Whether the token is good by the issuer's keys.
async fn verified(visit: &mut Visit, client: &TokenClient, setting: &str) -> bool {
    let (judged, took) = visit.wait("JWKS", client.token()).await;
    match &judged {
        Err(error @ Error::NoToken(NoToken::NotAccepted(keys))) if about_keys(keys) => {
            visit.failed("JWKS", Some(took), error, fix::of(error, setting));
            visit.not_tried(&["JWT"], "no keys");
            return false;
        }
        Err(Error::NoToken(NoToken::Opaque)) => visit.not_tried(&["JWKS"], "the token names no key"),
        _ => match client.key_health().await {
            Ok(health) => keys(visit, &health, took),
            Err(error) => visit.failed("JWKS", Some(took), &error, fix::of(&error, setting)),
        },
    }
    match &judged {
        Ok((_, token)) => {
            let right = "signature, issuer, audience and expiry are right; scopes";
            let scopes = token.scopes().to_string();
            match elsewhere(client, token).filter(|_| scopes.is_empty()) {
                None if scopes.is_empty() => visit.good("JWT", None, format!("{right} none")),
                None => visit.good("JWT", None, format!("{right} {scopes}")),
                Some(claim) => {
                    let fix = format!(
                        "set scope_claims = [\"{claim}\"] under [oauth.accept] if these are its scopes"
                    );
                    visit.warn("JWT", None, format!("{right} none, but it has the claim {claim}"), fix);
                }
            }
        }
        Err(error) => visit.failed("JWT", None, error, fix::of(error, setting)),
    }
    judged.is_ok()
}

/// The claim that servers write scopes into in the place of `scope` (Okta; Entra ID; Auth0), if the token has one that
/// nobody said to read.
fn elsewhere(client: &TokenClient, token: &VerifiedToken) -> Option<&'static str> {
    let claims: Map<String, Value> = serde_json::from_str(token.claims_json()).ok()?;
    let read = &client.oauth().accept.scope_claims;
    ["scp", "roles", "permissions"]
        .into_iter()
        .find(|claim| claims.get(*claim).is_some_and(Value::is_array) && !read.iter().any(|own| own == claim))
}

/// Whether the keys are at fault, and not the token.
fn about_keys(error: &VerifyError) -> bool {
    error.is_about_keys()
        || matches!(error, VerifyError::NoUsableKeys { .. } | VerifyError::PrivateKeyPublished { .. })
}

/// What an issuer's keys come to.
pub(super) fn keys(visit: &mut Visit, health: &KeyHealth, took: Duration) {
    let usable = format!("{} usable: {}", health.usable.len(), health.usable.join(", "));
    if health.skipped.is_empty() {
        visit.good("JWKS", Some(took), usable);
    } else {
        let told = |key: &SkippedKey| format!("{} ({})", key.kid.as_deref().unwrap_or("one"), key.reason);
        let skipped: Vec<String> = health.skipped.iter().map(told).collect();
        let says = format!("{usable}; not used: {}", skipped.join(", "));
        visit.warn("JWKS", Some(took), says, "nothing, unless tokens are signed with one of these");
    }
}
