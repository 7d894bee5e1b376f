//! An HTTP client around another that measures how long the process only waits for the network.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::stream;
use toolgate_http_client::{Body, HttpClient, HttpError, Request, Response};

/// Measures the time in which at least one POST is under way, from the request to the end of its answer. (A GET is a
/// stream that a server keeps open for its own news.)
pub struct Meter {
    inner: Arc<dyn HttpClient>,
    clock: Arc<Clock>,
}

#[derive(Default)]
struct Clock(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    under_way: usize,
    since: Option<Instant>,
    waited: Duration,
}

impl Meter {
    /// Measures `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn HttpClient>) -> Arc<Self> {
        Arc::new(Self { inner, clock: Arc::default() })
    }

    /// The time waited so far; requests side by side count once.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.clock.0.lock().unwrap_or_else(PoisonError::into_inner).waited
    }
}

#[async_trait]
impl HttpClient for Meter {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        if request.method() != http::Method::POST {
            return self.inner.send(request).await;
        }
        let under_way = UnderWay::begin(&self.clock);
        let response = self.inner.send(request).await?;
        // The guard moves into the stream, and so ends with it.
        let pieces = |body: Body| {
            stream::unfold((body, under_way), |(mut body, under_way)| async {
                let piece = body.chunk().await.transpose()?;
                Some((piece, (body, under_way)))
            })
        };
        Ok(response.map(|body| Body::from_stream(pieces(body))))
    }
}

/// One request under way.
struct UnderWay(Arc<Clock>);

impl UnderWay {
    fn begin(clock: &Arc<Clock>) -> Self {
        let mut waiting = clock.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.under_way += 1;
        if waiting.under_way == 1 {
            waiting.since = Some(Instant::now());
        }
        drop(waiting);
        Self(clock.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut waiting = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.under_way -= 1;
        if waiting.under_way == 0
            && let Some(since) = waiting.since.take()
        {
            waiting.waited += since.elapsed();
        }
    }
}
