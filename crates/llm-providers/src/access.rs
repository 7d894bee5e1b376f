//! Who asks a provider, and over what: the key or what stands in for it, bound to the provider's origin, and the HTTP
//! client. The same for everything that a provider is asked.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::TryFutureExt;
use futures_util::future::Either;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderValue, Method, StatusCode, Uri};
use toolgate_http_client::{
    AttachedCredential, Body, Credential, HttpClient, HttpError, ModelProvider, Origin, Request, Response,
    SendOptions,
};

use crate::{ApiKey, Authentication, Authorizer, ErrorKind, Provider, ProviderError};

pub(crate) const JSON: &str = "application/json";

/// A provider that can be asked.
#[derive(Clone)]
pub(crate) struct Access {
    provider: Arc<Provider>,
    key: Option<ApiKey>,
    credential: Option<Arc<Credential<ModelProvider>>>,
    authorizer: Option<Arc<dyn Authorizer>>,
    http: Arc<dyn HttpClient>,
}

impl Access {
    /// Access to `provider`, with the key bound to the origin of `url`.
    pub(crate) fn new(
        provider: Provider,
        url: &Uri,
        key: Option<ApiKey>,
        http: Arc<dyn HttpClient>,
    ) -> Result<Self, ProviderError> {
        let origin = Origin::of(url).map_err(|error| ProviderError::transport(provider.id(), error))?;
        let credential = provider.credential(origin, key.as_ref())?.map(Arc::new);
        Ok(Self { provider: Arc::new(provider), key, credential, authorizer: None, http })
    }

    /// Sets who proves who asks. It stands in for the key.
    pub(crate) fn with_authorizer(mut self, authorizer: Arc<dyn Authorizer>) -> Self {
        (self.credential, self.authorizer) = (None, Some(authorizer));
        self
    }

    pub(crate) fn provider(&self) -> &Arc<Provider> {
        &self.provider
    }

    /// What is taken out of a reply: the key, or the token that the authorizer has shown in its place, which comes with the
    /// reply's head.
    pub(crate) fn shown<'a>(&'a self, token: Option<&'a ApiKey>) -> Option<&'a ApiKey> {
        self.key.as_ref().or(token)
    }

    /// Whether `other` leads to the same place, and shows the same key or is allowed in without one.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let (one, two) = (&self.provider, &other.provider);
        one.id() == two.id()
            && one.base_url() == two.base_url()
            && one.dialect() == two.dialect()
            && one.has_headers_of(two)
            && self.key == other.key
            && self.authorizer.is_some() == other.authorizer.is_some()
    }

    /// A `POST` of JSON, not sent yet.
    pub(crate) fn request(&self, url: &Uri, accept: &'static str, send: SendOptions, body: Bytes) -> Request {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
        for (name, value) in self.provider.dialect().format().headers {
            request.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        self.provider.add_headers(request.headers_mut());
        if let Some(credential) = &self.credential {
            credential.attach(&mut request);
        }
        send.attach(&mut request);
        request
    }

    /// The reply, if its status is one of success.
    // Not an `async fn`, which would hold the request twice, some 250 bytes each, while it waits for the reply.
    pub(crate) fn send(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<(Parts, Body), ProviderError>> + Send {
        let must_be_authorized =
            self.authorizer.is_some() || self.provider.authentication() == Authentication::Authorizer;
        let reply = match must_be_authorized {
            true => Either::Left(Box::pin(self.authorized(request))),
            false => Either::Right(self.http.send(request).map_err(|error| self.broken(error))),
        };
        async {
            let (head, body) = reply.await?.into_parts();
            if head.status.is_success() {
                return Ok((head, body));
            }
            if let (Some(authorizer), StatusCode::UNAUTHORIZED) = (&self.authorizer, head.status) {
                authorizer.refused();
            }
            // In a box, so that answers of success need no room for it.
            let body = Box::pin(self.whole(body)).await?;
            let now = SystemTime::now();
            Err(self.provider.decode_error(
                head.status,
                &head.headers,
                &body,
                now,
                self.shown(head.extensions.get()),
            ))
        }
    }

    /// The reply to a request that the authorizer proves who sends.
    async fn authorized(&self, mut request: Request) -> Result<Response, ProviderError> {
        let Some(authorizer) = &self.authorizer else {
            let message = "expected an authorizer for this provider, found none: add one to the model";
            return Err(self.provider.error(ErrorKind::Authentication, message).early());
        };
        // A token endpoint that is away fails as a model does, but the model was not asked.
        authorizer.authorize(&mut request).await.map_err(ProviderError::early)?;
        let shown = AttachedCredential::exposed(&request).and_then(|token| ApiKey::new(token).ok());
        let mut reply = self.http.send(request).await.map_err(|error| self.broken(error))?;
        if let Some(shown) = shown {
            reply.extensions_mut().insert(shown);
        }
        Ok(reply)
    }

    /// All of a reply's body.
    // Not an `async fn`, which would hold the body twice.
    pub(crate) fn whole(&self, body: Body) -> impl Future<Output = Result<Bytes, ProviderError>> + Send {
        body.bytes().map_err(|error| self.broken(error))
    }

    fn broken(&self, error: HttpError) -> ProviderError {
        ProviderError::transport(self.provider.id(), error)
    }
}
