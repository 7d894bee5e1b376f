//! The client credentials grant at an authorization server of others' making: what it gives and how it refuses
//! (RFC 6749, RFC 8707, RFC 7662, RFC 7009).

use toolgate_examples::check::{Checks, Outcome, equal, holds, reason};
use toolgate_jwt_verify::Algorithm;
use toolgate_oauth_cc::{
    ClientAuthentication, ClientCredentials, Secret, TokenCache, TokenError, TokenSource,
};

use crate::peers::{Peers, SECRET, basic, resource};

pub(crate) async fn checks(peers: &Peers, checks: &mut Checks) {
    checks.run("oidc-provider: discovery finds the endpoints", discovery(peers)).await;
    checks
        .run(
            "oidc-provider: client_secret_basic, with a secret that needs encoding",
            granted(peers, "basic", basic()),
        )
        .await;
    let post = ClientAuthentication::SecretPost(Secret::new(SECRET));
    checks.run("oidc-provider: client_secret_post", granted(peers, "post", post)).await;
    checks.run("oidc-provider: a wrong secret is invalid_client and is not told", wrong_secret(peers)).await;
    checks.run("oidc-provider: an unknown resource is invalid_target", unknown_resource(peers)).await;
    checks
        .run("oidc-provider: a scope that is not the client's is invalid_scope", withheld_scope(peers))
        .await;
    checks.run("oidc-provider: a token for less than was asked is noticed", less_than_asked(peers)).await;
    checks.run("oidc-provider: an opaque token is introspected and revoked", opaque_token(peers)).await;
}

async fn discovery(peers: &Peers) -> Outcome {
    let metadata = peers.metadata().await?;
    equal("token endpoint", metadata.token_endpoint, format!("{}/token", peers.issuer))?;
    equal("keys", metadata.jwks_uri, Some(format!("{}/jwks", peers.issuer)))?;
    for method in ["client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"] {
        holds(
            format_args!("{method} is not offered"),
            metadata.auth_methods.iter().any(|one| one == method),
        )?;
    }
    Ok(())
}

/// Asks for a token, and checks that it is what was asked for, by its response and by its claims.
pub(crate) async fn granted(peers: &Peers, client: &str, authentication: ClientAuthentication) -> Outcome {
    let before = peers.counts().await?;
    let credentials = peers.credentials(client, authentication, Algorithm::RS256).await?;
    let cache = TokenCache::new(credentials, peers.http()?);
    let token = cache.token().await.map_err(reason)?;
    equal("the same token again", cache.token().await.map_err(reason)? == token, true)?;
    let seconds = token.expires_in().as_secs();
    holds(format_args!("expires in {seconds} s, expected 300"), (290..=300).contains(&seconds))?;

    let verified =
        peers.verifier(Algorithm::RS256).await?.verify(token.expose_secret()).await.map_err(reason)?;
    equal("client", verified.client_id(), Some(client))?;
    equal("audience", verified.audiences().collect::<Vec<_>>(), vec![&*resource(Algorithm::RS256)])?;
    equal("scopes", verified.scopes().iter().collect::<Vec<_>>(), vec!["mcp:read"])?;
    let requests = peers.counts().await?.tokens(client) - before.tokens(client);
    equal("token requests", requests, 1)
}

/// The error that a token request with `credentials` ends in, which must be the server's own and final.
pub(crate) async fn refused(
    peers: &Peers,
    credentials: ClientCredentials,
    code: &str,
) -> Result<TokenError, String> {
    let cache = TokenCache::new(credentials, peers.http()?);
    let error = cache.token().await.err().ok_or("there is a token")?;
    match &error {
        TokenError::OAuth { code: found, .. } => equal("error code", found.as_str(), code)?,
        other => return Err(format!("expected {code}, found {other:?}")),
    }
    holds("the error counts as transient", !error.is_transient())?;
    Ok(error)
}

async fn wrong_secret(peers: &Peers) -> Outcome {
    for wrong in [ClientAuthentication::SecretBasic, ClientAuthentication::SecretPost] {
        let authentication = wrong(Secret::new("canary-wrong"));
        let id = if authentication.method() == "client_secret_basic" { "basic" } else { "post" };
        let credentials = peers.credentials(id, authentication, Algorithm::RS256).await?;
        let error = refused(peers, credentials, "invalid_client").await?;
        let told = format!("{error} {error:?}");
        holds("the secret shows", !told.contains("canary"))?;
    }
    Ok(())
}

async fn unknown_resource(peers: &Peers) -> Outcome {
    let credentials = peers.credentials("basic", basic(), Algorithm::RS256).await?;
    let credentials = credentials.with_resource("https://rs.example/unknown").map_err(reason)?;
    refused(peers, credentials, "invalid_target").await.map(|_| ())
}

/// This server leaves out a scope that it does not know; RFC 6749 section 3.3 allows that, a caller may not want it.
async fn less_than_asked(peers: &Peers) -> Outcome {
    let credentials = peers.credentials("basic", basic(), Algorithm::RS256).await?;
    let credentials = credentials.with_scopes(["mcp:read", "unheard-of"]).map_err(reason)?;
    let token = TokenCache::new(credentials.clone(), peers.http()?).token().await.map_err(reason)?;
    let scopes = token.scopes().map(|scopes| scopes.iter().map(String::as_str).collect::<Vec<_>>());
    equal("scopes of the token", scopes, Some(vec!["mcp:read"]))?;
    let credentials = credentials.with_required_scopes(["unheard-of"]).map_err(reason)?;
    let error = TokenCache::new(credentials, peers.http()?).token().await.err().ok_or("there is a token")?;
    equal("error", error.kind(), "insufficient_scope_granted")
}

async fn withheld_scope(peers: &Peers) -> Outcome {
    let credentials = peers.credentials("basic", basic(), Algorithm::RS256).await?;
    let credentials = credentials.with_scopes(["mcp:admin"]).map_err(reason)?;
    refused(peers, credentials, "invalid_scope").await.map(|_| ())
}

/// Without a resource this server gives opaque tokens, which only it can explain.
async fn opaque_token(peers: &Peers) -> Outcome {
    let metadata = peers.metadata().await?;
    let credentials = metadata.credentials("basic", basic()).map_err(reason)?;
    let introspection = metadata.introspection_endpoint.ok_or("there is no introspection endpoint")?;
    let revocation = metadata.revocation_endpoint.ok_or("there is no revocation endpoint")?;
    let cache = TokenCache::new(credentials.with_scopes(["mcp:read"]).map_err(reason)?, peers.http()?)
        .with_introspection_endpoint(&introspection)
        .and_then(|cache| cache.with_revocation_endpoint(&revocation))
        .map_err(reason)?;
    let token = cache.token().await.map_err(reason)?;
    let unreadable = peers.verifier(Algorithm::RS256).await?.verify(token.expose_secret()).await;
    equal("the verifier says", unreadable.err().map(|error| error.kind()), Some("malformed"))?;

    let known = cache.introspect(&token).await.map_err(reason)?;
    equal("active", known.active, true)?;
    equal("client", known.client_id.as_deref(), Some("basic"))?;
    cache.close().await.map_err(reason)?;
    equal("active after revocation", cache.introspect(&token).await.map_err(reason)?.active, false)
}
