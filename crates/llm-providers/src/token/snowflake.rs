//! Snowflake: a token that the caller signs, with the private half of a key pair, in place of one that is fetched.
//!
//! As in Snowflake's "Authenticating Snowflake REST APIs", "Generate a JWT token".

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use http::HeaderValue;
use serde::Serialize;
use toolgate_http_client::{Credential, ModelProvider, Origin, Request};

use super::rs256::Key;
use crate::renewed::{Proof, Renewed};
use crate::{ApiKey, Authorizer, ErrorKind, ProviderError};

/// An hour is the most that is accepted.
const LIFETIME: Duration = Duration::from_secs(59 * 60);
const TOKEN_TYPE: &str = "x-snowflake-authorization-token-type";

/// Proves to Snowflake who asks with the private half of a key pair, whose public half is the user's.
///
/// A token is signed for 59 minutes (an hour is the most that Snowflake takes), and anew a minute before it ends or when it
/// is refused.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use toolgate_http_client::HttpClient;
/// # use toolgate_llm_providers::{Authentication, Catalogue, ChatModel, KeyPairAuthorizer};
/// # fn example(http: Arc<dyn HttpClient>) -> Result<(), Box<dyn std::error::Error>> {
/// let cortex = Catalogue::builtin().provider("snowflake")?.clone().with_parameter("account", "myorg-myaccount")?;
/// let key = std::fs::read_to_string("/run/secrets/snowflake-key.pem")?;
/// let signer = KeyPairAuthorizer::snowflake(cortex.id(), "myorg-myaccount", "CRM_ASSISTANT", &key)?;
/// let cortex = cortex.with_authentication(Authentication::Authorizer); // no key besides
/// let model = ChatModel::new(cortex, "claude-sonnet-4-5", None, http)?.with_authorizer(Arc::new(signer));
/// # Ok(()) }
/// ```
pub struct KeyPairAuthorizer {
    provider: Arc<str>,
    subject: String,
    issuer: String,
    key: Key,
    latest: Renewed<HeaderValue>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    iat: u64,
    exp: u64,
}

impl KeyPairAuthorizer {
    /// For `user` of `account`, which is an identifier as in the host's name: `organization-name`, or a locator with its
    /// region. `private_key` is RSA in PKCS#8 (PEM), not encrypted.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the key is another, or account or user are empty; the key is not repeated.
    pub fn snowflake(
        provider: impl Into<Arc<str>>,
        account: &str,
        user: &str,
        private_key: &str,
    ) -> Result<Self, ProviderError> {
        let provider = provider.into();
        let wrong =
            |what: &str| Err(ProviderError::new(ErrorKind::Configuration, Arc::clone(&provider), what));
        if account.is_empty() || user.is_empty() {
            return wrong("expected an account and a user for the key pair");
        }
        if private_key.contains("ENCRYPTED PRIVATE KEY") {
            return wrong(
                "expected a private key in the clear, found an encrypted one: decrypt it with openssl pkcs8",
            );
        }
        let Some(key) = Key::from_pem(private_key) else {
            return wrong("expected the private key to be an RSA key in PKCS#8 (PEM)");
        };
        let Some(fingerprint) = key.fingerprint() else {
            return wrong("expected a private key whose public half can be told, found none");
        };
        let subject = format!("{}.{}", in_token(account), user.to_uppercase());
        let issuer = format!("{subject}.SHA256:{fingerprint}");
        Ok(Self { provider, subject, issuer, key, latest: Renewed::new() })
    }

    fn token(&self, now: SystemTime) -> Result<Proof<HeaderValue>, ProviderError> {
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let until = now + LIFETIME;
        let claims = Claims { iss: &self.issuer, sub: &self.subject, iat: seconds(now), exp: seconds(until) };
        let token = self.key.sign("", &claims).ok_or_else(|| {
            let what = "the private key does not sign";
            ProviderError::new(ErrorKind::Configuration, Arc::clone(&self.provider), what)
        })?;
        Ok(Proof { value: ApiKey::new(token)?.header("Bearer ")?, until: Some(until) })
    }
}

/// The account as tokens name it: without its region, in capitals. One that is in all regions has an id after its name.
fn in_token(account: &str) -> String {
    let border = if account.contains(".global") { '-' } else { '.' };
    account.split(border).next().unwrap_or_default().to_uppercase()
}

#[async_trait]
impl Authorizer for KeyPairAuthorizer {
    async fn authorize(&self, request: &mut Request) -> Result<(), ProviderError> {
        let now = SystemTime::now();
        let value = self.latest.get(now, || Box::pin(std::future::ready(self.token(now)))).await?;
        let origin =
            Origin::of(request.uri()).map_err(|error| ProviderError::transport(&self.provider, error))?;
        Credential::<ModelProvider>::authorization(origin, value).attach(request);
        request.headers_mut().insert(TOKEN_TYPE, HeaderValue::from_static("KEYPAIR_JWT"));
        Ok(())
    }

    fn refused(&self) {
        self.latest.forget();
    }
}

impl fmt::Debug for KeyPairAuthorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPairAuthorizer({} for {})", self.subject, self.provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_named_as_snowflakes_own_programs_do() {
        for (account, expected) in [
            ("myorg-account1", "MYORG-ACCOUNT1"),
            ("xy12345", "XY12345"),
            ("xy12345.us-east-2.aws", "XY12345"),
            ("myaccount-123.global", "MYACCOUNT"),
        ] {
            assert_eq!(in_token(account), expected);
        }
    }
}
