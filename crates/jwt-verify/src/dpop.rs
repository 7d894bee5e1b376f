//! DPoP proofs (RFC 9449): a small JWT, signed per request with the key that the access token is bound to.

mod replay;

use http::Uri;
use sha2::{Digest, Sha256};
use toolgate_http_client::Origin;

use crate::compact::{Compact, decode, encode};
use crate::equal::equal;
use crate::error::invalid_proof;
use crate::header::Header;
use crate::json::{self, Value};
use crate::validity::numeric_date;
use crate::{Algorithm, KeyRules, VerifyError, jwk};
pub(crate) use replay::ReplayCache;

/// How far a proof's `iat` may lie from now, in seconds: RFC 9449 section 11.1 wants it short.
const WINDOW: f64 = 60.0;
/// The longest proof that is read, in bytes.
const MAX_PROOF: usize = 8 << 10;

/// A DPoP proof and the request that it came with.
#[derive(Clone, Copy)]
pub struct DpopProof<'a> {
    jwt: &'a str,
    method: &'a str,
    url: &'a str,
}

impl<'a> DpopProof<'a> {
    /// The value of the `DPoP` header, the request's method, and its URL as the client sees it.
    ///
    /// ```
    /// # use toolgate_jwt_verify::{DpopProof, Proof};
    /// # let header = "";
    /// let proof = Proof::Dpop(DpopProof::new(header, "POST", "https://mcp.example/mcp"));
    /// ```
    #[must_use]
    pub fn new(jwt: &'a str, method: &'a str, url: &'a str) -> Self {
        Self { jwt, method, url }
    }

    /// The checks of RFC 9449 section 4.3, in its order; `jkt` is what the access token is bound to.
    pub(crate) fn check(
        &self,
        jkt: &str,
        token: &str,
        replays: &ReplayCache,
        now: f64,
    ) -> Result<(), VerifyError> {
        let proof = |error: VerifyError| invalid_proof(error.to_string());
        let compact = Compact::split(self.jwt, MAX_PROOF).map_err(proof)?;
        let header = decode(compact.header, "header").map_err(proof)?;
        let header = Header::parse(&header).map_err(proof)?;
        if !header.typ().map_err(proof)?.is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt")) {
            return Err(invalid_proof("expected its typ to be dpop+jwt"));
        }
        let algorithm = header.algorithm(&Algorithm::ALL).map_err(proof)?;
        let thumbprint = self.verify_signature(&compact, &header, algorithm)?;
        let payload = decode(compact.payload, "claims").map_err(proof)?;
        let claims = ProofClaims::parse(&payload)?;
        self.check_request(&claims)?;
        let issued = claims.issued(now)?;
        if !equal(string("ath", claims.ath.as_ref())?.as_bytes(), encode(&Sha256::digest(token)).as_bytes()) {
            return Err(invalid_proof("its ath is not the hash of this access token"));
        }
        if !equal(thumbprint.as_bytes(), jkt.as_bytes()) {
            return Err(invalid_proof("its key is not the one that the token is bound to"));
        }
        replays.admit(&thumbprint, string("jti", claims.jti.as_ref())?, issued, now)
    }

    /// Checks the signature with the key that the proof carries, and returns that key's thumbprint.
    fn verify_signature(
        &self,
        compact: &Compact<'_>,
        header: &Header<'_>,
        algorithm: Algorithm,
    ) -> Result<String, VerifyError> {
        let jwk = header
            .jwk()
            .ok_or_else(|| invalid_proof("expected its header to carry the public key as jwk"))?;
        let key = jwk::read(jwk, &KeyRules::default())
            .map_err(|error| invalid_proof(error.to_string()))?
            .map_err(|skipped| invalid_proof(format!("its key is not usable: {}", skipped.reason)))?;
        let signature = compact.signature().map_err(|error| invalid_proof(error.to_string()))?;
        if !key.public.verifies(algorithm, compact.signing_input.as_bytes(), &signature) {
            return Err(invalid_proof("its signature does not match its key"));
        }
        Ok(key.material.thumbprint())
    }

    fn check_request(&self, claims: &ProofClaims<'_>) -> Result<(), VerifyError> {
        if string("htm", claims.htm.as_ref())? != self.method {
            return Err(invalid_proof("its htm is not the method of this request"));
        }
        let same = match (target(string("htu", claims.htu.as_ref())?), target(self.url)) {
            (Some(claimed), Some(actual)) => claimed == actual,
            _ => false,
        };
        if same { Ok(()) } else { Err(invalid_proof("its htu is not the URL of this request")) }
    }
}

impl std::fmt::Debug for DpopProof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DpopProof").field("method", &self.method).finish_non_exhaustive()
    }
}

/// A URL without query and fragment, normalised (RFC 9449 section 4.3, RFC 3986 sections 6.2.2 and 6.2.3).
fn target(url: &str) -> Option<(Origin, String)> {
    let uri: Uri = url.parse().ok()?;
    let path = if uri.path().is_empty() { "/" } else { uri.path() };
    Some((Origin::of(&uri).ok()?, path.to_owned()))
}

#[derive(Default)]
struct ProofClaims<'a> {
    jti: Option<Value<'a>>,
    htm: Option<Value<'a>>,
    htu: Option<Value<'a>>,
    iat: Option<Value<'a>>,
    ath: Option<Value<'a>>,
}

impl<'a> ProofClaims<'a> {
    fn parse(payload: &'a [u8]) -> Result<Self, VerifyError> {
        let mut claims = Self::default();
        json::object(payload, &mut |name, value| {
            let place = match name {
                "jti" => &mut claims.jti,
                "htm" => &mut claims.htm,
                "htu" => &mut claims.htu,
                "iat" => &mut claims.iat,
                "ath" => &mut claims.ath,
                _ => return,
            };
            *place = Some(value);
        })
        .map_err(invalid_proof)?;
        Ok(claims)
    }

    fn issued(&self, now: f64) -> Result<f64, VerifyError> {
        let iat = self.iat.as_ref().ok_or_else(|| invalid_proof("it has no iat"))?;
        let issued = numeric_date("iat", iat).map_err(|error| invalid_proof(error.to_string()))?;
        if (issued - now).abs() > WINDOW {
            return Err(invalid_proof(format!(
                "its iat is {issued}, now is {now}; they may differ by {WINDOW} s"
            )));
        }
        Ok(issued)
    }
}

fn string<'v>(claim: &str, value: Option<&'v Value<'_>>) -> Result<&'v str, VerifyError> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        _ => Err(invalid_proof(format!("expected its {claim} to be a string"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jv_21_urls_are_compared_normalised_and_without_query() {
        let same = |one: &str, other: &str| target(one).is_some() && target(one) == target(other);
        assert!(same("https://MCP.example:443/a?x=1#f", "https://mcp.example/a"));
        assert!(same("https://mcp.example", "https://mcp.example/"));
        assert!(!same("https://mcp.example/a", "https://mcp.example/A"));
        assert!(!same("https://mcp.example/a", "http://mcp.example/a"));
        assert!(!same("/a", "/a"));
    }
}
