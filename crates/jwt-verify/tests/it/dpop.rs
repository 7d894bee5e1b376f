//! JV-20 and JV-21: a DPoP-bound token is good only with a proof for this request (RFC 9449 section 4.3).

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use toolgate_jwt_verify::{DpopProof, KeySource, Proof, Verifier, VerifyError};

use crate::signer::{AUDIENCE, ISSUER, NOW, Signer, base64url, claims, claims_with, jwks, now};

const URL: &str = "https://mcp.example/mcp";

pub(crate) fn sha256(text: &str) -> String {
    base64url(digest(&SHA256, text.as_bytes()))
}

/// RFC 7638 section 3: the required members, ordered by name.
pub(crate) fn thumbprint(key: &Signer) -> String {
    let jwk = key.bare_jwk();
    let members: BTreeMap<_, _> = jwk.as_object().unwrap().iter().collect();
    sha256(&serde_json::to_string(&members).unwrap())
}

pub(crate) fn proof_header(key: &Signer) -> Value {
    json!({"typ": "dpop+jwt", "alg": key.alg(), "jwk": key.bare_jwk()})
}

pub(crate) fn proof_claims(token: &str) -> Value {
    json!({"jti": "p1", "htm": "POST", "htu": URL, "iat": NOW, "ath": sha256(token)})
}

struct Rig {
    issuer: Signer,
    client: Signer,
    verifier: Verifier,
    token: String,
}

impl Rig {
    fn new(client: Signer) -> Self {
        let issuer = Signer::ed25519("1");
        let verifier =
            Verifier::new(ISSUER, [AUDIENCE], KeySource::jwks_document(&jwks(&[&issuer])).unwrap()).unwrap();
        let token = issuer.token(&claims_with("cnf", json!({"jkt": thumbprint(&client)})));
        Self { issuer, client, verifier, token }
    }

    async fn send(&self, token: &str, proof: &str) -> Result<(), VerifyError> {
        let proof = Proof::Dpop(DpopProof::new(proof, "POST", URL));
        self.verifier.verify_with_proof(token, proof, now()).await.map(|_| ())
    }

    async fn refused(&self, header: &Value, claims: &Value) -> String {
        let error = self.send(&self.token, &self.client.sign(header, claims)).await.unwrap_err();
        assert_eq!(error.kind(), "invalid_dpop_proof", "{error}");
        error.to_string()
    }
}

#[tokio::test]
async fn a_proof_is_good_once() {
    for client in [Signer::p256(""), Signer::ed25519("")] {
        let rig = Rig::new(client);
        let proof = rig.client.sign(&proof_header(&rig.client), &proof_claims(&rig.token));
        rig.send(&rig.token, &proof).await.unwrap();
        let again = rig.send(&rig.token, &proof).await.unwrap_err();
        assert!(again.to_string().contains("used before"), "{again}");
        assert_eq!(rig.verifier.verify_at(&rig.token, now()).await.unwrap_err().kind(), "proof_required");
    }
}

#[tokio::test]
async fn every_claim_of_a_proof_counts() {
    let rig = Rig::new(Signer::p256(""));
    let header = proof_header(&rig.client);
    let cases = [
        ("htm", json!("GET"), "htm"),
        ("htm", json!(1), "htm"),
        ("htu", json!("https://mcp.example/other"), "htu"),
        ("htu", json!("https://evil.example/mcp"), "htu"),
        ("iat", json!(NOW - 61), "iat"),
        ("iat", json!(NOW + 61), "iat"),
        ("iat", json!(1e300), "iat"),
        ("iat", json!("now"), "iat"),
        ("ath", json!(sha256("another token")), "ath"),
        ("jti", json!(""), "jti"),
    ];
    for (name, value, expected) in cases {
        let mut claims = proof_claims(&rig.token);
        claims[name] = value;
        assert!(rig.refused(&header, &claims).await.contains(expected), "{name}");
    }
    for name in ["jti", "htm", "htu", "iat", "ath"] {
        let mut claims = proof_claims(&rig.token);
        claims.as_object_mut().unwrap().remove(name);
        assert!(rig.refused(&header, &claims).await.contains(name), "{name}");
    }
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute() {
    let rig = Rig::new(Signer::p256(""));
    for iat in [NOW - 60, NOW + 60] {
        let mut claims = proof_claims(&rig.token);
        (claims["iat"], claims["jti"]) = (json!(iat), json!(iat.to_string()));
        rig.send(&rig.token, &rig.client.sign(&proof_header(&rig.client), &claims)).await.unwrap();
    }
}

#[tokio::test]
async fn the_header_of_a_proof_counts() {
    let rig = Rig::new(Signer::p256(""));
    let claims = proof_claims(&rig.token);
    let mut private = rig.client.bare_jwk();
    private["d"] = json!("AAAA");
    let cases = [
        ("typ", json!("JWT"), "typ"),
        ("alg", json!("none"), "alg"),
        ("alg", json!("HS256"), "alg"),
        ("alg", json!("EdDSA"), "signature"),
        ("jwk", private, "secret"),
        ("jwk", json!({"kty": "oct", "k": "AAAA"}), "secret"),
        ("jwk", Signer::p256("").bare_jwk(), "signature"),
        ("jwk", json!("x"), "jwk"),
        ("crit", json!(["x"]), "crit"),
    ];
    for (name, value, expected) in cases {
        let mut header = proof_header(&rig.client);
        header[name] = value.clone();
        let said = rig.refused(&header, &claims).await;
        assert!(said.contains(expected), "{name} {value}: {said}");
    }
}

#[tokio::test]
async fn a_proof_is_for_its_own_key_and_its_own_token() {
    let rig = Rig::new(Signer::p256(""));
    let thief = Signer::p256("");
    let stolen = thief.sign(&proof_header(&thief), &proof_claims(&rig.token));
    let error = rig.send(&rig.token, &stolen).await.unwrap_err();
    assert!(error.to_string().contains("bound to"), "{error}");
    let plain = rig.issuer.token(&claims());
    let proof = rig.client.sign(&proof_header(&rig.client), &proof_claims(&plain));
    let error = rig.send(&plain, &proof).await.unwrap_err();
    assert!(error.to_string().contains("not bound"), "{error}");
    let certificate =
        rig.verifier.verify_with_proof(&rig.token, Proof::ClientCertificate(&[0; 32]), now()).await;
    assert_eq!(certificate.unwrap_err().kind(), "invalid_dpop_proof");
    let later = now() + Duration::from_secs(62);
    let own = rig.client.sign(&proof_header(&rig.client), &proof_claims(&rig.token));
    let proof = Proof::Dpop(DpopProof::new(&own, "POST", URL));
    let old = rig.verifier.verify_with_proof(&rig.token, proof, later).await.unwrap_err();
    assert!(old.to_string().contains("iat"), "{old}");
}

#[tokio::test]
async fn a_sender_tells_whether_its_own_token_is_bound_to_what_it_holds() {
    let rig = Rig::new(Signer::p256(""));
    let with = async |token: &str, proof| {
        let verified = rig.verifier.verify_with_proof(token, proof, now()).await;
        verified.map(|_| ()).map_err(|error| error.kind())
    };
    let (own, foreign) = (thumbprint(&rig.client), thumbprint(&Signer::p256("")));
    let plain = rig.issuer.token(&claims());
    assert_eq!(with(&rig.token, Proof::OwnKey(&own)).await, Ok(()));
    assert_eq!(with(&rig.token, Proof::OwnKey(&foreign)).await, Err("invalid_dpop_proof"));
    assert_eq!(
        with(&plain, Proof::OwnKey(&own)).await,
        Err("invalid_dpop_proof"),
        "asked for, and not bound"
    );

    let (own, foreign) = ([7; 32], [8; 32]);
    let bound = rig.issuer.token(&claims_with("cnf", json!({"x5t#S256": base64url(own)})));
    assert_eq!(with(&bound, Proof::OwnCertificate(&own)).await, Ok(()));
    assert_eq!(with(&bound, Proof::OwnCertificate(&foreign)).await, Err("invalid_dpop_proof"));
    assert_eq!(with(&plain, Proof::OwnCertificate(&own)).await, Ok(()), "servers need not bind");
    assert_eq!(with(&rig.token, Proof::OwnCertificate(&own)).await, Err("proof_required"));
}
