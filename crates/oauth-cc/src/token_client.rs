//! One token request after another at one token endpoint, with retries that cannot become a storm (RFC 9110 section
//! 10.2.3). Every attempt is built anew, so an assertion or proof is never sent twice (RFC 7523 section 3).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, sleep};
use toolgate_http_client::{HttpClient, HttpError, Request, SendOptions};
use zeroize::{Zeroize, Zeroizing};

#[cfg(feature = "private-key-jwt")]
use crate::ClientAuthentication;
use crate::cache::schedule;
use crate::endpoint_url::Endpoint;
use crate::response::{Answer, Asked};
use crate::{AccessToken, ClientCredentials, TokenError, request};

/// Far above any honest token response.
const MAX_BODY: usize = 64 * 1024;
/// A caller is kept waiting for one answer no longer than this.
const DEADLINE: Duration = Duration::from_secs(30);
/// A caller is kept waiting between two attempts no longer than this; a longer `Retry-After` is told instead.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Before the second attempt; doubled before each further one.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// A response with its whole body.
pub(crate) type Whole = (StatusCode, HeaderMap, Bytes);

/// A client at its token endpoint.
pub(crate) struct TokenClient {
    pub(crate) credentials: ClientCredentials,
    pub(crate) http: Arc<dyn HttpClient>,
}

impl TokenClient {
    /// A new token, after at most `attempts` requests.
    pub(crate) async fn request(&self, attempts: u32) -> Result<AccessToken, TokenError> {
        let mut wait = FIRST_WAIT;
        for _ in 1..attempts {
            let error = match self.attempt().await {
                Err(error) if is_repeatable(&error) => error,
                other => return other,
            };
            let pause = error.retry_after().unwrap_or_else(|| schedule::jittered(wait));
            if pause > MAX_WAIT {
                return Err(TokenError::Unavailable { after: pause, cause: Box::new(error) });
            }
            tracing::debug!(?pause, kind = error.kind(), "token request failed, trying again");
            sleep(pause).await;
            wait *= 2;
        }
        self.attempt().await
    }

    /// One request, and a second one if the server wants its nonce in the proof (RFC 9449 section 8).
    async fn attempt(&self) -> Result<AccessToken, TokenError> {
        match self.exchange().await {
            #[cfg(feature = "dpop")]
            Err(TokenError::OAuth { code, .. })
                if code == crate::dpop::USE_NONCE && self.credentials.dpop.is_some() =>
            {
                self.exchange().await
            }
            outcome => outcome,
        }
    }

    async fn exchange(&self) -> Result<AccessToken, TokenError> {
        let assertion = self.assertion()?;
        let assertion = assertion.as_ref().map(|jws| jws.as_str());
        let request = request::token_request(&self.credentials, assertion)?;
        #[cfg(feature = "dpop")]
        let request = self.proven(request)?;
        let at = Instant::now();
        let (status, headers, body) = self.send(request, self.credentials.public_only).await?;
        #[cfg(feature = "dpop")]
        if let Some(key) = &self.credentials.dpop {
            key.learn(&self.credentials.origin(&self.credentials.token_endpoint)?, &headers);
        }
        let asked = Asked { credentials: &self.credentials, assertion, at };
        let outcome = asked.read(&Answer { status, headers: &headers, body: &body });
        if let Ok(mut body) = body.try_into_mut() {
            body.zeroize();
        }
        outcome
    }

    /// Sends a request about `token` to another endpoint of the server.
    pub(crate) async fn ask_about(
        &self,
        endpoint: &Endpoint,
        token: &AccessToken,
    ) -> Result<Whole, TokenError> {
        let assertion = self.assertion()?;
        let assertion = assertion.as_ref().map(|jws| jws.as_str());
        let about =
            request::request_about(&self.credentials, assertion, &endpoint.url, token.expose_secret())?;
        self.send(about, endpoint.public_only).await
    }

    /// `public_only`: whether a server chose where it goes.
    async fn send(&self, mut request: Request, public_only: bool) -> Result<Whole, TokenError> {
        let options = SendOptions::default().with_total(DEADLINE).with_max_body(MAX_BODY);
        options.with_public_only(public_only).attach(&mut request);
        let (parts, body) = self.http.send(request).await?.into_parts();
        Ok((parts.status, parts.headers, body.bytes().await?))
    }

    /// With a fresh proof of possession, for clients that bind their tokens.
    #[cfg(feature = "dpop")]
    fn proven(&self, mut request: Request) -> Result<Request, TokenError> {
        if let Some(key) = &self.credentials.dpop {
            key.prove(&mut request, None)?;
        }
        Ok(request)
    }

    /// A fresh assertion, for clients that authenticate with one.
    fn assertion(&self) -> Result<Option<Zeroizing<String>>, TokenError> {
        match &self.credentials.authentication {
            #[cfg(feature = "private-key-jwt")]
            ClientAuthentication::PrivateKeyJwt(key) => {
                key.assertion(&self.credentials, std::time::SystemTime::now()).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// No response at all, or one that says "not now": 429, 502, 503, 504. A deadline that passed is not repeated, since the
/// callers have waited long enough.
fn is_repeatable(error: &TokenError) -> bool {
    match error {
        TokenError::Http(error) => matches!(
            **error,
            HttpError::Connect { .. } | HttpError::Unprocessed { .. } | HttpError::Exchange { .. }
        ),
        TokenError::OAuth { status, .. } | TokenError::HttpStatus { status, .. } => matches!(
            *status,
            StatusCode::TOO_MANY_REQUESTS
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        ),
        _ => false,
    }
}
