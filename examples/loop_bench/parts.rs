//! How long the parts of a conversation take.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::Uri;
use http::uri::Authority;
use toolgate_http_client::{HttpClient, HttpError, Request, Response};

/// One conversation. `verify` is the cached verification, asked for once more; it is a part of `mcp` too, which is all
/// that the gate does, the call included.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) llm1: Duration,
    pub(crate) verify: Duration,
    pub(crate) mcp: Duration,
    pub(crate) llm2: Duration,
    pub(crate) total: Duration,
}

impl Parts {
    /// One percentile of each part, in milliseconds.
    pub(crate) fn percentile(all: &mut [Self], percentile: usize) -> serde_json::Value {
        let mut of = |part: fn(&Self) -> Duration| {
            all.sort_by_key(part);
            let place = all.len() * percentile / 100;
            let found = all.get(place.min(all.len().saturating_sub(1))).map(part);
            (found.unwrap_or_default().as_secs_f64() * 1e6).round() / 1e3
        };
        serde_json::json!({
            "llm1": of(|parts| parts.llm1),
            "verify": of(|parts| parts.verify),
            "mcp": of(|parts| parts.mcp),
            "llm2": of(|parts| parts.llm2),
            "total": of(|parts| parts.total),
        })
    }
}

tokio::task_local! {
    static TIMES: RefCell<Vec<Duration>>;
}

/// Notes how long each request to the model takes, for the conversation that it is made in.
pub(crate) struct ModelTimes {
    inner: Arc<dyn HttpClient>,
    /// Host and port.
    model: Authority,
}

impl ModelTimes {
    pub(crate) fn over(inner: Arc<dyn HttpClient>, llm_url: &Uri) -> Option<Arc<dyn HttpClient>> {
        Some(Arc::new(Self { inner, model: llm_url.authority()?.clone() }))
    }

    /// Runs a conversation, and gives the times of its requests to the model, in order.
    pub(crate) async fn scope<T>(conversation: impl Future<Output = T>) -> (T, Vec<Duration>) {
        let noted = async {
            let output = conversation.await;
            (output, TIMES.with(RefCell::take))
        };
        TIMES.scope(RefCell::default(), noted).await
    }
}

#[async_trait]
impl HttpClient for ModelTimes {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        if request.uri().authority() != Some(&self.model) {
            return self.inner.send(request).await;
        }
        let started = Instant::now();
        let response = self.inner.send(request).await;
        // Outside of a conversation there is nobody to note it for.
        let _ = TIMES.try_with(|times| times.borrow_mut().push(started.elapsed()));
        response
    }
}
