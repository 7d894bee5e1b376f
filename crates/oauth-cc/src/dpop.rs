//! Demonstrating proof of possession (RFC 9449): tokens bound to a key, and a fresh proof with every request.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use toolgate_http_client::{Origin, Request};

use crate::assertion::{unique_id, unix};
use crate::challenge::Challenge;
use crate::signing_key::SigningKey;
use crate::{AccessToken, TokenError};

const PROOF: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// The error code of a server that wants its nonce in the proof (RFC 9449 sections 8 and 9).
pub(crate) const USE_NONCE: &str = "use_dpop_nonce";
/// Nonces are remembered for so many servers; one client talks to two.
const MAX_NONCES: usize = 64;
/// A longer nonce is no nonce.
const MAX_NONCE: usize = 512;

/// The key that tokens are bound to. It proves possession to the token endpoint and to every resource.
pub struct DpopKey {
    key: SigningKey,
    thumbprint: String,
    /// The last nonce of each server.
    nonces: Mutex<HashMap<Origin, String>>,
}

impl DpopKey {
    /// Proves possession of `key`; its public half travels with every proof.
    ///
    /// ```no_run
    /// use toolgate_oauth_cc::{DpopKey, Secret, SigningAlgorithm, SigningKey};
    /// # fn example() -> Result<DpopKey, toolgate_oauth_cc::TokenError> {
    /// let pem = Secret::from_file("dpop-key.pem")?;
    /// # Ok(
    /// DpopKey::new(SigningKey::from_pem(&pem, SigningAlgorithm::ES256)?)
    /// # )}
    /// ```
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        // RFC 7638: the required members in lexical order, which is how the JWK is made.
        let thumbprint = hash(key.public_key().to_string().as_bytes());
        Self { key, thumbprint, nonces: Mutex::default() }
    }

    /// The JWK SHA-256 thumbprint (RFC 7638), as in a token's `cnf.jkt`.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Adds a fresh proof to `request`, for `token` if it carries one.
    pub(crate) fn prove(&self, request: &mut Request, token: Option<&AccessToken>) -> Result<(), TokenError> {
        let origin = Origin::of(request.uri())?;
        let mut claims = Map::from_iter([
            ("jti".to_owned(), unique_id()?.into()),
            ("htm".to_owned(), request.method().as_str().into()),
            // RFC 9449 section 4.2: without query and fragment.
            ("htu".to_owned(), format!("{origin}{}", request.uri().path()).into()),
            ("iat".to_owned(), unix(SystemTime::now()).into()),
        ]);
        if let Some(nonce) = self.nonces().get(&origin) {
            claims.insert("nonce".to_owned(), nonce.as_str().into());
        }
        if let Some(token) = token {
            claims.insert("ath".to_owned(), hash(token.expose_secret().as_bytes()).into());
        }
        let header = Map::from_iter([
            ("typ".to_owned(), "dpop+jwt".into()),
            ("jwk".to_owned(), self.key.public_key()),
        ]);
        let proof = self.key.sign(header, &Value::Object(claims))?;
        let value = HeaderValue::from_str(&proof)
            .map_err(|error| TokenError::configuration("dpop", &error.to_string()))?;
        request.headers_mut().insert(PROOF, value);
        Ok(())
    }

    /// Keeps the nonce that a server sent, for its next proof.
    pub(crate) fn learn(&self, origin: &Origin, headers: &HeaderMap) {
        let Some(nonce) = headers.get(NONCE).and_then(|value| value.to_str().ok()) else { return };
        if nonce.is_empty() || nonce.len() > MAX_NONCE {
            return;
        }
        let mut nonces = self.nonces();
        if nonces.len() >= MAX_NONCES && !nonces.contains_key(origin) {
            nonces.clear();
        }
        nonces.insert(origin.clone(), nonce.to_owned());
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, HashMap<Origin, String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a resource refused a request only for want of its nonce (RFC 9449 section 9).
pub(crate) fn wants_nonce(headers: &HeaderMap) -> bool {
    let challenge = Challenge::of_scheme(headers, "dpop");
    headers.contains_key(NONCE)
        && challenge.is_ok_and(|found| found.is_some_and(|found| found.error.as_deref() == Some(USE_NONCE)))
}

fn hash(bytes: &[u8]) -> String {
    BASE64URL.encode(digest::digest(&digest::SHA256, bytes))
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DpopKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;
    use crate::access_token::Scheme;
    use crate::{Secret, SigningAlgorithm};

    fn key() -> DpopKey {
        // RFC 8037 appendix A.1; its thumbprint is in A.3.
        let jwk = r#"{"kty":"OKP","crv":"Ed25519",
            "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        DpopKey::new(SigningKey::from_jwk(&Secret::new(jwk), SigningAlgorithm::EdDSA).unwrap())
    }

    fn proof(key: &DpopKey, token: Option<&AccessToken>) -> (Value, Value) {
        let mut request =
            http::Request::post("https://MCP.example:443/mcp?x=1").body(bytes::Bytes::new()).unwrap();
        key.prove(&mut request, token).unwrap();
        let jws = request.headers()[PROOF].to_str().unwrap().to_owned();
        let mut parts = jws.split('.').map(|part| BASE64URL.decode(part).unwrap());
        let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
        (next(), next())
    }

    #[tokio::test]
    async fn a_proof_says_what_rfc_9449_wants() {
        let key = key();
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let (header, claims) = proof(&key, None);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("dpop+jwt"), &json!("EdDSA")));
        assert!(header["jwk"].get("d").is_none() && header.get("kid").is_none());
        assert_eq!((&claims["htm"], &claims["htu"]), (&json!("POST"), &json!("https://mcp.example/mcp")));
        assert!(claims.get("nonce").is_none() && claims.get("ath").is_none());
        assert_ne!(proof(&key, None).1["jti"], claims["jti"]);

        let origin = Origin::of(&"https://mcp.example".parse().unwrap()).unwrap();
        key.learn(&origin, &HeaderMap::from_iter([(NONCE, HeaderValue::from_static("n1"))]));
        let token = AccessToken::new("tok", Scheme::Bearer, Instant::now(), None).unwrap();
        let (_, claims) = proof(&key, Some(&token));
        assert_eq!((&claims["nonce"], &claims["ath"]), (&json!("n1"), &json!(hash(b"tok"))));
    }

    fn nonce(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(NONCE, text.parse().unwrap())])
    }

    fn server(number: usize) -> Origin {
        Origin::of(&format!("https://s{number}.example").parse().unwrap()).unwrap()
    }

    #[test]
    fn what_is_no_nonce_is_not_kept() {
        let key = key();
        key.learn(&server(0), &nonce(&"n".repeat(MAX_NONCE)));
        for other in ["", &"n".repeat(MAX_NONCE + 1)] {
            key.learn(&server(0), &nonce(other));
            assert_eq!(key.nonces()[&server(0)].len(), MAX_NONCE);
        }
        key.learn(&server(1), &HeaderMap::new());
        assert_eq!(key.nonces().len(), 1);
    }

    #[test]
    fn nonces_of_many_servers_do_not_pile_up() {
        let key = key();
        for number in 0..MAX_NONCES {
            key.learn(&server(number), &nonce("n1"));
        }
        key.learn(&server(0), &nonce("n2"));
        assert_eq!(key.nonces().len(), MAX_NONCES, "a server that is known takes no place");
        assert_eq!(key.nonces()[&server(0)], "n2");
        key.learn(&server(MAX_NONCES), &nonce("n1"));
        assert_eq!(key.nonces().keys().collect::<Vec<_>>(), [&server(MAX_NONCES)]);
    }

    #[test]
    fn only_a_refusal_for_want_of_a_nonce_that_comes_with_it_is_one() {
        let wants = |challenge: &str, sent: bool| {
            let mut headers = if sent { nonce("n1") } else { HeaderMap::new() };
            headers.insert("www-authenticate", challenge.parse().unwrap());
            wants_nonce(&headers)
        };
        assert!(wants("DPoP error=\"use_dpop_nonce\"", true));
        assert!(!wants("DPoP error=\"use_dpop_nonce\"", false));
        assert!(!wants("DPoP error=\"invalid_token\"", true));
        assert!(!wants("DPoP", true) && !wants("Bearer error=\"use_dpop_nonce\"", true));
    }
}
