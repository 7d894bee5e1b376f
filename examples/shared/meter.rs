//! An HTTP client around another that measures how long the process only waits for the network.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::header::CONTENT_TYPE;
use toolgate_http_client::{Body, HttpClient, HttpError, Request, Response};

/// Adds up the time from each request to the end of its answer. Event streams pass unmeasured after their headers.
pub struct Meter {
    inner: Arc<dyn HttpClient>,
    waited: AtomicU64,
}

impl Meter {
    /// Measures `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn HttpClient>) -> Arc<Self> {
        Arc::new(Self { inner, waited: AtomicU64::new(0) })
    }

    /// The time waited so far; requests side by side count each.
    pub fn waited(&self) -> Duration {
        Duration::from_micros(self.waited.load(Ordering::Relaxed))
    }
}

#[async_trait]
impl HttpClient for Meter {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let started = Instant::now();
        let (parts, body) = self.inner.send(request).await?.into_parts();
        let streams = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body = if streams { body } else { Body::from(body.bytes().await?) };
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.waited.fetch_add(micros, Ordering::Relaxed);
        Ok(Response::from_parts(parts, body))
    }
}
