//! Clients that prove who they are without a shared secret, and tokens that are bound to them: `private_key_jwt`
//! (RFC 7523), DPoP (RFC 9449), mutual TLS (RFC 8705).

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::Method;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use toolgate_examples::check::{Checks, Outcome, equal, holds, reason};
use toolgate_http_client::{HttpClient, Origin};
use toolgate_jwt_verify::{Algorithm, DpopProof, Proof};
use toolgate_oauth_cc::{
    BearerAuth, ClientAuthentication, DpopKey, PrivateKeyJwt, SigningAlgorithm, TokenCache, TokenSource,
    TokenType,
};
use toolgate_testkit::ca::CLIENT_FILE;

use crate::decorators::Headers;
use crate::oauth::{granted, refused};
use crate::peers::{Peers, basic};

/// Where a bound token is shown.
const TARGET: &str = "https://rs.example/mcp";

pub(crate) async fn checks(peers: &Peers, checks: &mut Checks) {
    use SigningAlgorithm::{ES256, Ed25519, EdDSA, PS256, RS256};
    for algorithm in [RS256, PS256, ES256, EdDSA, Ed25519] {
        let title = format!("oidc-provider: private_key_jwt with {}", algorithm.as_str());
        checks.run(&title, private_key_jwt(peers, algorithm)).await;
    }
    checks.run("oidc-provider: an assertion for another server is refused", other_audience(peers)).await;
    checks.run("oidc-provider: DPoP without a nonce", dpop(peers, "dpop", 1)).await;
    checks.run("oidc-provider: DPoP with the server's nonce", dpop(peers, "dpop-nonce", 2)).await;
    checks.run("oidc-provider: without a proof there is no bound token", dpop_missing(peers)).await;
    checks
        .run("oidc-provider: tls_client_auth gives a token bound to the certificate", mutual_tls(peers))
        .await;
    checks
        .run("oidc-provider: tls_client_auth without a certificate is refused", no_certificate(peers))
        .await;
}

async fn private_key_jwt(peers: &Peers, algorithm: SigningAlgorithm) -> Outcome {
    let key = PrivateKeyJwt::new(peers.signing_key(algorithm)?);
    let client = format!("jwt-{}", algorithm.as_str());
    granted(peers, &client, ClientAuthentication::PrivateKeyJwt(key)).await
}

async fn other_audience(peers: &Peers) -> Outcome {
    let key =
        PrivateKeyJwt::new(peers.signing_key(SigningAlgorithm::ES256)?).with_audience("https://as.example");
    let authentication = ClientAuthentication::PrivateKeyJwt(key);
    let credentials = peers.credentials("jwt-ES256", authentication, Algorithm::RS256).await?;
    refused(peers, credentials, "invalid_client").await.map(|_| ())
}

/// Gets a bound token, and shows it with a proof that fits; the proof alone, or the token alone, is worth nothing.
async fn dpop(peers: &Peers, client: &str, requests: usize) -> Outcome {
    let before = peers.counts().await?.tokens(client);
    let key = DpopKey::new(peers.signing_key(SigningAlgorithm::ES256)?);
    let thumbprint = key.thumbprint().to_owned();
    let credentials = peers.credentials(client, basic(), Algorithm::RS256).await?.with_dpop(key);
    let cache = TokenCache::new(credentials, peers.http()?);
    let token = cache.token().await.map_err(reason)?;
    equal("token type", token.token_type(), TokenType::DPoP)?;
    equal("token requests", peers.counts().await?.tokens(client) - before, requests)?;

    let seen = Arc::new(Headers::default());
    let origin: Origin = TARGET.parse().map_err(reason)?;
    let authorized = BearerAuth::new(seen.clone(), Arc::new(cache), origin);
    let request =
        http::Request::builder().method(Method::POST).uri(TARGET).body(Bytes::new()).map_err(reason)?;
    authorized.send(request).await.map_err(reason)?;
    let shown =
        seen.last("authorization").is_some_and(|value| value == format!("DPoP {}", token.expose_secret()));
    holds("the token is not shown as a DPoP token", shown)?;
    let proof = seen.last("dpop").ok_or("there is no proof")?;

    let verifier = peers.verifier(Algorithm::RS256).await?;
    let alone = verifier.verify(token.expose_secret()).await.err().map(|error| error.kind());
    equal("the token alone", alone, Some("proof_required"))?;
    let elsewhere = Proof::Dpop(DpopProof::new(&proof, "GET", TARGET));
    let now = SystemTime::now();
    let wrong = verifier.verify_with_proof(token.expose_secret(), elsewhere, now).await;
    equal("a proof for another method", wrong.err().map(|error| error.kind()), Some("invalid_dpop_proof"))?;
    let fitting = Proof::Dpop(DpopProof::new(&proof, "POST", TARGET));
    let verified = verifier.verify_with_proof(token.expose_secret(), fitting, now).await.map_err(reason)?;
    let bound = format!("\"cnf\":{{\"jkt\":\"{thumbprint}\"}}");
    holds("the token is bound to another key", verified.claims_json().contains(&bound))
}

async fn dpop_missing(peers: &Peers) -> Outcome {
    let credentials = peers.credentials("dpop", basic(), Algorithm::RS256).await?;
    refused(peers, credentials, "invalid_grant").await.map(|_| ())
}

async fn mutual_tls(peers: &Peers) -> Outcome {
    let credentials =
        peers.credentials("mtls", ClientAuthentication::TlsClientAuth, Algorithm::RS256).await?;
    let token = TokenCache::new(credentials, peers.http_with_certificate()?).token().await.map_err(reason)?;
    let verifier = peers.verifier(Algorithm::RS256).await?;
    let alone = verifier.verify(token.expose_secret()).await.err().map(|error| error.kind());
    equal("the token alone", alone, Some("proof_required"))?;

    let certificate = CertificateDer::from_pem_file(peers.certs.join(CLIENT_FILE)).map_err(reason)?;
    let hash: [u8; 32] = Sha256::digest(&certificate).into();
    let now = SystemTime::now();
    let other = Proof::ClientCertificate(&[0; 32]);
    let wrong = verifier.verify_with_proof(token.expose_secret(), other, now).await;
    holds("another certificate is accepted", wrong.is_err())?;
    let own = Proof::ClientCertificate(&hash);
    let verified = verifier.verify_with_proof(token.expose_secret(), own, now).await.map_err(reason)?;
    equal("client", verified.client_id(), Some("mtls"))
}

async fn no_certificate(peers: &Peers) -> Outcome {
    let credentials =
        peers.credentials("mtls", ClientAuthentication::TlsClientAuth, Algorithm::RS256).await?;
    refused(peers, credentials, "invalid_client").await.map(|_| ())
}
