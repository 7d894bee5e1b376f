//! A service account of Google Cloud, and its access tokens for assertions (RFC 7523, as in Google's AIP-4112).

use std::sync::Mutex;

use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Value, json};

use super::canonical::Refusal;
use super::ids::{Ids, now};
use super::rsa_key::RsaKey;

const EMAIL: &str = "rig@rig.iam.gserviceaccount.com";
const KEY_ID: &str = "rig-key-1";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The account with its key, and the tokens that it was given.
pub(crate) struct ServiceAccount {
    token_uri: String,
    key: RsaKey,
    tokens: Mutex<Vec<String>>,
}

impl ServiceAccount {
    /// One whose tokens are given at `token_uri`.
    pub(crate) fn generate(token_uri: String) -> Self {
        Self { token_uri, key: RsaKey::generate(), tokens: Mutex::default() }
    }

    /// Its key file.
    pub(crate) fn file(&self) -> String {
        json!({
            "type": "service_account",
            "project_id": "rig",
            "private_key_id": KEY_ID,
            "private_key": self.key.private,
            "client_email": EMAIL,
            "token_uri": self.token_uri,
        })
        .to_string()
    }

    pub(crate) fn tokens(&self) -> usize {
        self.given().len()
    }

    pub(crate) fn knows(&self, token: &str) -> bool {
        self.given().iter().any(|given| given == token)
    }

    /// What the token endpoint answers to a form.
    pub(crate) fn token(&self, form: &[u8], ids: &Ids) -> Result<Value, Refusal> {
        let member = |name: &str| {
            let mut members = url::form_urlencoded::parse(form);
            members.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        if member("grant_type") != GRANT {
            return Err(refusal("unsupported_grant_type", "Invalid grant_type"));
        }
        self.check(&member("assertion")).map_err(|why| refusal("invalid_grant", &why))?;
        let token = ids.next("ya29.", 40);
        self.given().push(token.clone());
        Ok(json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}))
    }

    fn check(&self, assertion: &str) -> Result<(), String> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[&self.token_uri]);
        validation.set_issuer(&[EMAIL]);
        validation.set_required_spec_claims(&["exp", "aud", "iss"]);
        let read = jsonwebtoken::decode::<Value>(assertion, &self.key.public, &validation);
        let assertion = read.map_err(|error| format!("Invalid JWT: {error}"))?;
        if assertion.header.kid.as_deref() != Some(KEY_ID) {
            return Err("Invalid JWT: kid names no key of the account".to_owned());
        }
        let claim = |name: &str| assertion.claims[name].as_u64().unwrap_or_default();
        if claim("exp").saturating_sub(claim("iat")) > 3600 || claim("iat") > now() + 60 {
            return Err("Invalid JWT: Token must be a short-lived token (60 minutes)".to_owned());
        }
        if assertion.claims["scope"] != SCOPE {
            return Err("Invalid OAuth scope or ID token audience provided.".to_owned());
        }
        Ok(())
    }

    fn given(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.tokens.lock().expect("no panic while the tokens are held")
    }
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServiceAccount({EMAIL})")
    }
}

fn refusal(error: &str, description: &str) -> Refusal {
    Refusal { status: 400, body: json!({"error": error, "error_description": description}) }
}
