//! `private_key_jwt`: a signed assertion instead of a secret (RFC 7523 sections 2.2 and 3).

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Map, json};
use zeroize::Zeroizing;

use crate::signing_key::SigningKey;
use crate::{ClientCredentials, TokenError};

/// An assertion is used at once; no server needs it to live for longer.
const MAX_LIFETIME: Duration = Duration::from_secs(300);

/// A key that signs a fresh assertion for every token request, also for a repeated one.
#[derive(Debug, Clone)]
pub struct PrivateKeyJwt {
    key: Arc<SigningKey>,
    audience: Option<String>,
    lifetime: Duration,
}

impl PrivateKeyJwt {
    /// Signs with `key`, for the issuer of the credentials
    /// ([`ClientCredentials::with_issuer`](crate::ClientCredentials::with_issuer)) as the audience.
    ///
    /// ```no_run
    /// use toolgate_oauth_cc::{ClientAuthentication, PrivateKeyJwt, Secret, SigningAlgorithm, SigningKey};
    /// # fn example() -> Result<ClientAuthentication, toolgate_oauth_cc::TokenError> {
    /// let pem = Secret::from_file("client-key.pem")?;
    /// let key = SigningKey::from_pem(&pem, SigningAlgorithm::ES256)?.with_key_id("2026-01");
    /// # Ok(
    /// ClientAuthentication::PrivateKeyJwt(PrivateKeyJwt::new(key))
    /// # )}
    /// ```
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self { key: Arc::new(key), audience: None, lifetime: Duration::from_secs(60) }
    }

    /// The audience, for servers that want another than their issuer, such as the URL of their token endpoint. Never
    /// take it from a document that was not checked: whoever chooses it can use the assertion elsewhere.
    #[must_use]
    pub fn with_audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.to_owned());
        self
    }

    /// How long an assertion is valid. Default 60 s, for clocks that differ; at most 5 minutes.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime.min(MAX_LIFETIME);
        self
    }

    /// Tells keys and audiences apart without showing anything private.
    pub(crate) fn fingerprint(&self) -> String {
        json!([self.key.public_key(), self.key.algorithm().as_str(), self.audience]).to_string()
    }

    /// A fresh assertion at `now`.
    pub(crate) fn assertion(
        &self,
        credentials: &ClientCredentials,
        now: SystemTime,
    ) -> Result<Zeroizing<String>, TokenError> {
        let audience = self.audience.as_ref().or(credentials.issuer.as_ref()).ok_or_else(|| {
            TokenError::configuration(
                "issuer",
                "private_key_jwt needs the issuer as its audience; set it, or an audience",
            )
        })?;
        let issued = unix(now);
        let claims = json!({
            "iss": credentials.client_id,
            "sub": credentials.client_id,
            "aud": audience,
            "iat": issued,
            "exp": issued + self.lifetime.as_secs(),
            "jti": unique_id()?,
        });
        self.key.sign(Map::from_iter([("typ".to_owned(), "JWT".into())]), &claims)
    }
}

/// Seconds since 1970 (RFC 7519 `NumericDate`).
pub(crate) fn unix(now: SystemTime) -> u64 {
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// 128 random bits: nobody guesses them, nobody draws them twice.
pub(crate) fn unique_id() -> Result<String, TokenError> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| TokenError::KeyUnsuitable { reason: "the system has no randomness".to_owned() })?;
    Ok(BASE64URL.encode(random))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{ClientAuthentication, Secret, SigningAlgorithm};

    fn key() -> PrivateKeyJwt {
        // RFC 8037 appendix A.1.
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","kid":"k1",
            "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        PrivateKeyJwt::new(SigningKey::from_jwk(&Secret::new(jwk), SigningAlgorithm::EdDSA).unwrap())
    }

    fn credentials() -> ClientCredentials {
        ClientCredentials::new("https://as.example/token", "id", ClientAuthentication::TlsClientAuth).unwrap()
    }

    fn part(jws: &str, index: usize) -> Value {
        serde_json::from_slice(&BASE64URL.decode(jws.split('.').nth(index).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn the_claims_of_rfc_7523() {
        let credentials = credentials().with_issuer("https://as.example/").unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let long = key().with_lifetime(Duration::from_secs(9999));
        let jws = long.assertion(&credentials, now).unwrap();
        assert_eq!(part(&jws, 0), json!({"alg": "EdDSA", "kid": "k1", "typ": "JWT"}));
        let claims = part(&jws, 1);
        let jti = claims["jti"].as_str().unwrap();
        assert!(BASE64URL.decode(jti).unwrap().len() * 8 >= 128);
        let expected = json!({"iss": "id", "sub": "id", "aud": "https://as.example/", "iat": 1000, "exp": 1300, "jti": jti});
        assert_eq!(claims, expected);
        let next = long.assertion(&credentials, now).unwrap();
        assert_ne!(part(&next, 1)["jti"], claims["jti"]);
    }

    #[test]
    fn without_an_audience_nothing_is_signed() {
        let now = SystemTime::UNIX_EPOCH;
        assert_eq!(key().assertion(&credentials(), now).unwrap_err().kind(), "configuration");
        let fixed = key().with_audience("https://as.example/token").assertion(&credentials(), now).unwrap();
        assert_eq!(part(&fixed, 1)["aud"], "https://as.example/token");
    }
}
