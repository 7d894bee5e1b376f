//! The server's own check of an access token: signature, issuer, audience, time.
//!
//! Written on jsonwebtoken, with the authorization server's keys shared in memory and no leeway, so that it errs on
//! the strict side of every client.

use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::oauth::{OAuthControls, SigningKey};

/// What a valid token allows.
#[derive(Debug, Deserialize)]
pub(super) struct Access {
    #[serde(default)]
    scope: String,
    /// Entra ID's name for scopes.
    #[serde(default)]
    roles: Vec<String>,
    pub(super) jti: String,
}

impl Access {
    pub(super) fn allows(&self, scope: &str) -> bool {
        self.scope.split(' ').chain(self.roles.iter().map(String::as_str)).any(|granted| granted == scope)
    }
}

/// Checks a token now; nothing of why it failed leaves this function (RFC 6750 section 3.1 needs no more).
pub(super) fn verify(issuer: &OAuthControls, audiences: &[String], token: &str) -> Option<Access> {
    let header = decode_header(token).ok()?;
    if !matches!(header.typ.as_deref(), Some("JWT" | "at+jwt")) {
        return None;
    }
    let audiences: Vec<&str> = issuer
        .clients()
        .iter()
        .map(|client| client.id())
        .chain(audiences.iter().map(String::as_str))
        .collect();
    issuer
        .published_keys()
        .iter()
        .filter(|key| {
            key.algorithm.jws() == header.alg && header.kid.as_ref().is_none_or(|kid| *kid == key.kid)
        })
        .find_map(|key| verify_with(key, issuer.issuer(), &audiences, token))
}

fn verify_with(key: &SigningKey, issuer: &str, audiences: &[&str], token: &str) -> Option<Access> {
    let mut validation = Validation::new(key.algorithm.jws());
    validation.leeway = 0;
    // RFC 7519 section 4.1.4 refuses "on or after" the time; the crate alone would accept "on".
    validation.reject_tokens_expiring_in_less_than = 1;
    validation.validate_nbf = true;
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(audiences);
    let public = DecodingKey::from_jwk(&key.jwk).expect("a key that this process made");
    decode::<Access>(token, &public, &validation).ok().map(|verified| verified.claims)
}
