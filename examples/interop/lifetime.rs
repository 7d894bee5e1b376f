//! Tokens that live for three seconds: nobody is ever without one, and the server is not stormed.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use toolgate_examples::check::{Checks, Outcome, holds, reason};
use toolgate_jwt_verify::Algorithm;
use toolgate_oauth_cc::{TokenCache, TokenSource};

use crate::peers::{Peers, basic};

const CALLERS: usize = 64;
/// One and a half lifetimes.
const SPAN: Duration = Duration::from_millis(4500);

pub(crate) async fn checks(peers: &Peers, checks: &mut Checks) {
    checks.run("oidc-provider: 64 callers share tokens that live for 3 s", short_lived(peers)).await;
}

async fn short_lived(peers: &Peers) -> Outcome {
    let before = peers.counts().await?.tokens("short-lived");
    let credentials = peers.credentials("short-lived", basic(), Algorithm::RS256).await?;
    let cache = TokenCache::new(credentials, peers.http()?);
    let end = Instant::now() + SPAN;
    let callers = (0..CALLERS).map(|_| {
        let cache = cache.clone();
        tokio::spawn(async move {
            while Instant::now() < end {
                let token = cache.token().await.map_err(reason)?;
                holds("an expired token was handed out", !token.expires_in().is_zero())?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok::<(), String>(())
        })
    });
    for outcome in try_join_all(callers).await.map_err(reason)? {
        outcome?;
    }
    let requests = peers.counts().await?.tokens("short-lived") - before;
    // The first, and one each time that between a half and three quarters of a lifetime have passed.
    holds(format_args!("{requests} token requests in {SPAN:?}, expected 2 to 4"), (2..=4).contains(&requests))
}
