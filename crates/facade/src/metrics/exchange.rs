//! Requests that are counted where they are sent: a decorator of the HTTP client, so that neither the token cache nor
//! the key store nor a dialect knows of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use toolgate_http_client::{HttpClient, HttpError, Request, Response};
use tracing::{Instrument, Span};

use super::histogram::{Distribution, Histogram};

/// How a request ends, in the order that it is counted in.
pub(super) const RESULTS: [&str; 4] = ["ok", "refused", "failed", "given_up"];

/// Requests for one purpose: how they ended and how long they took until the response's headers.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    results: [AtomicU64; RESULTS.len()],
    duration: Histogram,
}

impl Exchange {
    fn ended(&self, result: usize, since: Instant) {
        if let Some(count) = self.results.get(result) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.duration.record(since.elapsed());
    }

    pub(super) fn results(&self) -> impl Iterator<Item = (&'static str, u64)> {
        RESULTS.into_iter().zip(self.results.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    pub(super) fn distribution(&self) -> Distribution {
        self.duration.distribution()
    }
}

/// A client whose requests are counted.
pub(crate) struct Counted {
    http: Arc<dyn HttpClient>,
    exchange: Arc<Exchange>,
    /// What its requests are for, as the name of a span around each; `None` where somebody else has one around it.
    purpose: Option<&'static str>,
}

impl Counted {
    pub(super) fn around(
        http: Arc<dyn HttpClient>,
        exchange: Arc<Exchange>,
        purpose: Option<&'static str>,
    ) -> Arc<dyn HttpClient> {
        Arc::new(Self { http, exchange, purpose })
    }
}

#[async_trait]
impl HttpClient for Counted {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let mut under_way = UnderWay { exchange: &self.exchange, started: Instant::now(), result: 3 };
        let span =
            self.purpose.map_or_else(Span::none, |name| tracing::info_span!("fetch", "otel.name" = name));
        let answered = self.http.send(request).instrument(span).await;
        under_way.result = match &answered {
            Ok(response) if response.status().is_client_error() => 1,
            Ok(response) if !response.status().is_server_error() => 0,
            _ => 2,
        };
        answered
    }
}

/// Counts when it is dropped: also where nobody waits for the response any more.
struct UnderWay<'a> {
    exchange: &'a Exchange,
    started: Instant,
    result: usize,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.exchange.ended(self.result, self.started);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use toolgate_http_client::Body;

    use super::*;

    /// Answers with the status that the URL's port says; never for port 1.
    struct Echo;

    #[async_trait]
    impl HttpClient for Echo {
        async fn send(&self, request: Request) -> Result<Response, HttpError> {
            let status = request.uri().port_u16().unwrap();
            if status == 1 {
                std::future::pending::<()>().await;
            }
            let mut response = Response::new(Body::from(Bytes::new()));
            *response.status_mut() = status.try_into().unwrap();
            Ok(response)
        }
    }

    #[tokio::test]
    async fn every_end_is_counted_once() {
        let exchange = Arc::new(Exchange::default());
        let counted = Counted::around(Arc::new(Echo), exchange.clone(), None);
        let request = |port: u16| {
            let mut request = Request::new(Bytes::new());
            *request.uri_mut() = format!("https://localhost:{port}/").parse().unwrap();
            request
        };
        for status in [200, 304, 400, 429, 503] {
            counted.send(request(status)).await.unwrap();
        }
        drop(futures_util::poll!(Box::pin(counted.send(request(1)))));
        let results: Vec<_> = exchange.results().collect();
        assert_eq!(results, [("ok", 2), ("refused", 2), ("failed", 1), ("given_up", 1)]);
        assert_eq!(exchange.distribution().count(), 6);
    }
}
