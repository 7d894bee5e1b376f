//! HTTP clients around ours that watch or bend a single thing, so that a peer shows one side of itself.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use toolgate_http_client::{AttachedCredential, Body, HttpClient, HttpError, Origin, Request, Response};

const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// Hides the newest protocol generation of a server that speaks both: such requests are answered as by one that does
/// not know it.
pub(crate) struct BeforeStateless(pub(crate) Arc<dyn HttpClient>);

#[async_trait]
impl HttpClient for BeforeStateless {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        if request.headers().get(PROTOCOL_VERSION).is_some_and(|version| version == "2026-07-28") {
            let mut refusal = Response::new(Body::from(Bytes::new()));
            *refusal.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(refusal);
        }
        self.0.send(request).await
    }
}

/// Remembers the session that the server named last.
pub(crate) struct SessionWatch {
    inner: Arc<dyn HttpClient>,
    session: Mutex<Option<HeaderValue>>,
}

impl SessionWatch {
    pub(crate) fn new(inner: Arc<dyn HttpClient>) -> Self {
        Self { inner, session: Mutex::new(None) }
    }

    pub(crate) fn session(&self) -> Option<HeaderValue> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl HttpClient for SessionWatch {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let response = self.inner.send(request).await?;
        if let Some(session) = response.headers().get(SESSION) {
            *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.clone());
        }
        Ok(response)
    }
}

/// Sends nothing, and keeps the headers of what it was given.
#[derive(Default)]
pub(crate) struct Headers(Mutex<HeaderMap>);

impl Headers {
    /// The last value of a header, as text.
    pub(crate) fn last(&self, name: &str) -> Option<String> {
        let headers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Some(headers.get(name)?.to_str().ok()?.to_owned())
    }
}

#[async_trait]
impl HttpClient for Headers {
    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        let target = Origin::of(request.uri())?;
        AttachedCredential::apply(&mut request, &target)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = request.headers().clone();
        Ok(Response::new(Body::from(Bytes::new())))
    }
}
