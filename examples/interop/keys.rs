//! Tokens signed by others, in each algorithm that is allowed, and keys that change while callers verify (RFC 7517,
//! RFC 9068).

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use toolgate_examples::check::{Checks, Outcome, equal, holds, reason};
use toolgate_jwt_verify::{Algorithm, RemoteKeys, Verifier};
use toolgate_oauth_cc::{AccessToken, TokenCache, TokenSource};

use crate::peers::{Peers, basic, resource};

const CALLERS: usize = 64;

pub(crate) async fn checks(peers: &Peers, checks: &mut Checks) {
    for algorithm in
        [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA, Algorithm::Ed25519]
    {
        let title = format!("oidc-provider: a token signed with {} is verified", algorithm.as_str());
        checks.run(&title, signed(peers, algorithm)).await;
    }
    checks.run("oidc-provider: keys rotate while 64 callers verify", rotation(peers)).await;
}

async fn token(peers: &Peers, algorithm: Algorithm) -> Result<AccessToken, String> {
    let credentials = peers.credentials("basic", basic(), algorithm).await?;
    TokenCache::new(credentials, peers.http()?).token().await.map_err(reason)
}

async fn signed(peers: &Peers, algorithm: Algorithm) -> Outcome {
    let token = token(peers, algorithm).await?;
    let verifier = peers.verifier(algorithm).await?;
    verifier.verify(token.expose_secret()).await.map_err(reason)?;

    // A signature that differs in one bit, and another algorithm than the allowed one.
    let (signed, signature) = token.expose_secret().rsplit_once('.').ok_or("the token has no signature")?;
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{signed}.{first}{}", signature.get(1..).unwrap_or_default());
    let refused = verifier.verify(&forged).await.err().map(|error| error.kind());
    equal("a forged one is refused as", refused, Some("bad_signature"))?;
    let other = if algorithm == Algorithm::RS256 { Algorithm::ES256 } else { Algorithm::RS256 };
    let strict = peers.verifier(algorithm).await?.with_algorithms([other]).map_err(reason)?;
    let refused = strict.verify(token.expose_secret()).await.err().map(|error| error.kind());
    equal("another algorithm is refused as", refused, Some("unsupported_algorithm"))
}

async fn rotation(peers: &Peers) -> Outcome {
    let metadata = peers.metadata().await?;
    let url = metadata.jwks_uri.ok_or("the metadata names no jwks_uri")?;
    let keys = RemoteKeys::new(&url, peers.http()?).map_err(reason)?.with_cooldown(Duration::from_millis(50));
    let verifier = Verifier::new(&peers.issuer, [resource(Algorithm::RS256)], keys.into()).map_err(reason)?;
    // Nothing is remembered, so that each caller needs the keys.
    let verifier = Arc::new(verifier.with_cached_tokens(0));
    let old = token(peers, Algorithm::RS256).await?;
    verifier.verify(old.expose_secret()).await.map_err(reason)?;
    let before = peers.counts().await?.keys;

    peers.rotate_keys().await?;
    let new = token(peers, Algorithm::RS256).await?;
    tokio::time::sleep(Duration::from_millis(60)).await;
    let callers = (0..CALLERS).map(|caller| {
        let (verifier, token) = (verifier.clone(), if caller % 2 == 0 { old.clone() } else { new.clone() });
        tokio::spawn(async move {
            for _ in 0..10 {
                verifier
                    .verify(token.expose_secret())
                    .await
                    .map_err(|error| format!("caller {caller}: {error}"))?;
                // The key set is fetched in the meantime.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Ok::<(), String>(())
        })
    });
    for outcome in try_join_all(callers).await.map_err(reason)? {
        outcome?;
    }
    let fetched = peers.counts().await?.keys - before;
    equal("key sets fetched for 64 callers", fetched, 1)?;

    peers.rotate_keys().await?;
    peers.withdraw_old_keys().await?;
    let newest = token(peers, Algorithm::RS256).await?;
    tokio::time::sleep(Duration::from_millis(60)).await;
    verifier.verify(newest.expose_secret()).await.map_err(reason)?;
    let withdrawn = verifier.verify(old.expose_secret()).await.err().ok_or("a withdrawn key still works")?;
    holds(format_args!("{withdrawn}"), withdrawn.kind() == "key_not_found")
}
