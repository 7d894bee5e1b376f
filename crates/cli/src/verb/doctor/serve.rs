//! `[serve]`, where it is set up: who may come in, what they are shown, what is on offer, and whether the keys that
//! their tokens are signed with can be had.

use std::time::SystemTime;

use toolgate::{Config, ServeAuthConfig, ServeConfig, Toolgate, redacted_url};
use toolgate_serve::{ServeError, inspect};

use super::authorization;
use super::network::{SOON, Ways};
use super::visit::Visit;
use crate::fix;

pub(super) async fn examine(visit: &mut Visit, ways: &mut Ways, toolgate: &Toolgate) {
    let config = toolgate.config();
    if config.serve == ServeConfig::default() {
        return;
    }
    visit.group("Serve", &config.serve.listen.to_string());
    let access = inspect::access(&config);
    match &access {
        Ok(()) => visit.good("access", None, who(&config.serve)),
        Err(error @ ServeError::Auth(_)) => {
            let fix = "correct what stands under [serve.auth]: issuer, audience, jwks_url, scopes, algorithms, public_url";
            visit.failed("access", None, error, Some(fix.to_owned()));
        }
        Err(error) => visit.failed("access", None, error, None),
    }
    certificate(visit, &config).await;
    match inspect::models(toolgate) {
        Ok(names) => visit.good("models", None, names),
        Err(error) => visit.failed("models", None, &error, None),
    }
    if let Some(auth) = &config.serve.auth {
        visit.group("Issuer of clients' tokens", &auth.issuer);
        if access.is_err() {
            return visit.not_tried(&["JWKS", "metadata"], "the settings cannot be used");
        }
        issuer(visit, ways, toolgate, auth).await;
    }
}

/// Who may come in.
fn who(serve: &ServeConfig) -> String {
    let pages = match &*serve.origins {
        [] => String::new(),
        origins => format!("; from a browser, pages of {}", origins.join(" ")),
    };
    let Some(auth) = &serve.auth else {
        return format!("every process of this machine, without a token{pages}");
    };
    let scopes = match &*auth.scopes {
        [] => String::new(),
        scopes => format!(", with {}", scopes.join(" ")),
    };
    let certificate = if serve.client_ca.is_some() { ", and a client certificate" } else { "" };
    format!("tokens of {} for {}{scopes}{certificate}{pages}", auth.issuer, auth.audience)
}

async fn certificate(visit: &mut Visit, config: &Config) {
    let (shown, took) = visit.wait("certificate", async { inspect::certificates(config) }).await;
    let took = Some(took);
    let shown = match shown {
        Ok(shown) if shown.is_empty() => {
            return visit.good("certificate", took, "none: clear text, to this machine only");
        }
        Ok(shown) => shown,
        Err(error) => return visit.failed("certificate", took, &error, None),
    };
    let Some(chain) = config.trust_summary().ok().and_then(|trust| trust.chain(&shown)) else { return };
    let says = super::network::told(&chain);
    let fix = "renew it: the file that certificate under [serve] names; a server that runs reads it again at SIGHUP";
    let now = SystemTime::now();
    match chain.not_after.duration_since(now) {
        Err(_) => visit.failed("certificate", took, format!("has expired; {says}"), Some(fix.to_owned())),
        Ok(left) if left < SOON => visit.warn("certificate", took, says, fix),
        Ok(_) => visit.good("certificate", took, says),
    }
    let public = config.serve.auth.as_ref().and_then(|auth| url::Url::parse(auth.public_url.as_ref()?).ok());
    if let Some(host) = public.as_ref().and_then(url::Url::host_str)
        && !chain.is_for(host.trim_matches(['[', ']']))
    {
        visit.warn(
            "name",
            None,
            format!("the certificate is not for {host}, where public_url under [serve.auth] sends clients"),
            "have it issued for that name, unless something before this server shows another certificate",
        );
    }
}

async fn issuer(visit: &mut Visit, ways: &mut Ways, toolgate: &Toolgate, auth: &ServeAuthConfig) {
    let config = &toolgate.config();
    let setting = "jwks_url under [serve.auth]";
    if !ways.walk(visit, config, &auth.jwks_url, setting).await {
        return visit.not_tried(&["JWKS", "metadata"], "the server of the keys cannot be reached");
    }
    match visit.wait("JWKS", inspect::keys(config)).await {
        (Ok(Some(keys)), took) => authorization::keys(visit, &keys, took),
        (Ok(None), _) => {}
        (Err(ServeError::Client(error)), took) => {
            visit.failed("JWKS", Some(took), &error, fix::of(&error, setting));
        }
        (Err(error), took) => {
            let fix = format!("check {setting}, and what is answered there");
            visit.failed("JWKS", Some(took), &error, Some(fix));
        }
    }
    // Nothing here hangs on it: clients find the issuer by it, and a mistyped issuer or key set shows.
    match visit.wait("metadata", toolgate.published_keys(&auth.issuer)).await {
        (Ok(Some(keys)), took) if keys != auth.jwks_url => visit.warn(
            "metadata",
            Some(took),
            format!(
                "the issuer says that its keys are at {}, and not at {}",
                redacted_url(&keys),
                redacted_url(&auth.jwks_url)
            ),
            format!("correct {setting}, unless both hold the same keys"),
        ),
        (Ok(_), took) => visit.good("metadata", Some(took), "the issuer is as in its own metadata"),
        (Err(error), took) => visit.warn(
            "metadata",
            Some(took),
            error.to_string(),
            "compare issuer under [serve.auth] with iss of a client's token; without metadata, tokens are verified all \
             the same, but clients cannot find out where to get one",
        ),
    }
}
