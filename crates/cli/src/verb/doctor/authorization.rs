//! Discovery, a token, the issuer's keys, and whether the token is good.

use toolgate::{Error, Found, NoToken, OAuthConfig, Toolgate, VerifyError};

use super::fix;
use super::network::Ways;
use super::visit::Visit;

const TOKEN_URL: &str = "OAUTH_TOKEN_URL, or token_url under [oauth]";
const ISSUER: &str = "OAUTH_ISSUER, or issuer under [oauth]";

/// Whether there is a token that may be used.
pub(super) async fn examine(visit: &mut Visit, ways: &mut Ways, toolgate: &Toolgate) -> bool {
    let oauth = &toolgate.config().oauth;
    let rig = oauth.issuer.is_none() && toolgate.config().mcp.is_empty();
    let (known, setting) = match (&oauth.token_url, &oauth.issuer) {
        (Some(url), _) => (Some(url.as_str()), TOKEN_URL),
        (None, Some(issuer)) => (Some(issuer.as_str()), ISSUER),
        (None, None) => (rig.then_some(OAuthConfig::RIG_TOKEN_URL), TOKEN_URL),
    };
    visit.group("Authorization server", known.unwrap_or("to be found from the MCP server"));
    let steps = &["discovery", "token", "JWKS", "JWT"];
    if let Some(url) = known
        && !ways.walk(visit, toolgate.config(), url, setting).await
    {
        visit.not_tried(steps, "the server cannot be reached");
        return false;
    }
    let rest = steps.get(1..).unwrap_or_default();
    let (found, took) = visit.wait("discovery", toolgate.authorization_server()).await;
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
        [(&server.token_endpoint, TOKEN_URL), (&server.jwks_url, "OAUTH_JWKS_URL, or jwks_url under [oauth]")]
    {
        if !ways.walked(url) {
            visit.group("Authorization server", url);
        }
        if !ways.walk(visit, toolgate.config(), url, setting).await {
            visit.not_tried(rest, "the server cannot be reached");
            return false;
        }
    }
    token(visit, toolgate).await
}

async fn token(visit: &mut Visit, toolgate: &Toolgate) -> bool {
    let (issued, took) = visit.wait("token", toolgate.request_token()).await;
    match issued {
        Ok(lifetime) => visit.good("token", Some(took), format!("issued for {} s", lifetime.as_secs())),
        Err(error) => {
            visit.failed("token", Some(took), &error, fix::of(&error, TOKEN_URL));
            visit.not_tried(&["JWKS", "JWT"], "no token");
            return false;
        }
    }
    if toolgate.config().oauth.accept.introspect {
        let (told, took) = visit.wait("introspection", toolgate.token()).await;
        match &told {
            Ok((_, token)) => {
                visit.good("introspection", Some(took), format!("active; scopes {}", token.scopes()))
            }
            Err(error) => visit.failed(
                "introspection",
                Some(took),
                error,
                fix::of(error, "introspection_url under [oauth]"),
            ),
        }
        return told.is_ok();
    }
    let (judged, took) = visit.wait("JWKS", toolgate.token()).await;
    match &judged {
        Err(error @ Error::NoToken(NoToken::NotAccepted(keys))) if about_keys(keys) => {
            visit.failed("JWKS", Some(took), error, fix::of(error, TOKEN_URL));
            visit.not_tried(&["JWT"], "no keys");
            return false;
        }
        Err(Error::NoToken(NoToken::Opaque)) => visit.not_tried(&["JWKS"], "the token names no key"),
        _ => keys(visit, toolgate, took).await,
    }
    match judged {
        Ok((_, token)) => {
            let scopes = token.scopes().to_string();
            let scopes = if scopes.is_empty() { "none".to_owned() } else { scopes };
            visit.good(
                "JWT",
                None,
                format!("signature, issuer, audience and expiry are right; scopes {scopes}"),
            );
            true
        }
        Err(error) => {
            visit.failed("JWT", None, &error, fix::of(&error, TOKEN_URL));
            false
        }
    }
}

/// Whether the keys are at fault, and not the token.
fn about_keys(error: &VerifyError) -> bool {
    error.is_about_keys()
        || matches!(error, VerifyError::NoUsableKeys { .. } | VerifyError::PrivateKeyPublished { .. })
}

async fn keys(visit: &mut Visit, toolgate: &Toolgate, took: std::time::Duration) {
    match toolgate.key_health().await {
        Ok(health) => {
            let usable = format!("{} usable: {}", health.usable.len(), health.usable.join(", "));
            if health.skipped.is_empty() {
                visit.good("JWKS", Some(took), usable);
            } else {
                let skipped: Vec<String> = health.skipped.iter().map(|key| format!("{key:?}")).collect();
                let says = format!("{usable}; not used: {}", skipped.join(", "));
                visit.warn("JWKS", Some(took), says, "nothing, unless tokens are signed with one of these");
            }
        }
        Err(error) => visit.failed("JWKS", Some(took), &error, fix::of(&error, TOKEN_URL)),
    }
}
