//! A tower layer that lets only requests with a good token through (RFC 6750, RFC 9728, RFC 9449).

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use http::header::{AUTHORIZATION, HeaderValue};
use http::{HeaderMap, Method, Request, Response, Uri};
use percent_encoding::percent_decode_str;
use tower_layer::Layer;
use tower_service::Service;

use crate::challenge::{Challenge, Refusal, quotable};
use crate::{DpopProof, Proof, VerifiedToken, Verifier, VerifyError};

/// Guards a service: requests reach it only with a token that the verifier accepts. The service finds an
/// `Arc<VerifiedToken>` in the request's extensions; the token itself is taken out, so that nothing can pass it on.
///
/// ```
/// # use std::sync::Arc;
/// # use toolgate_jwt_verify::{TokenGuard, Verifier, VerifyError};
/// # fn guard(verifier: Arc<Verifier>) -> Result<TokenGuard, VerifyError> {
/// TokenGuard::new(verifier)
///     .with_resource_metadata("https://mcp.example/.well-known/oauth-protected-resource")?
///     .with_scopes(["customer:read"])
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TokenGuard(Arc<Settings>);

#[derive(Debug, Clone)]
struct Settings {
    verifier: Arc<Verifier>,
    scopes: Vec<String>,
    resource_metadata: Option<String>,
    /// The origin that clients use, for DPoP.
    origin: Option<String>,
}

impl TokenGuard {
    /// A guard that asks for a token which `verifier` accepts.
    #[must_use]
    pub fn new(verifier: Arc<Verifier>) -> Self {
        Self(Arc::new(Settings { verifier, scopes: Vec::new(), resource_metadata: None, origin: None }))
    }

    /// Names the resource's metadata in every challenge (RFC 9728 section 5.1), so that a client can find the
    /// authorization server.
    ///
    /// # Errors
    /// [`VerifyError::Configuration`] for text that cannot stand in a header.
    pub fn with_resource_metadata(mut self, url: &str) -> Result<Self, VerifyError> {
        quotable("metadata's URL", url)?;
        Arc::make_mut(&mut self.0).resource_metadata = Some(url.to_owned());
        Ok(self)
    }

    /// Asks for every one of these scopes. Default none.
    ///
    /// # Errors
    /// [`VerifyError::Configuration`] for text that cannot be a scope.
    pub fn with_scopes(
        mut self,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, VerifyError> {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        for scope in &scopes {
            quotable("scope", scope)?;
            if scope.contains(' ') {
                return Err(VerifyError::configuration(
                    "a scope has no space; pass several scopes one by one",
                ));
            }
        }
        Arc::make_mut(&mut self.0).scopes = scopes;
        Ok(self)
    }

    /// Takes DPoP-bound tokens too (RFC 9449 section 7.1). `origin` is scheme, host and port as clients write them, such
    /// as `https://mcp.example`: behind a proxy the request does not tell.
    #[must_use]
    pub fn with_dpop(mut self, origin: &str) -> Self {
        Arc::make_mut(&mut self.0).origin = Some(origin.trim_end_matches('/').to_owned());
        self
    }
}

impl<S> Layer<S> for TokenGuard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, settings: self.0.clone() }
    }
}

/// A service behind a [`TokenGuard`].
///
/// ```
/// # use std::sync::Arc;
/// # use toolgate_jwt_verify::{Guarded, TokenGuard, Verifier};
/// # use tower_layer::Layer as _;
/// fn guarded<S>(service: S, verifier: Arc<Verifier>) -> Guarded<S> {
///     TokenGuard::new(verifier).layer(service)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Guarded<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let presented = Presented::take(&mut request);
        let settings = self.settings.clone();
        // The clone may not be ready; the one that was polled is.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let admitted = match presented {
                Ok(presented) => settings.admit(&presented).await,
                Err(refusal) => Err(refusal),
            };
            match admitted {
                Ok(token) => {
                    request.extensions_mut().insert(token);
                    inner.call(request).await
                }
                Err(refusal) => {
                    tracing::debug!(%refusal, "a request was refused");
                    Ok(settings.challenge().response(&refusal))
                }
            }
        })
    }
}

impl Settings {
    async fn admit(&self, presented: &Presented) -> Result<Arc<VerifiedToken>, Refusal> {
        let url = self.origin.as_ref().map(|origin| format!("{origin}{}", presented.uri.path()));
        let proof = match (&presented.dpop, &url) {
            (None, _) => Proof::None,
            (Some(jwt), Some(url)) => Proof::Dpop(DpopProof::new(jwt, presented.method.as_str(), url)),
            (Some(_), None) => return Err(Refusal::NoToken),
        };
        let verified = self.verifier.verify_with_proof(&presented.token, proof, SystemTime::now()).await;
        let token = verified.map_err(Refusal::Token)?;
        token.scopes().require(&self.scopes).map_err(Refusal::Token)?;
        Ok(token)
    }

    fn challenge(&self) -> Challenge {
        Challenge {
            resource_metadata: self.resource_metadata.clone(),
            scope: self.scopes.join(" "),
            dpop: self.origin.is_some(),
        }
    }
}

/// What a request carries.
struct Presented {
    token: String,
    /// The proof, where the scheme is DPoP.
    dpop: Option<String>,
    method: Method,
    uri: Uri,
}

impl Presented {
    /// Takes token and proof out of a request.
    fn take<B>(request: &mut Request<B>) -> Result<Self, Refusal> {
        let query = request.uri().query().unwrap_or_default();
        if query.split('&').any(|pair| is_token(pair.split('=').next().unwrap_or_default())) {
            return Err(Refusal::InvalidRequest("a token in the query"));
        }
        let credentials = only(request.headers_mut(), &AUTHORIZATION)?.ok_or(Refusal::NoToken)?;
        let proof = only(request.headers_mut(), "dpop")?;
        let (scheme, token) = credentials.split_once(' ').ok_or(Refusal::NoToken)?;
        let token = token.trim_matches(' ');
        let dpop = match (scheme.eq_ignore_ascii_case("DPoP"), proof) {
            (true, Some(proof)) => Some(proof),
            (true, None) => return Err(Refusal::InvalidRequest("the scheme DPoP without a proof")),
            (false, _) if scheme.eq_ignore_ascii_case("Bearer") => None,
            (false, _) => return Err(Refusal::NoToken),
        };
        if token.is_empty() || token.contains([' ', ',']) {
            return Err(Refusal::InvalidRequest("not exactly one token after the scheme"));
        }
        Ok(Self {
            token: token.to_owned(),
            dpop,
            method: request.method().clone(),
            uri: request.uri().clone(),
        })
    }
}

/// Whether the name of a query parameter is that of a token (RFC 6750 section 2.3), also where its letters are escaped.
fn is_token(name: &str) -> bool {
    percent_decode_str(name).eq(*b"access_token")
}

/// Removes a header that may stand once.
fn only(
    headers: &mut HeaderMap,
    name: impl http::header::AsHeaderName + Copy,
) -> Result<Option<String>, Refusal> {
    if headers.get_all(name).iter().count() > 1 {
        return Err(Refusal::InvalidRequest("a header twice that may stand once"));
    }
    let text = |value: HeaderValue| value.to_str().map(str::to_owned);
    let value = headers.remove(name).map(text).transpose();
    value.map_err(|_| Refusal::InvalidRequest("a header that is not ASCII"))
}
