//! The bearer decorator: a token on every request, and on no request to another origin (RFC 6750, MCP authorization
//! "Access Token Usage").

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};
use toolgate_http_client::{Credential, HttpClient, HttpError, Origin, ProtectedResource, Request, Response};

use crate::challenge::Challenge;
#[cfg(feature = "dpop")]
use crate::dpop::DpopKey;
use crate::{AccessToken, TokenError, TokenSource};

/// An HTTP client that adds an access token to every request to one origin and refuses every other request.
///
/// After a 401 the token is given back as refused and the request repeated once with a new one, if there is a new one;
/// a second 401 is final. A 403 `insufficient_scope` is repeated once if the source steps up.
///
/// Where there is no token, nothing is sent; where there is none after a refusal, nothing is sent again. The [`TokenError`] is
/// the source of the error, which may pass where the token error may:
///
/// ```
/// # use std::time::Duration;
/// # use toolgate_http_client::HttpError;
/// # use toolgate_oauth_cc::TokenError;
/// /// How long the authorization server wants to be left alone.
/// fn pause(error: &HttpError) -> Option<Duration> {
///     match error {
///         HttpError::Credential { source, .. } => source.downcast_ref::<TokenError>()?.retry_after(),
///         _ => None,
///     }
/// }
/// ```
pub struct BearerAuth<C> {
    inner: C,
    source: Arc<dyn TokenSource>,
    origin: Origin,
}

impl<C: HttpClient> BearerAuth<C> {
    /// Sends through `inner`, with the tokens of `source`, to `origin` only.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use toolgate_http_client::{HttpClient, HyperClient, Origin};
    /// # use toolgate_oauth_cc::{BearerAuth, TokenCache};
    /// # fn example(client: HyperClient, cache: TokenCache) -> Result<(), Box<dyn std::error::Error>> {
    /// let origin: Origin = "https://mcp.example/mcp".parse()?;
    /// let authorized = BearerAuth::new(client, Arc::new(cache), origin);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn new(inner: C, source: Arc<dyn TokenSource>, origin: Origin) -> Self {
        Self { inner, source, origin }
    }

    async fn token(&self) -> Result<AccessToken, HttpError> {
        match self.source.cached() {
            Some(token) => Ok(token),
            None => self.source.token().await.map_err(|error| self.no_credential(error)),
        }
    }

    fn no_credential(&self, error: TokenError) -> HttpError {
        let transient = error.is_transient();
        HttpError::Credential { origin: self.origin.clone(), transient, source: Box::new(error) }
    }

    async fn send_with(&self, token: &AccessToken, request: Request) -> Result<Response, HttpError> {
        #[cfg(feature = "dpop")]
        if let Some(key) = token.dpop_key() {
            // In a box: it holds the request twice, which those without a proof need not pay for.
            return Box::pin(self.send_with_proof(key, token, request)).await;
        }
        self.send_authorized(token, request).await
    }

    /// Sends with a proof of possession, and once more if the resource wants its nonce in it (RFC 9449 section 9).
    #[cfg(feature = "dpop")]
    async fn send_with_proof(
        &self,
        key: &DpopKey,
        token: &AccessToken,
        mut request: Request,
    ) -> Result<Response, HttpError> {
        key.prove(&mut request, Some(token)).map_err(|error| self.no_credential(error))?;
        let response = self.send_authorized(token, request.clone()).await?;
        key.learn(&self.origin, response.headers());
        if response.status() != StatusCode::UNAUTHORIZED || !crate::dpop::wants_nonce(response.headers()) {
            return Ok(response);
        }
        response.into_body().drain();
        key.prove(&mut request, Some(token)).map_err(|error| self.no_credential(error))?;
        self.send_authorized(token, request).await
    }

    async fn send_authorized(
        &self,
        token: &AccessToken,
        mut request: Request,
    ) -> Result<Response, HttpError> {
        Credential::<ProtectedResource>::authorization(self.origin.clone(), token.header())
            .attach(&mut request);
        self.inner.send(request).await
    }

    /// A token for a second attempt after a refusal, if one is worth it.
    async fn second_token(
        &self,
        first: &AccessToken,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<Option<AccessToken>, HttpError> {
        match status {
            StatusCode::UNAUTHORIZED => self.source.refused(first),
            StatusCode::FORBIDDEN => {
                let Some(scopes) = demanded_scopes(headers) else { return Ok(None) };
                // Also when the source does not step up: it may have done so for another request meanwhile.
                self.source.step_up(&scopes);
            }
            _ => return Ok(None),
        }
        let second = self.token().await?;
        Ok((second != *first).then_some(second))
    }
}

#[async_trait]
impl<C: HttpClient> HttpClient for BearerAuth<C> {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let target = Origin::of(request.uri())?;
        if target != self.origin {
            return Err(HttpError::CredentialOrigin { bound: self.origin.clone(), target });
        }
        let token = self.token().await?;
        let response = self.send_with(&token, request.clone()).await?;
        match self.second_token(&token, response.status(), response.headers()).await? {
            None => Ok(response),
            Some(second) => {
                response.into_body().drain();
                self.send_with(&second, request).await
            }
        }
    }
}

/// The scopes of an `insufficient_scope` challenge (RFC 6750 section 3.1), which for a bound token is one of the scheme DPoP
/// (RFC 9449 section 7.1).
fn demanded_scopes(headers: &HeaderMap) -> Option<Vec<String>> {
    ["bearer", "dpop"].into_iter().find_map(|scheme| {
        let challenge = Challenge::of_scheme(headers, scheme).ok()??;
        let insufficient = challenge.error.as_deref() == Some("insufficient_scope");
        challenge.scope.filter(|scopes| insufficient && !scopes.is_empty())
    })
}

impl<C> fmt::Debug for BearerAuth<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuth").field("origin", &self.origin).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::header::WWW_AUTHENTICATE;

    use super::*;

    #[test]
    fn only_a_challenge_for_more_scopes_is_one() {
        let demanded = |challenge: &'static str| {
            let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, challenge.parse().unwrap())]);
            demanded_scopes(&headers)
        };
        let asked = demanded("Bearer error=\"insufficient_scope\", scope=\"a b\"");
        assert_eq!(asked, Some(vec!["a".to_owned(), "b".to_owned()]));
        for other in [
            "Bearer error=\"invalid_token\", scope=\"a\"",
            "Bearer scope=\"a\"",
            "Bearer error=\"insufficient_scope\", scope=\"\"",
            "Bearer error=\"insufficient_scope\"",
            "Basic scope=\"a\"",
        ] {
            assert_eq!(demanded(other), None, "{other}");
        }
    }
}
